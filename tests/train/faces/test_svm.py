"""The support vector machine against its condition of optimality and a planted boundary."""

import numpy as np

from train.faces import svm


def test_the_normal_of_a_planted_boundary() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6)) + 7
    truth = np.linalg.qr(rng.normal(size=(6, 2)))[0]
    found = svm.normals(x, x @ truth, alpha=0.01)
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), 1)
    assert np.diag(found.T @ truth).min() > 0.99


def test_no_other_boundary_has_a_smaller_loss() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 4))
    sign = np.where(x[:, 0] + rng.normal(size=80) > 0, 1, -1)

    def loss(normal: np.ndarray, bias: float) -> float:
        hinge = np.maximum(0, 1 - sign * (x @ normal + bias))
        return float((hinge**2).sum() + 2.0 * (normal**2).sum())

    found = svm._normal(x, sign, alpha=2.0)
    biases = np.linspace(-1, 1, 401)
    best = min(loss(found, bias) for bias in biases)
    for size in (0.05, 0.3, 1.0):
        for _ in range(20):
            other = found + size * rng.normal(size=4)
            assert min(loss(other, bias) for bias in biases) > best


def test_few_mistakes_far_away_turn_it_less_than_they_turn_the_means() -> None:
    """What lies well on its own side has no say: the machine differs from a ridge map there."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 2)) * 0.3
    y = np.where(np.arange(400) % 2 == 0, 1.0, -1.0)
    x[:, 0] += y
    x[:40:2, 1] += 12  # Some of the upper half, far off to the side.
    normal = svm.normals(x, y[:, None], alpha=0.1)[:, 0]
    means = x[y > 0].mean(0) - x[y < 0].mean(0)
    assert abs(normal[1]) < 0.25 * abs(means[1]) / np.linalg.norm(means)
