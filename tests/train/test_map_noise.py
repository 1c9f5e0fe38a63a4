"""The chance in ridge maps, and Gram matrices without it."""

import numpy as np
import pytest

from train.faces.map_noise import map_noise, without_noise
from train.faces.ridge import fit

FACES, DIMS, MAPS = 120, 30, 3
ALPHAS = [0.2, 0.5, 1.0]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_chance_is_estimated_as_large_as_it_is(rng: np.random.Generator) -> None:
    x = rng.normal(size=(FACES, DIMS)) * np.linspace(2, 0.5, DIMS)
    truth = rng.normal(size=(DIMS, MAPS)) * 0.1
    mix = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -0.4], [0.0, 0.0, 1.0]])
    covariance = np.cov(x.T)
    weights, estimates = [], []
    for _ in range(150):
        y = x @ truth + rng.normal(size=(FACES, MAPS)) @ mix
        weights.append(fit(x, y, ALPHAS).weight)
        if len(estimates) < 20:
            estimates.append(map_noise(x, y, ALPHAS, covariance))
    chance = np.stack(weights) - np.mean(weights, axis=0)  # [150, dims, maps]
    real = np.einsum("ndj,de,nek->jk", chance, covariance, chance) / (len(weights) - 1)
    # Residuals of faces left out hold the maps' own chance too: an estimate a little large.
    np.testing.assert_allclose(np.mean(estimates, axis=0), real, rtol=0.35, atol=0.02)


def test_what_is_left_stays_invertible(rng: np.random.Generator) -> None:
    root = rng.normal(size=(5, 5))
    gram = root @ root.T
    left = without_noise(gram, 10 * gram[:3, :3], taken=1.0, least_left=0.25)
    shares = np.linalg.eigvals(np.linalg.solve(gram, left)).real
    assert shares.min() == pytest.approx(0.25)
    np.testing.assert_allclose(left, left.T)


def test_a_share_of_the_chance_is_taken_off(rng: np.random.Generator) -> None:
    root = rng.normal(size=(4, 4))
    gram = root @ root.T + np.eye(4)
    noise = 0.1 * np.eye(2)
    padded = np.zeros((4, 4))
    padded[:2, :2] = noise
    np.testing.assert_allclose(without_noise(gram, noise, 0.5, 0.1), gram - 0.5 * padded)
    np.testing.assert_allclose(without_noise(gram, noise, 0.0), gram)
