"""Held-out predictions as a linear map of the labels."""

import numpy as np
import pytest

from train.faces import ridge
from train.faces.held_out import rotated, smoothers


@pytest.mark.parametrize("dims", [8, 90])
def test_the_map_makes_the_predictions_of_the_folds(dims: int) -> None:
    rng = np.random.default_rng(0)
    x, y, folds = rng.normal(size=(60, dims)) + 2, rng.normal(size=(60, 3)) - 5, np.arange(60) % 6
    for alpha, smoother in zip((0.2, 5.0), smoothers(x, folds, (0.2, 5.0)), strict=True):
        expected = ridge.nested_predictions(x, y, folds, [alpha] * 3)
        np.testing.assert_allclose(smoother @ y, expected, atol=1e-9)
        # No face has a part in what is read in it.
        assert not smoother[folds[:, None] == folds[None]].any()


def test_rotation_changes_no_prediction() -> None:
    rng = np.random.default_rng(1)
    x, y, folds = rng.normal(size=(40, 200)) + 1, rng.normal(size=(40, 2)), np.arange(40) % 4
    shorter = rotated(x)
    assert shorter.shape == (40, 40)
    one = ridge.nested_predictions(x, y, folds, [0.5, 0.5])
    np.testing.assert_allclose(ridge.nested_predictions(shorter, y, folds, [0.5, 0.5]), one)
    few = rotated(x[:, :7])
    np.testing.assert_allclose(few, x[:, :7] - x[:, :7].mean(0))
