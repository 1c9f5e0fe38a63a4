"""Transactions that either happen or raise `CommunityUnavailableError` within seconds."""

import logging
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mbtiface.community.engine import STATEMENT_S, WAIT_S, make_engine
from mbtiface.community.schema import upgrade
from mbtiface.errors import CommunityUnavailableError

ATTEMPTS = 3
"""Tries of a transaction that failed for no fault of its own: a deadlock, a dropped connection."""
HUNG_S = WAIT_S + STATEMENT_S
"""A PostgreSQL transaction of this age is cut off: its server has stopped to answer."""
QUIET_S = 5.0
"""After a failed read, others fail at once for so long: pages do not wait for a database."""
DEADLOCK = ("40P01", "40001")
log = logging.getLogger(__name__)
Result = TypeVar("Result")


class Database:
    """One database, opened and brought to the newest schema when it is first used. Thread-safe."""

    def __init__(self, url: URL, prepare: Callable[[Connection], None] = upgrade) -> None:
        """`prepare` runs in the first transaction.

        Raises:
            SettingsError: the driver that the URL needs is not installed.
        """
        self._url = url
        self._engine = make_engine(url)
        self._prepare = prepare
        self._prepared = False
        self._preparing = threading.Lock()
        self._quiet_until = 0.0

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction of its own, again if need be: it must have no other effect.

        Raises:
            CommunityUnavailableError: the database is away, locked, full, or newer than this
                program.
        """
        self._ensure_prepared()
        return self._run(work, writes=True)

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on one state of the database; same errors, at once while it is known away."""
        if time.monotonic() < self._quiet_until:
            raise CommunityUnavailableError(_message("could not be reached a moment ago"))
        try:
            self._ensure_prepared()
            result = self._run(work, writes=False)
        except CommunityUnavailableError:
            self._quiet_until = time.monotonic() + QUIET_S
            raise
        return result

    def checkpoint(self) -> None:
        """Empty SQLite's log of writes, which still holds what was deleted since the last time."""
        if self._engine.dialect.name == "sqlite":
            with _errors_named(), self._engine.connect() as connection:
                # On the driver's connection: a checkpoint cannot run inside a transaction.
                driver = connection.connection.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close all connections; later calls open new ones."""
        self._engine.dispose()

    def _ensure_prepared(self) -> None:
        if self._prepared:
            return
        if not self._preparing.acquire(timeout=HUNG_S):
            raise CommunityUnavailableError(_message("is still being opened"))
        try:
            if not self._prepared:
                self._make_file()
                self._run(self._prepare, writes=True)
                self._prepared = True
        finally:
            self._preparing.release()

    def _make_file(self) -> None:
        """Make SQLite's file and folder, readable by this user alone."""
        if self._engine.dialect.name != "sqlite":
            return
        path = Path(str(self._url.database))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            log.warning("Community database: %s", error)
            raise CommunityUnavailableError(_message("cannot be made")) from error

    def _run(self, work: Callable[[Connection], Result], writes: bool) -> Result:
        with _errors_named():
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return self._run_once(work, writes)
                except DBAPIError as error:
                    # A lost connection leaves open whether the commit came through. Running
                    # again is safe: a join or undo that is in the database already is not repeated.
                    again = error.connection_invalidated or _code(error) in DEADLOCK
                    if not again or attempt == ATTEMPTS:
                        raise
        raise AssertionError("unreachable")

    def _run_once(self, work: Callable[[Connection], Result], writes: bool) -> Result:
        with (
            self._engine.connect().execution_options(writes=writes) as connection,
            _cut_off_when_hung(connection),
            connection.begin(),
        ):
            return work(connection)


@contextmanager
def _cut_off_when_hung(connection: Connection) -> Iterator[None]:
    """Close PostgreSQL's socket after `HUNG_S`: the driver itself waits for ever.

    The server's own limits do not help where the server has stopped or the network swallows all.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    # A descriptor of its own: the driver's may be closed and given to another file meanwhile.
    with socket.socket(fileno=os.dup(driver.fileno())) as copy:
        timer = threading.Timer(HUNG_S, _shut, [copy])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _shut(connected: socket.socket) -> None:
    with suppress(OSError):  # it ended just now
        connected.shutdown(socket.SHUT_RDWR)


@contextmanager
def _errors_named() -> Iterator[None]:
    """Turn the database's errors into ours; the log has the rest."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, sqlite3.Error) as error:
        log.warning("Community database: %s", error)
        raise CommunityUnavailableError(_message(_reason(error))) from error


def _reason(error: Exception) -> str:
    """Say in a few words what is wrong, without paths, hosts and names."""
    text = str(error).lower()
    if "full" in text or "no space left" in text:
        return "has no space left"
    if any(word in text for word in ("locked", "timeout", "timed out", "limit of size")):
        return "is busy or too slow"
    return "cannot be reached"


def _message(reason: str) -> str:
    return (
        f"The community averages cannot be used now: their database {reason}. Try again in a "
        "minute; a face that was counted already will not be counted twice."
    )


def _code(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
