"""Every test that asks for `url` or `community` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from mbtiface.community import Community
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from tests.community.postgres_server import PostgresServer
from tests.community.samples import Clock


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server, one for all tests."""
    server = PostgresServer()
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty PostgreSQL database."""
    engine = create_engine(make_url(postgres_server.url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres_server.url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/averages/community.sqlite"


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def clock() -> Clock:
    """The time that `community` lives in."""
    return Clock()


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    database = Database(database_url(url, tmp_path))
    yield database
    database.close()


@pytest.fixture
def community(database: Database, clock: Clock) -> Iterator[Community]:
    """Empty averages."""
    community = Community(database, clock=clock)
    yield community
    community.close()
