"""Ridge regression with few faces and many dimensions, and its honest score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALPHAS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Strengths tried, in units of the mean squared length of the centred inputs."""


@dataclass(frozen=True)
class LinearMap:
    """y = x @ weight + bias."""

    weight: np.ndarray
    """`[dims, targets]`."""
    bias: np.ndarray
    """`[targets]`."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """`[n, dims]` -> `[n, targets]`."""
        return x @ self.weight + self.bias


class _Dual:
    """One decomposition of the inputs serves every strength: faces are fewer than dimensions."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.mean_x, self.mean_y = x.mean(0), y.mean(0)
        self.centred = x - self.mean_x
        self.scale = np.square(self.centred).sum(1).mean()
        self.values, self.vectors = np.linalg.eigh(self.centred @ self.centred.T / self.scale)
        self.rotated = self.vectors.T @ (y - self.mean_y)  # [n, targets]

    def solve(self, alphas: Sequence[float]) -> LinearMap:
        """The map for one strength a target."""
        shrunk = self.rotated / (self.values[:, None] + np.asarray(alphas)[None])
        weight = self.centred.T @ (self.vectors @ shrunk) / self.scale  # [dims, targets]
        return LinearMap(weight, self.mean_y - self.mean_x @ weight)


def fit(x: np.ndarray, y: np.ndarray, alphas: Sequence[float]) -> LinearMap:
    """Fit each target with its own strength.

    Args:
        x: `[n, dims]`.
        y: `[n, targets]`.
        alphas: one strength a target.
    """
    return _Dual(x, y).solve(alphas)


def choose_alphas(x: np.ndarray, y: np.ndarray, folds: np.ndarray) -> list[float]:
    """The strength of each target with the best cross-validated R2."""
    predicted = np.zeros((len(ALPHAS), *y.shape))
    for fold in np.unique(folds):
        inside = folds != fold
        solver = _Dual(x[inside], y[inside])
        for index, alpha in enumerate(ALPHAS):
            predicted[index, ~inside] = solver.solve([alpha] * y.shape[1])(x[~inside])
    scores = [r2(y, each) for each in predicted]
    return [ALPHAS[index] for index in np.argmax(scores, axis=0)]


def nested_predictions(
    x: np.ndarray, y: np.ndarray, folds: np.ndarray, alphas: Sequence[float] | None = None
) -> np.ndarray:
    """Predict each fold from the others: `[n, targets]`; `alphas` None = chosen within those."""
    predicted = np.zeros_like(y)
    for fold in np.unique(folds):
        inside = folds != fold
        chosen = alphas or choose_alphas(x[inside], y[inside], folds[inside])
        predicted[~inside] = fit(x[inside], y[inside], chosen)(x[~inside])
    return predicted


def r2(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Share of variance explained, for each target."""
    return 1 - np.square(y - predicted).sum(0) / np.square(y - y.mean(0)).sum(0)
