"""How far a move leads from the person, and holding it."""

import math

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.averages import Averages
from mbtiface.faces.drift import LIMIT, drift, held
from mbtiface.faces.drift_words import OTHER
from mbtiface.faces.morph import drift_form, morph_step
from mbtiface.personality.types import AXES
from tests.toy_bundle import NUM_WS, W_DIM, toy_faces, toy_generator


@pytest.fixture(scope="module")
def averages() -> Averages:
    """Toy averages in a population that is ten times as wide in one number as in the others."""
    tensors = toy_faces(toy_generator())
    scale = torch.full((W_DIM,), 0.1)
    scale[1] = 1.0
    return Averages(tensors | {"latent.scale": scale})


def one_row(row: int, number: int, num_ws: int = NUM_WS) -> torch.Tensor:
    step = torch.zeros(num_ws, W_DIM)
    step[row, number] = 1.0
    return step


def test_the_length_counts_rows_and_numbers_by_their_weight(averages: Averages) -> None:
    # One unit in a number of deviation 0.1 is ten deviations.
    assert drift(one_row(0, 0), averages) == pytest.approx(10 / LIMIT)
    assert drift(one_row(0, 1), averages) == pytest.approx(1 / LIMIT)
    assert drift(one_row(4, 0), averages) == pytest.approx(10 * math.sqrt(0.55) / LIMIT)
    assert drift(one_row(8, 0, 18), averages) == pytest.approx(10 * math.sqrt(0.05) / LIMIT)
    both = one_row(0, 0) + one_row(4, 0)
    assert drift(both, averages) == pytest.approx(10 * math.sqrt(1.55) / LIMIT)
    assert drift(-3 * both, averages) == pytest.approx(3 * drift(both, averages))
    assert drift(torch.zeros(NUM_WS, W_DIM), averages) == 0.0


def test_only_a_step_beyond_the_limit_is_shortened(averages: Averages) -> None:
    step = one_row(0, 0) * LIMIT / 10  # drift 1
    assert held(0.5 * step, averages) is not None
    assert torch.equal(held(0.5 * step, averages), 0.5 * step)
    torch.testing.assert_close(held(4 * step, averages), step)
    torch.testing.assert_close(held(4 * step, averages, 0.25), 0.25 * step)
    assert not held(step, averages, 0.0).any()


@pytest.mark.parametrize("limit", [-0.1, math.nan, math.inf, True])
def test_a_limit_that_is_no_length(averages: Averages, limit: float) -> None:
    with pytest.raises(InputError, match="as a limit it must be a number of 0 or more"):
        held(one_row(0, 0), averages, limit)


@pytest.mark.parametrize("gender", ["female", "male", "both"])
@pytest.mark.parametrize("layers", ["all", "coarse", "middle"])
def test_the_form_gives_the_drift_of_axis_values(
    averages: Averages, gender: str, layers: str
) -> None:
    values = torch.tensor([0.5, -1.5, 1.0, -0.25])
    form = torch.tensor(drift_form(averages, gender, layers))
    axes = dict(zip(AXES, values.tolist(), strict=True))
    step = morph_step(averages, axes, gender, layers=layers)
    assert float(values @ form @ values) ** 0.5 == pytest.approx(drift(step, averages), rel=1e-4)
    assert torch.allclose(form, form.T)


def test_another_person_lies_beyond_the_limit() -> None:
    assert OTHER > 1
