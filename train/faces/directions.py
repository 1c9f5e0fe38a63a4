"""Directions of the axes in W, and what each of them carries along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mbtiface.personality.types import AXES
from train.faces.population import Population
from train.faces.ridge import LinearMap, fit

SPLITS = 8
"""Random halvings that leakage is measured over."""


@dataclass(frozen=True)
class RatedFaces:
    """Latents with what is known of each face."""

    w: np.ndarray
    """`[faces, w_dim]`."""
    scores: np.ndarray
    """Of the axes, `[faces, 4]`."""
    covariates: np.ndarray
    """What no axis may move, `[faces, covariates]`."""

    @property
    def targets(self) -> np.ndarray:
        """Everything that maps read: axes, then covariates, `[faces, 4 + covariates]`."""
        return np.column_stack([self.scores, self.covariates])

    def part(self, rows: np.ndarray) -> "RatedFaces":
        """Some of the faces, by number or by mask."""
        return RatedFaces(self.w[rows], self.scores[rows], self.covariates[rows])


@dataclass(frozen=True)
class Evidence:
    """What a direction may be made of; each method uses a part of it."""

    faces: RatedFaces
    population: Population
    read: LinearMap
    """From w to axes, covariates and whatever else is held still."""


Method = Callable[[Evidence], np.ndarray]
"""Evidence -> directions `[4, w_dim]`."""


def difference_of_means(evidence: Evidence) -> np.ndarray:
    """Half the difference of the two letters' means, cleaned of nothing."""
    w, scores = evidence.faces.w, evidence.faces.scores
    gaps = [(w[column > 0].mean(0) - w[column <= 0].mean(0)) / 2 for column in scores.T]
    return np.stack(gaps)


def regression(evidence: Evidence) -> np.ndarray:
    """Partial regression of the latents on the axes beside the covariates."""
    w, targets = evidence.faces.w, evidence.faces.targets
    design = np.column_stack([np.ones(len(w)), targets])
    return np.linalg.lstsq(design, w, rcond=None)[0][1 : 1 + len(AXES)]


def least_unusual(evidence: Evidence) -> np.ndarray:
    """The step that changes one reading by 1 and no other, and stays nearest to the population.

    Minimises `d' S^-1 d` subject to `M' d = e_k`, with S the covariance of w and M the maps of all
    axes and covariates: `D = S M (M' S M)^-1`.
    """
    weight = evidence.read.weight  # [w_dim, targets]
    spread = evidence.population.covariance @ weight  # [w_dim, targets]
    return (spread @ np.linalg.inv(weight.T @ spread))[:, : len(AXES)].T


METHODS: Mapping[str, Method] = {
    "difference of means": difference_of_means,
    "regression": regression,
    "least unusual step": least_unusual,
}


def leakage(
    method: Method,
    faces: RatedFaces,
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
    moved, lengths = [], []
    for _ in range(SPLITS):
        order = rng.permutation(len(faces.w))
        made, held = faces.part(order[: len(order) // 2]), faces.part(order[len(order) // 2 :])
        read = fit(made.w, made.targets, alphas)
        read = LinearMap(np.column_stack([read.weight, worn]), read.bias)
        steps = method(Evidence(made, population, read))
        readings = steps @ fit(held.w, held.targets, alphas).weight  # [4, targets]
        own = np.diag(readings[:, : len(AXES)])
        moved.append(readings / own[:, None])
        lengths.append(population.distance(steps / own[:, None]))
    return np.mean(moved, axis=0), np.mean(lengths, axis=0)
