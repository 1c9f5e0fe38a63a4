"""Directions of the axes in W, and what each of them carries along."""

from collections.abc import Callable, Mapping

import numpy as np

from train.faces.population import Population
from train.faces.ridge import LinearMap, fit

Method = Callable[[np.ndarray, np.ndarray, np.ndarray, Population, LinearMap], np.ndarray]
"""(w, axis scores, covariates, population, map of axes then covariates) -> `[4, w_dim]`."""
SPLITS = 8
"""Random halvings that leakage is measured over."""


def difference_of_means(
    w: np.ndarray,
    scores: np.ndarray,
    covariates: np.ndarray,
    population: Population,
    read: LinearMap,
) -> np.ndarray:
    """Half the difference of the two letters' means, cleaned of nothing."""
    gaps = [(w[column > 0].mean(0) - w[column <= 0].mean(0)) / 2 for column in scores.T]
    return np.stack(gaps)


def regression(
    w: np.ndarray,
    scores: np.ndarray,
    covariates: np.ndarray,
    population: Population,
    read: LinearMap,
) -> np.ndarray:
    """Partial regression of the latents on the axes beside the covariates."""
    design = np.column_stack([np.ones(len(w)), scores, covariates])
    return np.linalg.lstsq(design, w, rcond=None)[0][1:5]


def least_unusual(
    w: np.ndarray,
    scores: np.ndarray,
    covariates: np.ndarray,
    population: Population,
    read: LinearMap,
) -> np.ndarray:
    """The step that changes one reading by 1 and no other, and stays nearest to the population.

    Minimises `d' S^-1 d` subject to `M' d = e_k`, with S the covariance of w and M the maps of all
    axes and covariates: `D = S M (M' S M)^-1`.
    """
    spread = population.covariance @ read.weight  # [w_dim, targets]
    return (spread @ np.linalg.inv(read.weight.T @ spread))[:, : scores.shape[1]].T


METHODS: Mapping[str, Method] = {
    "difference of means": difference_of_means,
    "regression": regression,
    "least unusual step": least_unusual,
}


def leakage(
    method: Method,
    w: np.ndarray,
    scores: np.ndarray,
    covariates: np.ndarray,
    alphas: list[float],
    worn: np.ndarray,
    population: Population,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Measure directions made from one half of the faces with maps fitted on the other half.

    Returns:
        What a step of one unit on its own axis moves each reading by, `[4, 4 + covariates]`, in
        deviations of the faces; and its Mahalanobis length `[4]`. Both are means over halvings.

    `worn` holds maps `[w_dim, k]` fitted on other faces, which directions may hold still too.
    """
    rng = np.random.default_rng(seed)
    targets = np.column_stack([scores, covariates])
    moved, lengths = [], []
    for _ in range(SPLITS):
        order = rng.permutation(len(w))
        made, held = order[: len(w) // 2], order[len(w) // 2 :]
        read = fit(w[made], targets[made], alphas)
        read = LinearMap(np.column_stack([read.weight, worn]), read.bias)
        steps = method(w[made], scores[made], covariates[made], population, read)
        readings = steps @ fit(w[held], targets[held], alphas).weight  # [4, targets]
        own = np.diag(readings[:, :4])
        moved.append(readings / own[:, None])
        lengths.append(population.distance(steps / own[:, None]))
    return np.mean(moved, axis=0), np.mean(lengths, axis=0)
