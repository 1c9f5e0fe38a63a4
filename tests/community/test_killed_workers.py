"""Programs that are killed while they join: none is lost, none counts twice."""

from pathlib import Path

from tests.community.killing import Size, check_sums, kill_while_joining

# `python -m tests.community.killing 8 500 24` is the same at full size.
SIZE = Size(workers=4, joins=60, kills=10)


def test_every_acknowledged_join_counts_exactly_once(url: str, tmp_path: Path) -> None:
    assert kill_while_joining(url, tmp_path, SIZE) == [SIZE.joins] * SIZE.workers
    check_sums(url, tmp_path, SIZE)
