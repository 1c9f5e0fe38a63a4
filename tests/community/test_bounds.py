import math

import numpy as np
import pytest

from mbtiface.community import Bounds, Contribution, LatentStatistics
from mbtiface.community.bounds import bounded, rms
from mbtiface.errors import ContributionRefusedError, InputError
from tests.community.samples import BASE, STATISTICS, W_DIM, contribution, face

BOUNDS = Bounds()


def test_an_ordinary_face_counts_as_it_is() -> None:
    w, clipped = bounded(contribution(face(1, 1.2)), BASE, STATISTICS, BOUNDS)
    assert not clipped
    assert (w == face(1, 1.2)).all()


def test_a_face_far_out_is_moved_straight_toward_the_mean() -> None:
    far = face(1, 2.0)
    w, clipped = bounded(contribution(far), BASE, STATISTICS, BOUNDS)
    assert clipped
    assert rms((w - BASE) / STATISTICS.scale) == pytest.approx(BOUNDS.clip_rms, rel=1e-6)
    np.testing.assert_allclose((w - BASE) / (far - BASE), BOUNDS.clip_rms / 2.0, rtol=1e-4)


def test_what_is_no_face_is_refused() -> None:
    # The distance counts from the mean of all faces, not from the type's.
    step = np.full(BASE.shape, 2.51) * STATISTICS.scale
    with pytest.raises(ContributionRefusedError, match=r"too far .* \(2.51, at most 2.5\)") as no:
        bounded(contribution(STATISTICS.mean + step), BASE, STATISTICS, BOUNDS)
    assert no.value.key == "too_far"


@pytest.mark.parametrize("error", [0.51, math.inf, math.nan])
def test_a_poor_reconstruction_is_refused(error: float) -> None:
    with pytest.raises(ContributionRefusedError, match="too unlike it") as refused:
        bounded(Contribution(face(1), error, 0.5), BASE, STATISTICS, BOUNDS)
    assert refused.value.key == "poor_reconstruction"


@pytest.mark.parametrize(
    ("w", "message"),
    [
        (np.full(BASE.shape, np.nan), "must be finite"),
        (BASE[:2], r"w \[2, 16\] and base mean \[3, 16\] must both be"),
        (BASE[0], r"w \[16\]"),
    ],
)
def test_what_is_no_latent_is_refused(w: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        bounded(contribution(w), BASE, STATISTICS, BOUNDS)


def test_statistics_must_fit() -> None:
    with pytest.raises(InputError, match=r"mean \[4\] and scale \[5\]"):
        LatentStatistics(np.zeros(4), np.ones(5))
    with pytest.raises(InputError, match="scale must be above 0, but its least is 0.0"):
        LatentStatistics(np.zeros(2), np.array([1.0, 0.0]))
    with pytest.raises(InputError, match="finite"):
        LatentStatistics(np.array([np.nan]), np.ones(1))
    other = LatentStatistics(np.zeros(W_DIM + 1), np.ones(W_DIM + 1))
    with pytest.raises(InputError, match=r"must both be \[num_ws, 17\]"):
        bounded(contribution(BASE), BASE, other, BOUNDS)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"prior_count": 0}, "prior_count 0"),
        ({"public_from": 0}, "public_from 0"),
        ({"clip_rms": 3.0}, "clip_rms 3.0 must lie above 0 and below refuse_rms 2.5"),
        ({"day_share": 0.0}, "day_share 0.0"),
    ],
)
def test_limits_must_make_sense(values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Bounds(**values)


@pytest.mark.parametrize(("joined", "places"), [(0, 20), (9, 20), (10, 21), (1800, 200)])
def test_the_places_of_a_day_grow_with_the_average(joined: int, places: int) -> None:
    assert BOUNDS.day_places(joined) == places


def test_there_is_always_one_place() -> None:
    assert Bounds(prior_count=1, day_share=0.1).day_places(0) == 1
