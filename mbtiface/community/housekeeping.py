"""What goes on beside the visits: dropping what is past, restoring, writing snapshots."""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from mbtiface.community import snapshots, store
from mbtiface.community.cells import Cell, CellSum
from mbtiface.community.database import Database
from mbtiface.errors import MbtifaceError

if TYPE_CHECKING:  # the Hub's library takes a while to load, and most never need it
    from mbtiface.community.snapshot_repo import SnapshotRepo

EVERY_S = 60.0
PUSH_S = 10.0
"""Longest wait for a turn, and for the last commit, when the program ends."""
log = logging.getLogger(__name__)


class Housekeeping:
    """A thread that looks after one database. Failures are logged and tried again the next time."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        open_repo: "Callable[[], SnapshotRepo] | None" = None,
        every_s: float = EVERY_S,
    ) -> None:
        """`clock` gives the time in seconds; `open_repo` is None where no repo keeps snapshots."""
        self._database = database
        self._clock = clock
        self._open_repo = open_repo
        self._every_s = every_s
        self._repo: SnapshotRepo | None = None
        self._restored = False
        self._written = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="community", daemon=True)

    def start(self) -> None:
        """Begin, with a first turn at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop, after a last snapshot if there is a repo; a second time does nothing."""
        if self._ending.is_set():
            return
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(PUSH_S)
        if self._repo is not None:
            if self._restored:
                self._attempt(self._write)
            self._attempt(self._repo_closed)

    def turn(self) -> None:
        """Do once all that is due."""
        self._attempt(self._drop_old)
        if self._open_repo is not None:
            self._attempt(self._keep_snapshot)

    def _run(self) -> None:
        while True:
            self.turn()
            if self._ending.wait(self._every_s):
                return

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (MbtifaceError, OSError) as error:
            log.warning("Community averages: %s", error)

    def _drop_old(self) -> None:
        now_s = self._clock()
        if self._database.write(lambda connection: store.drop_old(connection, now_s)):
            self._database.checkpoint()

    def _keep_snapshot(self) -> None:
        if self._repo is None:
            assert self._open_repo is not None
            self._repo = self._open_repo()
        if not self._restored:
            self._restore()
        self._write()

    def _restore(self) -> None:
        assert self._repo is not None
        if self._database.read(snapshots.awaits_restore):
            data = self._repo.fetch()
            cells = {} if data is None else snapshots.decode(data)
            if self._database.write(lambda connection: snapshots.restore(connection, cells)):
                log.info("Community averages: %d restored from the snapshot", len(cells))
        self._restored = True

    def _write(self) -> None:
        assert self._repo is not None
        changed = self._database.read(self._changed_cells)
        if changed is not None:
            changes, cells = changed
            self._repo.write(snapshots.encode(cells))
            self._written = changes

    def _changed_cells(self, connection: Connection) -> tuple[int, dict[Cell, CellSum]] | None:
        """Read all cells, None if nothing changed since the last snapshot."""
        changes = store.changes(connection)
        return None if changes == self._written else (changes, store.read_all(connection))

    def _repo_closed(self) -> None:
        assert self._repo is not None
        self._repo.close(PUSH_S)
