"""The wall clock may be set forward or back by a day: what is counted stays right."""

import pytest

from mbtiface.community import Community
from mbtiface.errors import ContributionRefusedError
from tests.community.samples import CELL, DAY_S, Clock, join


def counts(community: Community) -> int:
    found = community.counts(CELL.bundle, CELL.version)
    assert found is not None
    return sum(found.values())


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_join_is_counted_once_on_either_side_of_a_jump(
    community: Community, clock: Clock, jump_s: float
) -> None:
    join(community, 1)
    clock.now_s += jump_s
    assert join(community, 2).count == 2
    assert join(community, 2).repeated
    assert counts(community) == 2


def test_a_clock_set_back_leaves_the_join_undoable_once(community: Community, clock: Clock) -> None:
    joined = join(community, 1)
    clock.now_s -= DAY_S
    assert community.undo(joined.receipt) == 0
    assert community.undo(joined.receipt) == 0
    assert join(community, 2).count == 1


def test_a_clock_set_forward_ends_the_time_of_taking_back(
    community: Community, clock: Clock
) -> None:
    joined = join(community, 1)
    clock.now_s += DAY_S
    with pytest.raises(ContributionRefusedError) as refused:
        community.undo(joined.receipt)
    assert refused.value.key == "too_late"
    clock.now_s -= DAY_S  # it was a mistake
    assert join(community, 2).count == 2
