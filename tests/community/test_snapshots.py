import json
from collections.abc import Callable

import numpy as np
import pytest

from mbtiface.community import Cell, Community, snapshots, store
from mbtiface.community.cells import CellSum
from mbtiface.community.database import Database
from mbtiface.errors import SourceError
from tests.community.samples import BASE, CELL, join

SUM = np.arange(48).reshape(3, 16) * 2**40 - 2**44
CELLS = {
    CELL: CellSum(7, SUM),
    Cell("toy", "1", "ISFJ", "male"): CellSum(1, -SUM),
}


def test_a_snapshot_comes_back_bit_by_bit() -> None:
    found = snapshots.decode(snapshots.encode(CELLS))
    assert {cell: value.count for cell, value in found.items()} == {
        cell: value.count for cell, value in CELLS.items()
    }
    assert all((found[cell].total == CELLS[cell].total).all() for cell in CELLS)


def test_the_same_sums_give_the_same_bytes() -> None:
    other_order = dict(reversed(CELLS.items()))
    assert snapshots.encode(other_order) == snapshots.encode(CELLS)


def test_a_snapshot_holds_counts_and_sums_and_nothing_of_a_person(
    community: Community, database: Database
) -> None:
    join(community, 1, visitor="203.0.113.7")
    data = json.loads(snapshots.encode(database.read(store.read_all)))
    assert set(data) == {"format", "quantum", "cells"}
    names = {"bundle", "version", "code", "gender", "joined", "shape", "total"}
    assert [set(entry) for entry in data["cells"]] == [names]


def changed(change: Callable[[dict], None]) -> bytes:
    data = json.loads(snapshots.encode(CELLS))
    change(data)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        snapshots.encode(CELLS)[:-40],
        changed(lambda data: data["cells"][0].pop("total")),
        changed(lambda data: data["cells"][0].update(shape=[3, 17])),
        changed(lambda data: data["cells"][0].update(joined=-1)),
        changed(lambda data: data["cells"][0].update(code="XXXX")),
        changed(lambda data: data["cells"][0].update(total="not base64")),
        changed(lambda data: data["cells"][0].update(total=data["cells"][0]["total"][:40])),
    ],
)
def test_a_damaged_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match="is damaged"):
        snapshots.decode(data)


def test_a_newer_snapshot_is_refused() -> None:
    with pytest.raises(SourceError, match="Update the program"):
        snapshots.decode(changed(lambda data: data.update(format=2)))


def test_an_empty_database_is_restored_once(community: Community, database: Database) -> None:
    database.write(snapshots.await_restore)
    assert database.read(snapshots.awaits_restore)
    assert database.write(lambda connection: snapshots.restore(connection, CELLS))
    assert not database.write(lambda connection: snapshots.restore(connection, CELLS))
    found = database.read(store.read_all)
    assert found[CELL].count == 7
    assert (found[CELL].total == SUM).all()
    assert community.public_mean(CELL, BASE) is not None


def test_newer_rows_are_never_written_over(community: Community, database: Database) -> None:
    join(community, 1)
    before = database.read(store.read_all)
    database.write(snapshots.await_restore)  # as every opening does
    assert not database.read(snapshots.awaits_restore)
    assert not database.write(lambda connection: snapshots.restore(connection, CELLS))
    after = database.read(store.read_all)
    assert list(after) == list(before) == [CELL]
    assert (after[CELL].total == before[CELL].total).all()


def test_what_joined_while_the_repo_was_away_is_added_to(
    community: Community, database: Database
) -> None:
    database.write(snapshots.await_restore)
    receipt = join(community, 1).receipt
    database.write(snapshots.await_restore)
    assert database.write(lambda connection: snapshots.restore(connection, CELLS))
    assert community.counts("toy", "1") == {("ENTP", "female"): 8, ("ISFJ", "male"): 1}
    assert community.undo(receipt) == 7
    assert (database.read(store.read_all)[CELL].total == SUM).all()
