"""Our repo on the real `CommitScheduler`, against a Hub in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mbtiface.community.snapshot_repo import SNAPSHOT, SnapshotRepo
from tests.community.fake_hub import REPO, FakeHub

Open = Callable[[FakeHub], SnapshotRepo]


@pytest.fixture
def open_repo(tmp_path: Path) -> Iterator[Open]:
    """Opens repos that commit only when they are closed, which they are."""
    opened: list[Any] = []

    def open_repo(hub: FakeHub) -> SnapshotRepo:
        opened.append(SnapshotRepo(REPO, tmp_path / "snapshots", hub, every_minutes=60))
        return opened[-1]

    yield open_repo
    for repo in opened:
        repo._scheduler.stop()


def test_a_snapshot_reaches_the_repo_and_is_read_from_it(open_repo: Open) -> None:
    hub = FakeHub()
    repo = open_repo(hub)
    assert hub.private
    assert repo.fetch() is None
    repo.write(b"first")
    repo.write(b"second")
    repo.close(1)
    assert hub.commits == [{SNAPSHOT: b"second"}]
    assert open_repo(hub).fetch() == b"second"


def test_what_did_not_change_is_not_committed_and_no_history_is_kept(open_repo: Open) -> None:
    hub = FakeHub()
    repo = open_repo(hub)
    for snapshot in (b"a", b"a", b"b"):
        repo.write(snapshot)
        repo._scheduler.trigger().result()
    repo.close(1)
    assert [commit[SNAPSHOT] for commit in hub.commits] == [b"a", b"b"]
    assert hub.squashed == 2


def test_a_file_of_an_earlier_run_is_not_committed(open_repo: Open, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / SNAPSHOT).write_bytes(b"old")
    hub = FakeHub({SNAPSHOT: b"newer"})
    open_repo(hub).close(1)
    assert hub.files == {SNAPSHOT: b"newer"}


def test_a_snapshot_is_written_under_the_schedulers_lock(open_repo: Open) -> None:
    repo = open_repo(FakeHub())
    lock = Watched()
    repo._scheduler.lock = lock  # type: ignore[assignment]
    repo.write(b"snapshot")
    assert lock.taken == 1


class Watched:
    """A lock that counts."""

    taken = 0

    def __enter__(self) -> None:
        self.taken += 1

    def __exit__(self, *args: object) -> None:
        pass


def test_a_hub_that_is_away_is_an_os_error(open_repo: Open) -> None:
    hub = FakeHub()
    repo = open_repo(hub)
    hub.away = True
    with pytest.raises(OSError, match="nothing kept"):
        repo.fetch()
    repo.write(b"snapshot")
    with pytest.raises(OSError, match="the snapshot repo cannot be used: no connection"):
        repo.close(1)
    with pytest.raises(OSError, match="no connection"):
        open_repo(hub)
