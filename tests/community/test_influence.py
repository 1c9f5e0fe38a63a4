"""However many come: one face, one day and all days move an average by no more than promised."""

import numpy as np
import pytest

from mbtiface.community import Bounds, Community
from mbtiface.errors import ContributionRefusedError
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

BOUNDS = Bounds()
R, P, SHARE = BOUNDS.clip_rms, BOUNDS.prior_count, BOUNDS.day_share
ODD = face(99, 2.3)


def moved(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean(((a - b) / STATISTICS.scale).astype(np.float64) ** 2)))


def test_one_face_moves_an_average_by_a_bounded_share(community: Community) -> None:
    opposite = 2 * BASE - ODD
    for name in range(12):
        w = contribution(ODD if name % 2 else opposite)  # the farthest from what is there
        joined = community.join(CELL, w, BASE, STATISTICS, f"v{name}", new_id(name))
        assert 0 < moved(joined.before, joined.after) <= R / (P + 1) * (1 + 1e-5)


def test_a_thousand_copies_from_fifty_addresses_move_a_day_a_little(
    community: Community, clock: Clock
) -> None:
    for seed in range(30):  # honest faces of two days before
        if seed == 15:
            clock.now_s += DAY_S
        join(community, seed)
    clock.now_s += DAY_S
    before = community.public_mean(CELL, BASE)
    assert before is not None
    counted, refused = flood(community, copies=1000, addresses=50)
    after = community.public_mean(CELL, BASE)
    assert after is not None
    assert counted == int(SHARE * (P + 30)) == after.count - before.count
    assert refused == {"day_full", "already_today"}
    assert 0 < moved(before.w, after.w) <= 2 * R * SHARE / (1 + SHARE)
    # The tighter promise for an average that lies where the bundle put it.
    assert moved(before.w, after.w) <= (R + moved(before.w, BASE)) * SHARE / (1 + SHARE)


def flood(community: Community, copies: int, addresses: int) -> tuple[int, set[str]]:
    """Send one odd face again and again; returns how often it counted, and why it did not."""
    counted, refused = 0, set()
    for copy in range(copies):
        visitor = f"address {copy % addresses}"
        try:
            community.join(
                CELL, contribution(ODD), BASE, STATISTICS, visitor, new_id(("odd", copy))
            )
            counted += 1
        except ContributionRefusedError as error:
            refused.add(error.key)
    return counted, refused


def test_a_flood_of_many_days_stays_within_the_radius(community: Community, clock: Clock) -> None:
    for _ in range(12):
        flood(community, copies=50, addresses=50)
        clock.now_s += DAY_S
    seen = community.public_mean(CELL, BASE)
    assert seen is not None
    assert seen.count > 200
    assert moved(seen.w, BASE) < R * seen.count / (P + seen.count) * (1 + 1e-5)


def test_a_place_that_is_given_back_can_be_taken_again(community: Community) -> None:
    joined = [join(community, seed) for seed in range(20)]
    for receipt in (joined[3].receipt, joined[4].receipt):
        community.undo(receipt)
    assert join(community, 30).count == 19
    assert join(community, 31).count == 20
    with pytest.raises(ContributionRefusedError, match=r"The 20 places .* ENTP \(female\)"):
        join(community, 32)
