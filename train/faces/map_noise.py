"""How much of fitted maps is chance, and what directions look like without it.

A direction that holds other readings still needs the maps' Gram matrix `M' S M`. Chance in the maps
adds to its diagonal, so that two axes which share a look seem less alike than they are, and moving
one takes the other along. Fuller 1987 (Measurement Error Models, section 3.1) subtracts the chance.
"""

from collections.abc import Sequence

import numpy as np

from train.data.ratings import FOLDS
from train.faces.ridge import nested_predictions

TAKEN = 0.7
"""Share of the estimated chance that is taken off the Gram matrix."""
LEAST_LEFT = 0.4
"""Share of each of its principal parts that is left at least: keeps it invertible, steps short."""


def map_noise(
    x: np.ndarray, y: np.ndarray, alphas: Sequence[float], covariance: np.ndarray
) -> np.ndarray:
    """Expected Gram matrix `E[N' S N]` of the chance N in ridge maps `M = M* + N`: `[maps, maps]`.

    Args:
        x: `[n, dims]` that the maps were fitted to.
        y: `[n, maps]` that they read.
        alphas: one strength a map, as `train.faces.ridge.fit` takes them.
        covariance: S, `[dims, dims]`.
    """
    centred = x - x.mean(0)
    scale = np.square(centred).sum(1).mean()
    values, vectors = np.linalg.eigh(centred @ centred.T / scale)
    folds = np.arange(len(x)) % FOLDS
    residual = y - nested_predictions(x, y, folds, alphas)  # [n, maps]
    spread = residual.T @ residual / len(x)  # [maps, maps]
    # Ridge in its dual form: N = X' V diag(1 / (values + alpha)) V' residual / scale.
    across = vectors.T @ (centred @ covariance @ centred.T) @ vectors / scale**2  # [n, n]
    shrunk = 1 / (values[:, None] + np.asarray(alphas)[None])  # [n, maps]
    return spread * np.einsum("i,ij,ik->jk", np.diag(across), shrunk, shrunk)


def without_noise(
    gram: np.ndarray, noise: np.ndarray, taken: float = TAKEN, least_left: float = LEAST_LEFT
) -> np.ndarray:
    """A Gram matrix less a share of the chance in it, positive definite: `[maps, maps]`.

    Args:
        gram: `[maps, maps]`, positive definite.
        noise: `[k, k]` with k at most maps; the maps after those count as known.
        taken: share of the chance that is taken off.
        least_left: share of each principal part, relative to `gram`, that is left at least.
    """
    padded = np.zeros_like(gram)
    padded[: len(noise), : len(noise)] = noise
    root = np.linalg.cholesky(gram)
    inverse = np.linalg.inv(root)
    shares, parts = np.linalg.eigh(inverse @ padded @ inverse.T)
    left = np.maximum(1 - taken * shares, least_left)
    return root @ (parts * left) @ parts.T @ root.T
