"""The tables, their version, and the way from each version to the next.

To change the tables: append a migration that alters what is there, and bring the tables below to
what comes out. Migrations that have been released are never edited; a test compares both.
"""

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
    update,
)

from mbtiface.errors import CommunityUnavailableError

log = logging.getLogger(__name__)
metadata = MetaData()

schema_version = Table("community_schema", metadata, Column("version", Integer, nullable=False))

cells = Table(
    "community_cells",
    metadata,
    Column("bundle", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("gender", String, primary_key=True),
    Column("num_ws", Integer, nullable=False),
    Column("w_dim", Integer, nullable=False),
    Column("joined", BigInteger, nullable=False),  # faces
    Column("total", LargeBinary, nullable=False),  # fixed_point.to_bytes of the sum of joined w
    Column("changes", BigInteger, nullable=False),  # joins and undone joins so far
    Column("day", Integer, nullable=False),  # of the newest join
    Column("day_joins", Integer, nullable=False),  # on that day, less those undone
)
# The next three are stored by key (no row ids): the order of coming is not kept beside a hash.
salts = Table(
    "community_salts",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
tokens = Table(
    "community_tokens",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("day", Integer, nullable=False, index=True),
    sqlite_with_rowid=False,
)
joins = Table(
    "community_joins",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("proof", LargeBinary, nullable=False),
    Column("hour", Integer, nullable=False, index=True),
    Column("undone", Integer, nullable=False),
    sqlite_with_rowid=False,
)
# Whether this database still waits for the repo's snapshot: one row "restore".
states = Table(
    "community_states",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

Migration = Callable[[Connection], None]


def _create_tables(connection: Connection) -> None:
    """To version 1. The first change of the tables copies today's definitions into here."""
    metadata.create_all(connection, [cells, salts, tokens, joins, states])


MIGRATIONS: tuple[Migration, ...] = (_create_tables,)
"""Entry n leads from version n to n + 1."""
UPGRADE_LOCK = 0x6D627469  # any number that no other program in the same PostgreSQL uses


def upgrade(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the tables to the newest version, inside the caller's transaction.

    Raises:
        CommunityUnavailableError: a newer program has made these tables.
    """
    if connection.dialect.name == "postgresql":  # SQLite's write transactions are alone anyway
        connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
    found = _version(connection)
    if found > len(migrations):
        raise CommunityUnavailableError(
            f"The database of the community averages has schema version {found}, but this program "
            f"knows versions up to {len(migrations)}. Update the program, or point "
            "MBTIFACE_DATABASE_URL at another database."
        )
    for version in range(found, len(migrations)):
        migrations[version](connection)
        connection.execute(update(schema_version).values(version=version + 1))
        log.info("Community database upgraded from schema version %d to %d", version, version + 1)


def _version(connection: Connection) -> int:
    """Read the version, 0 for an empty database, where its table is made."""
    if not inspect(connection).has_table(schema_version.name):
        schema_version.create(connection)
        connection.execute(insert(schema_version).values(version=0))
        return 0
    return int(connection.execute(select(schema_version.c.version)).scalar_one())
