"""The averages that people's photos join: the one door to the database."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection

from mbtiface.community import fixed_point, snapshots, store
from mbtiface.community.bounds import (
    Bounds,
    Contribution,
    FloatArray,
    LatentStatistics,
    bounded,
)
from mbtiface.community.cells import Cell, CellSum, CommunityMean, Joined, Receipt
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from mbtiface.community.housekeeping import Housekeeping
from mbtiface.community.schema import upgrade
from mbtiface.errors import CommunityUnavailableError

if TYPE_CHECKING:
    from mbtiface.community.snapshot_repo import SnapshotRepo

Result = TypeVar("Result")


class Community:
    """Community averages of every bundle. Thread-safe; several programs may share one database."""

    def __init__(
        self,
        database: Database,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.time,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        """`clock`: seconds since 1970; `on_close` runs before connections close."""
        self.bounds = bounds or Bounds()
        self._database = database
        self._clock = clock
        self._on_close = on_close

    def join(
        self,
        cell: Cell,
        contribution: Contribution,
        base_mean: FloatArray,
        statistics: LatentStatistics,
        visitor: str,
        join_id: str,
    ) -> Joined:
        """Let a face join its type's average; the same id with the same face counts once.

        Args:
            cell: which average.
            contribution: the face.
            base_mean: the bundle's own mean of that type and gender, `[num_ws, w_dim]`.
            statistics: the bundle's.
            visitor: whom the limit of one join a type and day holds for, such as an address.
            join_id: 32 random hex digits, made by who sends the request.

        Raises:
            ContributionRefusedError: nothing was counted; the key says why.
            InputError: a value is not allowed.
            CommunityUnavailableError: the database cannot be used now.
        """
        w, clipped = bounded(contribution, base_mean, statistics, self.bounds)
        receipt = Receipt(cell, join_id, fixed_point.to_fixed(w))
        now_s = self._clock()
        counted = self._database.write(
            lambda connection: store.add(connection, receipt, visitor, self.bounds, now_s)
        )
        after = counted.cell
        before = CellSum(after.count - 1, after.total - receipt.added)
        return Joined(
            before=self._mean(before, base_mean).w,
            after=self._mean(after, base_mean).w,
            count_before=before.count,
            count=after.count,
            clipped=clipped,
            repeated=counted.repeated,
            receipt=receipt,
        )

    def undo(self, receipt: Receipt) -> int:
        """Take a face back out, exactly; returns how many are left in its average.

        Raises:
            ContributionRefusedError: `too_late`, 24 hours after the join.
            InputError: the receipt is not the one of its join.
            CommunityUnavailableError: the database cannot be used now.
        """
        now_s = self._clock()
        return self._database.write(
            lambda connection: store.subtract(connection, receipt, now_s)
        ).count

    def mean(self, joined: Joined, base_mean: FloatArray) -> CommunityMean:
        """The average as who joined it sees it: as it is now, or, while few joined, as it was then.

        Following an average of few faces from join to join would show each of them.
        """
        now = self.public_mean(joined.receipt.cell, base_mean)
        return now or CommunityMean(joined.after, joined.count)

    def public_mean(self, cell: Cell, base_mean: FloatArray) -> CommunityMean | None:
        """The average as everybody sees it; None while few joined, or the database is away."""
        found = self._read(lambda connection: store.read_cell(connection, cell))
        if found is None or found.count < self.bounds.public_from:
            return None
        return self._mean(found, base_mean)

    def counts(self, bundle: str, version: str) -> dict[tuple[str, str], int] | None:
        """How many joined, by code and gender; None if the database is away."""
        return self._read(lambda connection: store.read_counts(connection, bundle, version))

    def close(self) -> None:
        """Write a last snapshot where a repo is named, and close all connections."""
        self._on_close()
        self._database.close()

    def _mean(self, found: CellSum, base_mean: FloatArray) -> CommunityMean:
        w = fixed_point.mean_of(base_mean, found.total, found.count, self.bounds.prior_count)
        return CommunityMean(w, found.count)

    def _read(self, work: Callable[[Connection], Result]) -> Result | None:
        try:
            return self._database.read(work)
        except CommunityUnavailableError:  # the log has it already
            return None


def open_community(
    url: str | None,
    state_dir: Path,
    state_repo: str | None = None,
    bounds: Bounds | None = None,
) -> Community:
    """Open the community averages; a database that is away now may come later.

    Args:
        url: a SQLAlchemy URL of SQLite or PostgreSQL; None for a SQLite file in the state folder.
        state_dir: for that file, and for the snapshot on its way to the repo.
        state_repo: `owner/name` of the dataset repo for snapshots; None for none.
        bounds: the limits; None for the defaults.

    Raises:
        SettingsError: the URL cannot be used, or its driver is not installed.
    """

    def prepare(connection: Connection) -> None:
        upgrade(connection)
        if state_repo is not None:
            snapshots.await_restore(connection)

    def open_repo() -> "SnapshotRepo":
        from mbtiface.community.snapshot_repo import SnapshotRepo  # slow to load, seldom needed

        return SnapshotRepo(str(state_repo), state_dir / "snapshots")

    database = Database(database_url(url, state_dir), prepare)
    housekeeping = Housekeeping(database, time.time, open_repo if state_repo else None)
    housekeeping.start()
    return Community(database, bounds, time.time, housekeeping.close)
