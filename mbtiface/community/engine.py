"""From a URL to an engine: SQLite or PostgreSQL, with every wait bounded."""

import importlib
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from mbtiface.errors import SettingsError

WAIT_S = 3
"""Longest wait for a lock, a connection of the pool, and a server to answer at all."""
STATEMENT_S = 5
"""Longest run of one statement."""
SQLITE_FILE = "community.sqlite"


def database_url(text: str | None, state_dir: Path) -> URL:
    """Read the URL of a database; None stands for a SQLite file in the state folder.

    Raises:
        SettingsError: it names neither a SQLite file nor a PostgreSQL database.
    """
    if text is None:
        return URL.create("sqlite", database=str(state_dir / SQLITE_FILE))
    try:
        url = make_url(text)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    raise SettingsError(
        # Without the rest of it: it may hold a password.
        f"MBTIFACE_DATABASE_URL begins with {text.partition(':')[0]!r}, but must be sqlite:/// and "
        "the path of a file, or postgresql://user:password@host/name. Change it or unset it."
    )


def make_engine(url: URL) -> Engine:
    """Make an engine; connects to nothing yet.

    Raises:
        SettingsError: the URL names PostgreSQL and its driver is not installed.
    """
    # hide_parameters: errors and logs would show latents.
    if url.drivername == "sqlite":
        engine = create_engine(
            url, hide_parameters=True, pool_timeout=WAIT_S, connect_args={"timeout": WAIT_S}
        )
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        importlib.import_module("psycopg")
    except ImportError as error:
        raise SettingsError(
            f"MBTIFACE_DATABASE_URL names PostgreSQL, which needs psycopg ({error}). Install it: "
            "pip install 'psycopg[binary]', or unset MBTIFACE_DATABASE_URL to use SQLite."
        ) from error
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_timeout=WAIT_S,
        connect_args={"connect_timeout": WAIT_S},
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _open_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes late and is never IMMEDIATE
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers and one writer do not wait for each other
    # A killed program loses nothing; a power cut may lose the last joins, but never half of one.
    # FULL would wait for the disk at each join: milliseconds here, a second where it is shared.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")  # dropped salts are overwritten, not only unlinked
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between;
    # one that takes the lock at its beginning waits for it.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    # Each transaction anew: behind a connection pooler settings of a session do not last.
    connection.exec_driver_sql(
        f"SET LOCAL lock_timeout = '{WAIT_S}s'; SET LOCAL statement_timeout = '{STATEMENT_S}s'"
    )
