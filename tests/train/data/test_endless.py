"""The endless order: golden numbers, processes, going on, balance."""

import io

import numpy as np
import pytest
import torch

from mbtiface.errors import InputError, SourceError
from tests.golden_files import read_golden
from train.data.endless import EndlessSampler, balanced_weights

CASES = read_golden("07b_training_arithmetic.safetensors").config["infinite_sampler"]
WEIGHTS = np.array([1.0, 1, 1, 1, 4, 0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dataset_size']}")
def test_the_order_of_the_reference(case: dict) -> None:
    sampler = EndlessSampler(case["dataset_size"], case["seed"], window=case["window_size"])
    expected = case["first_indices"]
    assert sampler.next(len(expected)).tolist() == expected


@pytest.mark.parametrize("weights", [None, np.arange(1.0, 12)])
def test_processes_share_one_order(weights: np.ndarray | None) -> None:
    alone = EndlessSampler(11, 5, weights=weights)
    three = [EndlessSampler(11, 5, rank, 3, weights) for rank in range(3)]
    for n in (1, 4, 7, 30):
        parts = np.stack([sampler.next(n) for sampler in three], 1)  # [n, ranks]
        assert parts.shape == (n, 3)
        assert parts.ravel().tolist() == alone.next(3 * n).tolist()
    assert three[0].state()["position"] == three[2].state()["position"] == 126
    assert torch.equal(three[0].state()["order"], three[2].state()["order"])


@pytest.mark.parametrize("weights", [None, np.arange(1.0, 12)])
@pytest.mark.parametrize("taken", [0, 1, 11, 25])
def test_it_goes_on_from_a_saved_state(weights: np.ndarray | None, taken: int) -> None:
    sampler = EndlessSampler(11, 5, weights=weights)
    sampler.next(taken)
    file = io.BytesIO()
    torch.save(sampler.state(), file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    expected = sampler.next(100)
    other = EndlessSampler(11, 99, weights=weights)
    other.load_state(state)
    assert other.next(100).tolist() == expected.tolist()
    pair = [EndlessSampler(11, 0, rank, 2, weights) for rank in range(2)]
    for one in pair:
        one.load_state(state)
    assert np.stack([one.next(50) for one in pair], 1).ravel().tolist() == expected.tolist()


def test_a_state_is_a_copy() -> None:
    sampler = EndlessSampler(9, 1)
    state = sampler.state()
    order = state["order"].clone()
    expected = sampler.next(20).tolist()
    assert torch.equal(state["order"], order)
    sampler.load_state(state)
    sampler.next(5)
    sampler.load_state(state)
    assert sampler.next(20).tolist() == expected


def test_a_state_of_other_data_is_refused() -> None:
    state = EndlessSampler(9, 1).state()
    with pytest.raises(SourceError, match="saved for 9 pictures.*gives 10 .*start anew"):
        EndlessSampler(10, 1).load_state(state)
    with pytest.raises(SourceError, match="balanced: False"):
        EndlessSampler(9, 1, weights=np.ones(9)).load_state(state)


def test_every_round_holds_what_the_weights_say() -> None:
    sampler = EndlessSampler(6, 2, weights=WEIGHTS)
    rounds = sampler.next(6 * 500).reshape(500, 6)
    counts = np.stack([np.bincount(row, minlength=6) for row in rounds])
    expected = 6 * WEIGHTS / WEIGHTS.sum()  # 0.75 of most, 3 of one, none of the last
    assert (counts >= np.floor(expected)).all()
    assert (counts <= np.ceil(expected)).all()
    # A count of 0 or 1 has a deviation of at most half a draw a round.
    np.testing.assert_allclose(counts.mean(0), expected, atol=4 * 0.5 / np.sqrt(500))
    assert len({tuple(row) for row in rounds.tolist()}) > 100


def test_alike_weights_show_each_picture_once_a_round() -> None:
    rounds = EndlessSampler(50, 3, weights=np.full(50, 0.2)).next(200).reshape(4, 50)
    assert (np.sort(rounds, 1) == np.arange(50)).all()
    assert len({tuple(row) for row in rounds.tolist()}) == 4


def test_balanced_cells_show_alike_often() -> None:
    cells = np.array([3] * 40 + [7] * 4 + [31])
    weights = balanced_weights(cells)
    np.testing.assert_allclose(weights.sum(), 1)
    drawn = cells[EndlessSampler(len(cells), 1, weights=weights).next(45 * 20)]
    assert [np.count_nonzero(drawn == cell) for cell in (3, 7, 31)] == pytest.approx(
        [300] * 3, abs=20
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "needs pictures .got 0."),
        ({"rank": 2, "ranks": 2}, "got 2 of 2"),
        ({"window": 1.5}, "window in 0..1 .got 1.5."),
        ({"weights": [1.0]}, "must be 3 finite numbers"),
        ({"weights": [1.0, -1, 1]}, "none below 0"),
        ({"weights": [0.0, 0, 0]}, "All weights are 0"),
    ],
)
def test_impossible_orders(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        EndlessSampler(**{"count": 3, "seed": 0} | arguments)
