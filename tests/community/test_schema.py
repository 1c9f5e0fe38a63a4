from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, text, update

from mbtiface.community import Community
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from mbtiface.community.schema import MIGRATIONS, metadata, schema_version, upgrade
from mbtiface.errors import CommunityUnavailableError
from tests.community.samples import BASE, CELL, Clock, join


def version(connection: Connection) -> int:
    return int(connection.execute(select(schema_version.c.version)).scalar_one())


def test_migrations_lead_to_the_tables_that_the_program_speaks_to(database: Database) -> None:
    def columns(connection: Connection) -> dict[str, list[str]]:
        inspector = inspect(connection)
        return {
            name: [column["name"] for column in inspector.get_columns(name)]
            for name in inspector.get_table_names()
        }

    found = database.read(columns)
    assert found == {name: list(table.c.keys()) for name, table in metadata.tables.items()}
    assert database.read(version) == len(MIGRATIONS)


def test_opening_again_changes_nothing(database: Database) -> None:
    database.write(upgrade)
    database.write(upgrade)
    assert database.read(version) == len(MIGRATIONS)


def test_an_older_schema_is_brought_up_and_keeps_its_sums(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    older = Community(Database(database_url(url, tmp_path)), clock=clock)
    for seed in range(5):
        join(older, seed)
    before = older.public_mean(CELL, BASE)
    older.close()

    def add_column(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE community_cells ADD COLUMN note VARCHAR"))

    def fill_column(connection: Connection) -> None:
        connection.execute(text("UPDATE community_cells SET note = code"))

    def upgrade_twice(connection: Connection) -> None:
        upgrade(connection, (*MIGRATIONS, add_column, fill_column))

    newer = Database(database_url(url, tmp_path), upgrade_twice)
    note = newer.read(lambda c: c.execute(text("SELECT note FROM community_cells")).scalar_one())
    assert note == "ENTP"
    assert newer.read(version) == len(MIGRATIONS) + 2
    after = Community(newer, clock=clock).public_mean(CELL, BASE)
    newer.close()
    assert before is not None
    assert after is not None
    assert (after.w == before.w).all()
    assert after.count == 5


def test_a_migration_that_fails_leaves_the_old_schema(url: str, tmp_path: Path) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE community_cells ADD COLUMN note VARCHAR"))
        raise CommunityUnavailableError("in the middle")

    first = Database(database_url(url, tmp_path))
    assert first.read(version) == len(MIGRATIONS)
    first.close()
    broken = Database(
        database_url(url, tmp_path), lambda connection: upgrade(connection, (*MIGRATIONS, fail))
    )
    with pytest.raises(CommunityUnavailableError, match="in the middle"):
        broken.read(version)
    broken.close()
    again = Database(database_url(url, tmp_path))

    def names(connection: Connection) -> list[str]:
        return [column["name"] for column in inspect(connection).get_columns("community_cells")]

    assert "note" not in again.read(names)
    again.close()


def test_a_newer_schema_is_refused_and_left_as_it_is(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    first = Database(database_url(url, tmp_path))
    first.write(lambda connection: connection.execute(update(schema_version).values(version=99)))
    first.close()
    community = Community(Database(database_url(url, tmp_path)), clock=clock)
    with pytest.raises(
        CommunityUnavailableError, match=r"schema version 99, .* up to 1\. Update the program"
    ):
        join(community, 1)
    assert community.public_mean(CELL, BASE) is None
    community.close()
