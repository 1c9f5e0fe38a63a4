"""Directions of the axes in W, and what each of them carries along."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mbtiface.personality.types import AXES
from train.faces.map_noise import map_noise, without_noise
from train.faces.population import Population
from train.faces.ridge import LinearMap, fit
from train.faces.svm import normals

SPLITS = 8
"""Random halvings that leakage is measured over."""
MOVED, LENGTH = "moved per unit on its own axis", "Mahalanobis length of that unit"
"""Keys of the figures of a method."""

USED = "least unusual step, noise-corrected"
"""The one of `METHODS` that bundles get: on faces held out it takes the least along."""


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
    noise: np.ndarray
    """Expected Gram matrix of the chance in the maps of axes and covariates,
    `[4 + covariates, 4 + covariates]`, as `train.faces.map_noise.map_noise` gives it."""


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
    return _least_unusual(evidence, lambda gram: gram)


def noise_corrected(evidence: Evidence) -> np.ndarray:
    """The least unusual step, its Gram matrix cleaned of the chance in the maps.

    `D = S M (M' S M - E[N' S N])^-1`: two axes that share a look are told apart as they are, not as
    they seem to be through the maps' chance.
    """
    return _least_unusual(evidence, lambda gram: without_noise(gram, evidence.noise))


def _least_unusual(evidence: Evidence, cleaned: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    weight = evidence.read.weight  # [w_dim, targets]
    spread = evidence.population.covariance @ weight  # [w_dim, targets]
    return (spread @ np.linalg.inv(cleaned(weight.T @ spread)))[:, : len(AXES)].T


def map_weights(evidence: Evidence) -> np.ndarray:
    """The weights of the ridge maps themselves: the way that a reading rises fastest."""
    return evidence.read.weight[:, : len(AXES)].T


def null_space(evidence: Evidence) -> np.ndarray:
    """Difference of means without what any map but the axis's own reads."""
    return _conditional(difference_of_means(evidence), evidence.read.weight)


def boundary(evidence: Evidence) -> np.ndarray:
    """InterFaceGAN's direction (arXiv 2005.09635): the normal of a boundary between two letters."""
    return normals(evidence.faces.w, evidence.faces.scores).T


def conditional_boundary(evidence: Evidence) -> np.ndarray:
    """InterFaceGAN's conditional direction: without the normals of all else that is held still.

    What has no labels here (glasses, headwear, youth) is held still by its map.
    """
    faces = evidence.faces
    found = normals(faces.w, faces.targets)  # [w_dim, targets]
    others = evidence.read.weight[:, faces.targets.shape[1] :]
    return _conditional(found[:, : len(AXES)].T, np.column_stack([found, others]))


def _conditional(steps: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Project the columns of `held [w_dim, k]`, an axis's own left out, from `steps [4, w_dim]`."""
    cleaned = []
    for axis, step in enumerate(steps):
        basis = np.linalg.qr(np.delete(held, axis, axis=1))[0]  # [w_dim, k - 1]
        cleaned.append(step - basis @ (basis.T @ step))
    return np.stack(cleaned)


METHODS: Mapping[str, Method] = {
    "difference of means": difference_of_means,
    "null space": null_space,
    "regression": regression,
    "SVM boundary": boundary,
    "conditional SVM": conditional_boundary,
    "map weights": map_weights,
    "least unusual step": least_unusual,
    USED: noise_corrected,
}


def evidence(
    faces: RatedFaces, alphas: Sequence[float], worn: np.ndarray, population: Population
) -> Evidence:
    """All that directions may be made of from these faces; `worn` as for `halvings`."""
    read = fit(faces.w, faces.targets, alphas)
    read = LinearMap(np.column_stack([read.weight, worn]), read.bias)
    noise = map_noise(faces.w, faces.targets, alphas, population.covariance)
    return Evidence(faces, population, read, noise)


def halvings(
    faces: RatedFaces,
    alphas: Sequence[float],
    worn: np.ndarray,
    population: Population,
    seed: int,
    count: int = SPLITS,
) -> Iterator[tuple[Evidence, LinearMap]]:
    """What directions may be made of from one half of the faces, and maps fitted on the other.

    `worn` holds maps `[w_dim, k]` fitted on other faces, which directions may hold still too.
    """
    rng = np.random.default_rng(seed)
    for _ in range(count):
        order = rng.permutation(len(faces.w))
        made, held = faces.part(order[: len(order) // 2]), faces.part(order[len(order) // 2 :])
        yield evidence(made, alphas, worn, population), fit(held.w, held.targets, alphas)


def leakage(
    method: Method, halves: Sequence[tuple[Evidence, LinearMap]]
) -> tuple[np.ndarray, np.ndarray]:
    """Measure directions made from one half of the faces with maps fitted on the other half.

    Returns:
        What a step of one unit on its own axis moves each reading by, `[4, 4 + covariates]`, in
        deviations of the faces; and its Mahalanobis length `[4]`. Both are means over halvings.
    """
    moved, lengths = [], []
    for made, held in halves:
        steps = method(made)
        readings = steps @ held.weight  # [4, targets]
        own = np.diag(readings[:, : len(AXES)])
        moved.append(readings / own[:, None])
        lengths.append(made.population.distance(steps / own[:, None]))
    return np.mean(moved, axis=0), np.mean(lengths, axis=0)


def as_json(
    moved: np.ndarray, lengths: np.ndarray, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What `leakage` returns as json values, rounded; `names` are those of the readings."""
    rows = {
        axis: dict(zip(names, row.round(3).tolist(), strict=True))
        for axis, row in zip(AXES, moved, strict=True)
    }
    return {MOVED: rows, LENGTH: dict(zip(AXES, lengths.round(2).tolist(), strict=True))}


def as_markdown(measured: Mapping[str, Mapping[str, Any]], columns: Sequence[str]) -> str:
    """A table of what each method carries along.

    Args:
        measured: method -> what `as_json` makes of it.
        columns: readings to show; the largest movement of any other reading stands beside them.
    """
    head = [*columns, "largest of all others", "length"]
    lines = ["| method | axis | " + " | ".join(head) + " |", "|" + " --- |" * (len(head) + 2)]
    for method, values in measured.items():
        for axis, row in values[MOVED].items():
            others = {name: value for name, value in row.items() if name != axis}
            worst = max(others, key=lambda name: abs(others[name]))
            cells = [f"{row[name]:.2f}" for name in columns]
            cells += [f"{others[worst]:.2f} {worst}", f"{values[LENGTH][axis]:.1f}"]
            lines.append(f"| {method} | {axis} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
