"""Moves are read in the latents and after the loop."""

import numpy as np
import torch

from mbtiface.personality.types import AXES
from train.faces.ridge import LinearMap
from train.metrics.closed_loop import as_markdown, closed_loop

FACES, ROWS, ACTING, DIMS, MAPS = 3, 6, 4, 8, 5


def test_a_loop_that_loses_half_shows_half() -> None:
    rng = np.random.default_rng(0)
    starts = torch.from_numpy(rng.normal(size=(FACES, ROWS, DIMS))).float()
    read = LinearMap(rng.normal(size=(DIMS, MAPS)), rng.normal(size=MAPS))
    steps = rng.normal(size=(len(AXES), DIMS))
    weights = np.array([1.5, 1.5, 0.5, 0.5, 0.5, 0.5])
    seen = []

    def loop(w: torch.Tensor) -> torch.Tensor:
        seen.append(w)
        return w / 2 + 1

    latent, looped = closed_loop(starts, steps, read, loop, weights, ACTING)
    np.testing.assert_allclose(latent, steps @ read.weight, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(looped, latent / 2, rtol=1e-4, atol=1e-4)
    assert seen[0].shape == ((1 + 2 * len(AXES)) * FACES, ROWS, DIMS)


def test_the_table_divides_by_the_own_axis() -> None:
    moved = np.array([[0.5, 0.1], [0.0, 0.8], [0.0, 0.2], [0.0, 0.2]])
    moved = np.column_stack([moved, np.eye(4)[:, 2:] * 0.5])
    table = as_markdown(["E", "N", "F", "J"], [("loop", moved)]).splitlines()
    assert table[2] == "| EI | loop | 0.50 |  | +0.20 | +0.00 | +0.00 |"
    assert len(table) == 2 + len(AXES)
