"""Which short sums of ratings a face really shows, apart from what the other axes stand for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from mbtiface.personality.types import AXES, POSITIVE
from train.data.labels import CLEANED_OF, RULE
from train.data.ratings import Ratings, standardise
from train.faces.held_out import smoothers
from train.faces.ridge import ALPHAS

AXIS = "SN"
"""The axis that a rule is looked for."""
LOOKS = ("hair-color", "long-haired", "outdoors", "skin-color", *CLEANED_OF)
"""Ratings that are no impression of a person's ways; no rule may stand on them."""
MOST_TERMS = 3


@dataclass(frozen=True)
class Found:
    """A rule and what can be said of it."""

    terms: Mapping[str, int]
    """Rating -> +1 or -1."""
    r2: np.ndarray
    """Of all four axes, held out, after whitening with this rule: `[4]`."""
    correlations: np.ndarray
    """With E, F and J before whitening: `[3]`."""

    @property
    def text(self) -> str:
        """`memorable - typical`."""
        signed = " ".join(f"{'+' if sign > 0 else '-'} {name}" for name, sign in self.terms.items())
        return signed.removeprefix("+ ")


def cleaned(ratings: Ratings, columns: np.ndarray) -> np.ndarray:
    """Columns `[faces, k]` without what the label rule cleans of, unit deviation."""
    design = np.column_stack([np.ones(len(columns)), ratings.matrix(CLEANED_OF)])
    return standardise(columns - design @ np.linalg.lstsq(design, columns, rcond=None)[0])


def whitener(covariance: np.ndarray) -> np.ndarray:
    """Symmetric whitening of scores with this covariance, `[k, k]`."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * values**-0.5) @ vectors.T


def candidates(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Signed sums of one to `MOST_TERMS` ratings; a sum and its opposite count once."""
    for count in range(1, MOST_TERMS + 1):
        for chosen in combinations(names, count):
            for signs in product((1, -1), repeat=count - 1):
                yield dict(zip(chosen, (1, *signs), strict=True))


def search(
    ratings: Ratings, w: np.ndarray, rule: Mapping[str, Mapping[str, int]] = RULE
) -> list[Found]:
    """Measure every candidate beside the other three axes of `rule`.

    Ratings of the other axes are left out: none shall count twice.

    Args:
        ratings: the table.
        w: latents `[faces, w_dim]`.
        rule: axis -> ratings and signs; that of `AXIS` is not used.

    Returns:
        All candidates, that with the largest R2 of `AXIS` first.
    """
    others = [axis for axis in AXES if axis != AXIS]
    taken = {name for axis in others for name in rule[axis]}
    names = sorted(set(ratings.values) - set(LOOKS))
    free = [name for name in names if name not in taken]
    matrix = ratings.matrix(names)
    design = np.column_stack([np.ones(len(matrix)), ratings.matrix(CLEANED_OF)])
    # Cleaning and predicting are linear: what holds of ratings holds of their sums, so that a
    # candidate costs no more than products of small matrices.
    kept = matrix - design @ np.linalg.lstsq(design, matrix, rcond=None)[0]  # [faces, names]
    covariance = kept.T @ kept / len(kept)
    missed = np.stack(
        [
            (off := kept - maps @ kept).T @ off / len(kept)
            for maps in smoothers(w, ratings.folds, ALPHAS)
        ]
    )  # [alphas, names, names]

    def column(terms: Mapping[str, int]) -> np.ndarray:
        weights = np.array([terms.get(name, 0) for name in names], dtype=float)
        return weights / np.sqrt(weights @ covariance @ weights)

    found = []
    for terms in candidates(free):
        chosen = dict(rule) | {AXIS: terms}
        sums = np.stack([column(chosen[axis]) for axis in AXES], axis=1)  # [names, 4]
        correlation = sums.T @ covariance @ sums
        scores = sums @ whitener(correlation)
        error = np.einsum("nk,anm,mk->ak", scores, missed, scores, optimize=True)  # [alphas, 4]
        apart = np.delete(correlation[AXES.index(AXIS)], AXES.index(AXIS))
        found.append(Found(terms, 1 - error.min(0), apart))
    return sorted(found, key=lambda each: -each.r2[AXES.index(AXIS)])


def as_markdown(found: Sequence[Found], limit: float, rows: int) -> str:
    """A table of the first `rows` that correlate with no other axis by more than `limit`."""
    letters = [POSITIVE[axis] for axis in AXES]
    others = [POSITIVE[axis] for axis in AXES if axis != AXIS]
    head = [POSITIVE[AXIS], *(f"R2 {letter}" for letter in letters), "sum"]
    head += [f"with {letter}" for letter in others]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    apart = [each for each in found if np.abs(each.correlations).max() <= limit]
    for each in apart[:rows]:
        cells = [each.text, *(f"{value:.2f}" for value in each.r2), f"{each.r2.sum():.2f}"]
        cells += [f"{value:.2f}" for value in each.correlations]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
