"""Joining, taking back and looking, by the one door that the program uses."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from mbtiface.community import Cell, Community, Receipt
from mbtiface.community.database import Database
from mbtiface.community.schema import cells, joins, salts, tokens
from mbtiface.errors import ContributionRefusedError, InputError
from tests.community.samples import (
    BASE,
    CELL,
    DAY_S,
    STATISTICS,
    Clock,
    contribution,
    face,
    join,
    new_id,
)


def stored(database: Database) -> tuple[int, bytes]:
    """Count and sum of the one cell there is."""
    row = database.read(lambda c: c.execute(select(cells.c.joined, cells.c.total)).one())
    return row.joined, row.total


def test_who_joins_sees_the_average_before_and_after_at_once(community: Community) -> None:
    first, second = join(community, 1), join(community, 2)
    assert (first.count_before, first.count) == (0, 1)
    assert (second.count_before, second.count) == (1, 2)
    assert (first.before == BASE).all()
    np.testing.assert_allclose(first.after, (200 * BASE + face(1)) / 201, atol=1e-7)
    np.testing.assert_allclose(second.before, first.after, atol=1e-7)
    np.testing.assert_allclose(second.after, (200 * BASE + face(1) + face(2)) / 202, atol=1e-7)
    assert second.after.dtype == np.float32


def test_a_clipped_face_counts_where_it_was_moved_to(community: Community) -> None:
    w = contribution(face(1, 2.0))
    joined = community.join(CELL, w, BASE, STATISTICS, "visitor", new_id(1))
    nearer = BASE + (face(1, 2.0) - BASE) * (1.25 / 2.0)
    assert joined.clipped
    np.testing.assert_allclose(joined.after, (200 * BASE + nearer) / 201, atol=1e-6)


def test_everybody_sees_the_average_from_five_joins_on(community: Community) -> None:
    assert community.public_mean(CELL, BASE) is None
    for seed in range(4):
        join(community, seed)
        assert community.public_mean(CELL, BASE) is None
    fifth = join(community, 4)
    seen = community.public_mean(CELL, BASE)
    assert seen is not None
    assert seen.count == 5
    assert (seen.w == fifth.after).all()
    community.undo(fifth.receipt)
    assert community.public_mean(CELL, BASE) is None


def test_who_joined_early_does_not_watch_single_faces_come(community: Community) -> None:
    first = join(community, 0)
    for seed in range(1, 4):
        join(community, seed)
        assert (community.mean(first, BASE).w == first.after).all()
        assert community.mean(first, BASE).count == 1
    fifth = join(community, 4)
    assert (community.mean(first, BASE).w == fifth.after).all()
    assert community.mean(first, BASE).count == 5


def test_counts_name_what_was_joined(community: Community) -> None:
    assert community.counts("toy", "1") == {}
    other = Cell("toy", "1", "ISFJ", "male")
    join(community, 1), join(community, 2), join(community, 3, other)
    join(community, 4, Cell("toy", "2", "ENTP", "female"))
    assert community.counts("toy", "1") == {("ENTP", "female"): 2, ("ISFJ", "male"): 1}


def test_a_new_version_of_a_bundle_begins_anew_and_the_old_sums_stay(community: Community) -> None:
    join(community, 1)
    newer = join(community, 1, Cell("toy", "2", "ENTP", "female"), "visitor 1")
    assert newer.count == 1
    assert (newer.before == BASE).all()
    assert community.counts("toy", "1") == {("ENTP", "female"): 1}


def test_a_repeated_request_counts_once(community: Community, database: Database) -> None:
    first = join(community, 1)
    join(community, 2)
    before = stored(database)
    again = join(community, 1)
    assert stored(database) == before
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.count_before, again.count) == (1, 2)
    np.testing.assert_allclose(again.before, (200 * BASE + face(2)) / 201, atol=1e-7)


@pytest.mark.parametrize("gender", ["female", "male"])
def test_a_join_id_belongs_to_one_face_and_cell(community: Community, gender: str) -> None:
    join(community, 1)
    w = contribution(face(2 if gender == "female" else 1))
    cell = Cell("toy", "1", "ENTP", gender)
    with pytest.raises(InputError, match="belongs to another face, type or gender"):
        community.join(cell, w, BASE, STATISTICS, "other", new_id((1, CELL, None)))
    assert community.counts("toy", "1") == {("ENTP", "female"): 1}


def test_one_visitor_joins_a_type_once_a_day(community: Community, clock: Clock) -> None:
    join(community, 1, visitor="me")
    for cell in (CELL, Cell("toy", "1", "ENTP", "male")):
        with pytest.raises(ContributionRefusedError, match="has joined ENTP today") as refused:
            join(community, 2, cell, visitor="me")
        assert refused.value.key == "already_today"
    join(community, 2, Cell("toy", "1", "ENTJ", "female"), visitor="me")
    join(community, 3, visitor="somebody else")
    clock.now_s += DAY_S / 2  # midnight
    assert join(community, 2, visitor="me").count == 3


def test_the_limit_outlives_a_restart(community: Community, database: Database) -> None:
    join(community, 1, visitor="me")
    database.close()
    with pytest.raises(ContributionRefusedError, match="today"):
        join(community, 2, visitor="me")


def test_a_refused_face_uses_up_nothing(community: Community) -> None:
    with pytest.raises(ContributionRefusedError, match="too far"):
        community.join(CELL, contribution(face(1, 9)), BASE, STATISTICS, "me", new_id(1))
    assert community.counts("toy", "1") == {}
    assert join(community, 2, visitor="me").count == 1


def test_latents_of_another_shape_never_meet(community: Community) -> None:
    join(community, 1)
    taller = np.concatenate([BASE, BASE])
    with pytest.raises(InputError, match=r"holds latents \[3, 16\], but this one is \[6, 16\]"):
        community.join(CELL, contribution(taller), taller, STATISTICS, "me", new_id(2))


def test_a_face_taken_back_leaves_the_same_bits(community: Community, database: Database) -> None:
    join(community, 1)
    before = stored(database)
    joined = [join(community, seed) for seed in range(2, 12)]
    for one in joined[::2] + joined[1::2]:
        community.undo(one.receipt)
    assert stored(database) == before


def test_taking_back_twice_takes_back_once(community: Community) -> None:
    join(community, 1)
    receipt = join(community, 2).receipt
    assert community.undo(receipt) == 1
    assert community.undo(receipt) == 1


def test_taking_back_does_not_give_the_day_back(community: Community, clock: Clock) -> None:
    receipt = join(community, 1, visitor="me").receipt
    community.undo(receipt)
    with pytest.raises(ContributionRefusedError, match="was taken back") as refused:
        join(community, 1, visitor="me")
    assert refused.value.key == "taken_back"
    with pytest.raises(ContributionRefusedError, match="joined ENTP today"):
        join(community, 2, visitor="me")
    clock.now_s += DAY_S
    assert join(community, 2, visitor="me").count == 1


def test_only_what_was_added_can_be_taken_back(community: Community) -> None:
    receipt = join(community, 1).receipt
    join(community, 2)
    with pytest.raises(InputError, match="another face"):
        community.undo(Receipt(CELL, receipt.join_id, receipt.added + 1))
    male = Cell("toy", "1", "ENTP", "male")
    with pytest.raises(InputError, match="another face"):
        community.undo(Receipt(male, receipt.join_id, receipt.added))
    with pytest.raises(ContributionRefusedError) as refused:
        community.undo(Receipt(CELL, new_id("never joined"), receipt.added))
    assert refused.value.key == "too_late"
    assert community.counts("toy", "1") == {("ENTP", "female"): 2}


def test_a_day_later_a_face_can_no_longer_be_taken_back(community: Community, clock: Clock) -> None:
    receipt = join(community, 1).receipt
    clock.now_s += DAY_S
    with pytest.raises(ContributionRefusedError, match="dropped after 24 hours") as refused:
        community.undo(receipt)
    assert refused.value.key == "too_late"


def test_nothing_of_a_person_is_kept_for_more_than_a_day(
    community: Community, database: Database, clock: Clock
) -> None:
    def left() -> list[int]:
        return database.read(
            lambda c: [len(c.execute(select(table)).all()) for table in (salts, tokens, joins)]
        )

    clock.now_s += DAY_S / 2 - 1  # the day's last second
    join(community, 1), join(community, 2)
    assert left() == [1, 2, 2]
    clock.now_s += 1
    join(community, 3)  # a new day: yesterday's salt and tokens are gone
    assert left() == [1, 1, 3]
    clock.now_s += DAY_S - 1
    join(community, 4)
    assert left() == [1, 2, 2]
    clock.now_s += 2 * DAY_S
    join(community, 5)
    assert left() == [1, 1, 1]
    assert community.counts("toy", "1") == {("ENTP", "female"): 5}


def test_neither_visitor_nor_join_id_nor_a_face_reaches_the_disk(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    from mbtiface.community.engine import database_url

    database = Database(database_url(sqlite_url, tmp_path))
    community = Community(database, clock=clock)
    receipts = [join(community, seed, visitor=f"203.0.113.{seed}").receipt for seed in (1, 2)]
    community.close()
    written = b"".join(path.read_bytes() for path in (tmp_path / "averages").iterdir())
    assert b"ENTP" in written
    assert b"203.0.113" not in written
    for receipt in receipts:
        assert receipt.join_id.encode() not in written
        assert bytes.fromhex(receipt.join_id) not in written
        # The first face was the whole sum for a moment: what is overwritten does not linger.
        assert receipt.added.astype("<i8").tobytes() not in written


def test_what_the_session_holds_does_not_print_a_face(community: Community) -> None:
    joined = join(community, 1)
    for value in (joined, joined.receipt, contribution(face(1)), community.mean(joined, BASE)):
        assert "array" not in repr(value)
