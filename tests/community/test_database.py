"""A database that is away, locked, full or hung is told within seconds, and only that."""

import logging
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from mbtiface.community import Bounds, Community, open_community
from mbtiface.community import database as database_module
from mbtiface.community import engine as engine_module
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from mbtiface.errors import CommunityUnavailableError
from tests.community.postgres_server import PostgresServer
from tests.community.samples import BASE, CELL, Clock, join

IN_TIME_S = 10
"""Wide: the machine that runs the tests may be busy."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of a fraction of a second."""
    monkeypatch.setattr(engine_module, "WAIT_S", 0.3)
    monkeypatch.setattr(database_module, "QUIET_S", 0.2)


def opened(url: str | None, tmp_path: Path, clock: Clock) -> Community:
    return Community(Database(database_url(url, tmp_path)), clock=clock)


@pytest.fixture
def on_sqlite(
    impatient: None, sqlite_url: str, tmp_path: Path, clock: Clock
) -> Iterator[Community]:
    community = opened(sqlite_url, tmp_path, clock)
    yield community
    community.close()


@pytest.fixture
def on_postgres(
    impatient: None,
    postgres_url: str,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Community]:
    monkeypatch.setattr(engine_module, "WAIT_S", 2)  # the driver knows whole seconds
    community = opened(postgres_url, tmp_path, clock)
    yield community
    community.close()


def refused_in_time(community: Community, seed: int) -> str:
    """Return the text of the refusal of a join, which must not be waited for for ever."""
    began = time.monotonic()
    with pytest.raises(CommunityUnavailableError) as caught:
        join(community, seed)
    assert time.monotonic() - began < IN_TIME_S
    return str(caught.value)


def test_the_waits_of_real_use_add_up_to_a_few_seconds() -> None:
    assert database_module.HUNG_S <= 8


def test_a_locked_file_is_told_in_time_and_readers_go_on(
    on_sqlite: Community, tmp_path: Path
) -> None:
    for seed in range(5):
        join(on_sqlite, seed)
    other = sqlite3.connect(tmp_path / "averages/community.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "is busy or too slow. Try again in a minute" in refused_in_time(on_sqlite, 6)
    assert on_sqlite.public_mean(CELL, BASE) is not None
    other.execute("ROLLBACK")
    other.close()
    assert join(on_sqlite, 6).count == 6


def test_a_full_disk_is_told_and_what_is_there_stays(
    impatient: None, sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    database = Database(database_url(sqlite_url, tmp_path))
    community = Community(database, Bounds(day_share=1e6), clock)
    join(community, 1)
    community.close()

    def fill(connection: sqlite3.Connection, record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database._engine, "connect", fill)
    counted = [1]

    def join_on() -> None:
        while len(counted) < 1000:
            counted.append(join(community, len(counted) + 1).count)

    with pytest.raises(CommunityUnavailableError, match="has no space left"):
        join_on()
    assert len(counted) > 1
    assert community.counts("toy", "1") == {("ENTP", "female"): counted[-1]}
    community.close()


def test_a_file_that_is_no_database_is_told(
    impatient: None, sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    folder = tmp_path / "averages"
    folder.mkdir()
    (folder / "community.sqlite").write_bytes(b"something else entirely" * 100)
    community = opened(sqlite_url, tmp_path, clock)
    assert "cannot be reached" in refused_in_time(community, 1)
    assert community.counts("toy", "1") is None
    community.close()


def test_a_folder_that_cannot_be_made_stops_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    community = open_community(None, tmp_path / "file")
    assert "cannot be made" in refused_in_time(community, 1)
    assert community.public_mean(CELL, BASE) is None
    community.close()


def test_the_file_is_its_owners_alone(on_sqlite: Community, tmp_path: Path) -> None:
    join(on_sqlite, 1)
    for path in (tmp_path / "averages").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_latents_stay_out_of_errors_and_logs(
    on_sqlite: Community, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    join(on_sqlite, 1)
    with sqlite3.connect(tmp_path / "averages/community.sqlite") as other:
        other.execute("ALTER TABLE community_cells RENAME COLUMN total TO sum")
    other.close()
    with caplog.at_level(logging.DEBUG):
        text_shown = refused_in_time(on_sqlite, 2)
    assert "no column named total" in caplog.text  # for who runs it
    assert "no column" not in text_shown  # not for visitors
    assert "\\x" not in caplog.text


def test_a_server_that_is_down_is_told_and_comes_back(
    on_postgres: Community, postgres_server: PostgresServer
) -> None:
    for seed in range(5):
        join(on_postgres, seed)
    postgres_server.stop()
    try:
        assert "cannot be reached" in refused_in_time(on_postgres, 6)
        assert on_postgres.public_mean(CELL, BASE) is None
        assert on_postgres.counts("toy", "1") is None
    finally:
        postgres_server.start()
    time.sleep(0.2)  # reads stay quiet for so long
    assert on_postgres.public_mean(CELL, BASE) is not None
    assert join(on_postgres, 6).count == 6


def test_connections_that_a_restart_cut_are_not_noticed(
    on_postgres: Community, postgres_server: PostgresServer
) -> None:
    join(on_postgres, 1)
    postgres_server.stop()
    postgres_server.start()
    assert join(on_postgres, 2).count == 2


def test_a_server_that_is_down_at_the_start_may_come_later(
    impatient: None, postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    postgres_server.stop()
    try:
        community = open_community(postgres_url, tmp_path)
        assert "cannot be reached" in refused_in_time(community, 1)
    finally:
        postgres_server.start()
    assert join(community, 1).count == 1
    community.close()


def test_a_server_that_hangs_is_cut_off(
    on_postgres: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(on_postgres, 1)
    monkeypatch.setattr(database_module, "HUNG_S", 2.0)
    database = on_postgres._database
    pid = database.read(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    os.kill(pid, signal.SIGSTOP)
    try:
        # One connection hangs; it is given up and a new one does the work.
        began = time.monotonic()
        assert join(on_postgres, 2).count == 2
        assert 1.9 < time.monotonic() - began < IN_TIME_S
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_row_that_another_holds_is_not_waited_for_for_ever(on_postgres: Community) -> None:
    join(on_postgres, 1)
    engine = on_postgres._database._engine
    with engine.connect() as other:
        other.execute(text("SELECT * FROM community_cells FOR UPDATE"))
        assert "is busy or too slow" in refused_in_time(on_postgres, 2)
        other.rollback()
    assert join(on_postgres, 2).count == 2
