"""Ridge readings of faces by maps that have not seen them, as one linear map of the labels."""

from collections.abc import Sequence

import numpy as np


def rotated(x: np.ndarray) -> np.ndarray:
    """Centred inputs `[n, dims]` in the space that they span: `[n, min(n, dims)]`.

    Ridge regression sees only inner products, so that it says the same of both and is done sooner
    with the shorter one.
    """
    centred = x - x.mean(0)
    if x.shape[1] <= len(x):
        return centred
    values, vectors = np.linalg.eigh(centred @ centred.T)
    return vectors * np.sqrt(values.clip(0))  # [n, n]


def smoothers(x: np.ndarray, folds: np.ndarray, alphas: Sequence[float]) -> np.ndarray:
    """What held-out predictions are of the labels: `predicted = smoother @ y`.

    The same predictions as those of `ridge.nested_predictions` with given strengths, for any
    number of labels at the price of one fit a fold.

    Args:
        x: `[n, dims]`.
        folds: `[n]`.
        alphas: ridge strengths as `ridge.fit` takes them.

    Returns:
        `[alphas, n, n]`.
    """
    made = np.zeros((len(alphas), len(x), len(x)))
    for fold in np.unique(folds):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        mean = x[inside].mean(0)
        centred, held = x[inside] - mean, x[outside] - mean
        scale = np.square(centred).sum(1).mean()
        values, vectors = np.linalg.eigh(centred @ centred.T / scale)
        across = held @ centred.T @ vectors / scale  # [outside, inside]
        for made_one, alpha in zip(made, alphas, strict=True):
            rows = across / (values + alpha) @ vectors.T
            # Labels are centred on their own mean, which the prediction gets back.
            rows += (1 - rows.sum(1, keepdims=True)) / len(inside)
            made_one[np.ix_(outside, inside)] = rows
    return made
