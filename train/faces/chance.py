"""Which averages of types really differ in looks, and which differ by chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mbtiface.personality.types import CODES, GENDERS
from train.data.labels import RULE, Labels
from train.data.ratings import Ratings, standardise
from train.faces.held_out import smoothers
from train.faces.means import adjust

RESAMPLES = 2000
LEVEL = 0.05
"""Share of the differences called real that may be chance (Benjamini & Hochberg 1995)."""
COMPONENTS = 4
"""Leading principal components beside the four readings: what the axes do not name may differ."""
LEAST_OF_GENDER = 2 * len(CODES)
"""Faces: the covariance inside sixteen types needs some left to be taken over."""
OF_RULE = dict.fromkeys(name for terms in RULE.values() for name in terms)
TELLING = (*OF_RULE, "happy", "memorable", "typical", "liberal")
"""Ratings that say what a type looks like: those of the rule, and what else a face shows."""


@dataclass(frozen=True)
class Distances:
    """Squared distances of one gender's types, weighted by how many faces stand behind them."""

    to_rest: np.ndarray
    """`[..., 16]`: each type's mean to that of the gender's other faces."""
    pairs: np.ndarray
    """`[..., 16, 16]`."""


def distances(looks: np.ndarray, types: np.ndarray) -> Distances:
    """Hotelling's T2: Mahalanobis distances by the covariance inside types.

    Args:
        looks: `[n, k]`.
        types: number of each face's type, `[n]`.
    """
    member = (types == np.arange(len(CODES))[:, None]).astype(float)  # [16, n]
    counts = member.sum(1)
    centred = looks - looks.mean(0)
    means = member @ centred / counts.clip(1)[:, None]  # [16, k]
    inside = centred - means[types]
    covariance = inside.T @ inside / (len(looks) - len(CODES))
    # In these coordinates Mahalanobis distances are plain ones.
    white = np.linalg.solve(np.linalg.cholesky(covariance), means.T).T
    squared = np.square(white[:, None] - white[None]).sum(-1)
    together = counts[:, None] * counts[None] / (counts[:, None] + counts[None]).clip(1)
    rest = (len(looks) - counts).clip(1)
    return Distances(np.square(white).sum(1) * counts * len(looks) / rest, squared * together)


def rejected(p: np.ndarray, level: float) -> np.ndarray:
    """Benjamini and Hochberg's rule: which of `p [m]` count at a false discovery rate, bool."""
    order = np.argsort(p)
    passed = np.flatnonzero(p[order] <= level * np.arange(1, len(p) + 1) / len(p))
    kept = np.zeros(len(p), dtype=bool)
    kept[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return kept


def p_values(
    w: np.ndarray,
    covariates: np.ndarray,
    labels: Labels,
    alphas: Sequence[float],
    seed: int,
    resamples: int = RESAMPLES,
) -> list[Distances]:
    """How often labels dealt out anew within each gender set types as far apart.

    A face's looks are what held-out maps of the axes read in it, and the leading components of
    the latents. The maps are fitted anew for every deal, so that their own fit to chance counts
    on both sides.

    Args:
        w: latents `[faces, w_dim]`.
        covariates: what is taken out of them within each gender, `[faces, covariates]`. The
            labels have no part in that, unlike in the averages themselves: a face must not be
            moved by the very label that it is tested against.
        labels: scores, genders and folds.
        alphas: ridge strength of each axis.
        seed: of the deals.
        resamples: how many.

    Returns:
        p-values of women and of men, in the shapes of `Distances`.
    """
    genders = [np.flatnonzero(labels.male == male) for male in (False, True)]
    centred, scores = np.zeros_like(w), np.zeros_like(labels.scores)
    for rows in genders:
        nothing = np.zeros((len(rows), 0))
        centred[rows] = adjust(w[rows], nothing, covariates[rows]) - w[rows].mean(0)
        scores[rows] = labels.scores[rows] - labels.scores[rows].mean(0)
    maps = smoothers(centred, labels.folds, alphas)  # [4, faces, faces]
    components = centred @ np.linalg.svd(centred, full_matrices=False)[2][:COMPONENTS].T
    types = np.array([CODES.index(code) for code in labels.codes])
    rng = np.random.default_rng(seed)

    def measure(order: np.ndarray) -> list[Distances]:
        readings = np.einsum("kij,jk->ik", maps, scores[order], optimize=True)  # [faces, 4]
        looks = np.column_stack([readings, components])
        return [distances(looks[rows], types[order][rows]) for rows in genders]

    seen = measure(np.arange(len(w)))
    as_far = [Distances(np.ones(len(CODES)), np.ones((len(CODES),) * 2)) for _ in genders]
    for _ in range(resamples):
        order = np.arange(len(w))
        for rows in genders:
            order[rows] = rng.permutation(rows)
        for count, dealt, real in zip(as_far, measure(order), seen, strict=True):
            count.to_rest[:] += dealt.to_rest >= real.to_rest
            count.pairs[:] += dealt.pairs >= real.pairs
    return [Distances(c.to_rest / (resamples + 1), c.pairs / (resamples + 1)) for c in as_far]


def enough_faces(labels: Labels) -> bool:
    """Whether both genders have faces enough to tell types apart from chance at all."""
    fewest = min(int(labels.male.sum()), int((~labels.male).sum()))
    return fewest >= LEAST_OF_GENDER


def bootstrap(
    w: np.ndarray,
    covariates: np.ndarray,
    labels: Labels,
    alphas: Sequence[float],
    seed: int,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """For the manifest: of each gender and type whether it stands apart, and whom it resembles.

    Arguments as for `p_values`. `apart` is told from the other faces of its gender; `alike` are the
    types whose average cannot be told from its own; `pairs_apart` counts the pairs of 120 that can.
    """
    figures: dict[str, Any] = {"resamples": resamples, "level": LEVEL}
    found = p_values(w, covariates, labels, alphas, seed, resamples)
    pairs_apart = {}
    upper = np.triu_indices(len(CODES), 1)
    for gender, p in zip(GENDERS, found, strict=True):
        apart = rejected(p.to_rest, LEVEL)
        differ = np.zeros_like(p.pairs, dtype=bool)
        differ[upper] = rejected(p.pairs[upper], LEVEL)
        differ |= differ.T
        pairs_apart[gender] = int(differ.sum()) // 2
        figures[gender] = {
            code: {
                "apart": bool(apart[k]),
                "alike": [CODES[j] for j in range(len(CODES)) if j != k and not differ[k, j]],
            }
            for k, code in enumerate(CODES)
        }
    return figures | {"pairs_apart": pairs_apart}


def type_ratings(labels: Labels, ratings: Ratings) -> dict[str, dict[str, dict[str, float]]]:
    """Mean rating of each gender's types minus their gender's, in deviations within the gender.

    Ratings that the table lacks are left out, and types without a face.
    """
    codes = np.array(labels.codes)
    names = [name for name in dict.fromkeys(TELLING) if name in ratings.values]
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for gender, male in zip(GENDERS, (False, True), strict=True):
        inside = labels.male == male
        standard: Mapping[str, np.ndarray] = {
            name: standardise(ratings.values[name][inside]) for name in names
        }
        figures[gender] = {
            code: {
                name: round(float(values[codes[inside] == code].mean()), 2)
                for name, values in standard.items()
            }
            for code in CODES
            if (codes[inside] == code).any()
        }
    return figures
