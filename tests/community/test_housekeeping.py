import logging
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mbtiface.community import Community, snapshots, store
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from mbtiface.community.housekeeping import Housekeeping
from mbtiface.community.schema import upgrade
from mbtiface.community.snapshot_repo import SNAPSHOT, SnapshotRepo
from tests.community.fake_hub import REPO, FakeHub
from tests.community.samples import DAY_S, Clock, join


class Running:
    """One run of the program on a database file and a Hub."""

    def __init__(self, folder: Path, clock: Clock, hub: FakeHub) -> None:
        def prepare(connection: Connection) -> None:
            upgrade(connection)
            snapshots.await_restore(connection)

        def open_repo() -> SnapshotRepo:
            return SnapshotRepo(REPO, folder / "snapshots", hub, every_minutes=60)

        self.database = Database(database_url(None, folder), prepare)
        self.housekeeping = Housekeeping(self.database, clock, open_repo)
        self.community = Community(self.database, None, clock, self.housekeeping.close)

    def count(self) -> int:
        counts = self.community.counts("toy", "1")
        return 0 if counts is None else sum(counts.values())


def joined_in(hub: FakeHub) -> int:
    return sum(value.count for value in snapshots.decode(hub.files[SNAPSHOT]).values())


def test_a_lost_disk_gets_back_what_the_repo_holds(tmp_path: Path, clock: Clock) -> None:
    hub = FakeHub()
    first = Running(tmp_path / "a", clock, hub)
    first.housekeeping.turn()
    join(first.community, 1), join(first.community, 2)
    first.community.close()
    assert joined_in(hub) == 2

    second = Running(tmp_path / "b", clock, hub)
    second.housekeeping.turn()
    assert second.count() == 2
    assert join(second.community, 3).count == 3
    second.community.close()
    assert joined_in(hub) == 3


def test_a_disk_that_stayed_is_not_restored_over(tmp_path: Path, clock: Clock) -> None:
    hub = FakeHub()
    first = Running(tmp_path, clock, hub)
    first.housekeeping.turn()
    join(first.community, 1)
    first.community.close()
    second = Running(tmp_path, clock, hub)
    second.housekeeping.turn()
    assert second.count() == 1
    join(second.community, 2)
    second.community.close()
    assert joined_in(hub) == 2


def test_a_repo_that_is_away_is_not_overwritten_when_it_is_back(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    hub = FakeHub()
    first = Running(tmp_path / "a", clock, hub)
    first.housekeeping.turn()
    for seed in range(5):
        join(first.community, seed)
    first.community.close()

    hub.away = True
    second = Running(tmp_path / "b", clock, hub)
    second.housekeeping.turn()
    assert "no connection" in caplog.text
    join(second.community, 5)
    second.community.close()  # while it is still away: a third run goes on
    third = Running(tmp_path / "b", clock, hub)
    third.housekeeping.turn()
    join(third.community, 6)
    assert joined_in(hub) == 5
    hub.away = False
    third.housekeeping.turn()
    assert third.count() == 7
    third.community.close()
    assert joined_in(hub) == 7


def test_a_damaged_snapshot_is_left_for_people_to_repair(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    hub = FakeHub({SNAPSHOT: b"damaged"})
    running = Running(tmp_path, clock, hub)
    running.housekeeping.turn()
    join(running.community, 1)
    running.housekeeping.turn()
    running.community.close()
    assert hub.files == {SNAPSHOT: b"damaged"}
    assert "is damaged" in caplog.text


def test_what_is_past_is_dropped_even_if_nobody_comes(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    community = Community(database, clock=clock)
    join(community, 1)
    housekeeping = Housekeeping(database, clock)
    clock.now_s += DAY_S
    with caplog.at_level(logging.WARNING):
        housekeeping.turn()
    assert not caplog.text
    assert database.write(lambda connection: store.drop_old(connection, clock())) == 0
    assert community.counts("toy", "1") == {("ENTP", "female"): 1}


def test_it_runs_beside_until_it_is_closed(tmp_path: Path) -> None:
    asked = threading.Semaphore(0)

    def clock() -> float:
        asked.release()
        return 0.0

    database = Database(database_url(None, tmp_path))
    housekeeping = Housekeeping(database, clock, every_s=0.01)
    housekeeping.start()
    assert all(asked.acquire(timeout=30) for _ in range(3))
    housekeeping.close()
    assert not housekeeping._thread.is_alive()
    database.close()
