"""Averages of types and letters that are no age, no skin tone and no origin."""

from dataclasses import dataclass

import numpy as np

from mbtiface.errors import SourceError
from mbtiface.personality.types import AXES, CODES, GENDERS, LETTERS, axis_of, sign_of

PRIOR_COUNTS = (0, 10, 20, 50, 100, 200, 500, 1000)
"""Candidates: as many imagined faces at the letters' prediction join each type's average."""
LEAST_FACES = 8
"""An average of fewer would show the faces themselves; none is published. A letter needs as many,
and a type with fewer gets imagined ones at its letters' prediction."""


@dataclass(frozen=True)
class Means:
    """Averages of one gender."""

    gender: np.ndarray
    """`[w_dim]`, of all its faces."""
    types: np.ndarray
    """`[16, w_dim]`."""
    type_counts: np.ndarray
    """`[16]` int."""
    letters: np.ndarray
    """`[8, w_dim]`."""
    letter_counts: np.ndarray
    """`[8]` int."""


def adjust(w: np.ndarray, scores: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """Take out what goes with covariates: each face as it would be at its gender's mean of them.

    The axes stand in the same regression, so that what belongs to an axis stays.
    """
    centred = covariates - covariates.mean(0)
    design = np.column_stack([np.ones(len(w)), scores, centred])
    effects = np.linalg.lstsq(design, w, rcond=None)[0][1 + scores.shape[1] :]
    return w - centred @ effects


def letter_effects(w: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Midpoint `[w_dim]` and half differences `[4, w_dim]` of the letters, fitted together."""
    design = np.column_stack([np.ones(len(w)), signs])
    solved = np.linalg.lstsq(design, w, rcond=None)[0]
    return solved[0], solved[1:]


def code_signs() -> np.ndarray:
    """+1 or -1 of each type on each axis, `[16, 4]`."""
    return np.array([[sign_of(letter) for letter in code] for code in CODES])


def shrunk_types(
    w: np.ndarray, signs: np.ndarray, prior_count: float
) -> tuple[np.ndarray, np.ndarray]:
    """Type means drawn toward what the letters predict: `(n mean + prior predicted) / (n + prior)`.

    Imagined faces make up what a type lacks to `LEAST_FACES`, whatever the prior: a type without
    any face has the letters' prediction as its mean.

    Returns:
        `[16, w_dim]` and the faces behind each, `[16]`.
    """
    midpoint, effects = letter_effects(w, signs)
    means, counts = [], []
    for row in code_signs():
        inside = (signs == row).all(1)
        predicted = midpoint + row @ effects
        own = int(inside.sum())
        prior = max(prior_count, LEAST_FACES - own)
        means.append((w[inside].sum(0) + prior * predicted) / (own + prior))
        counts.append(own)
    return np.stack(means), np.array(counts)


def check_letters(scores: np.ndarray, male: np.ndarray) -> None:
    """Make sure that every letter of both genders has faces enough for an average.

    Args:
        scores: `[faces, 4]`.
        male: `[faces]` bool.

    Raises:
        SourceError: some have fewer than `LEAST_FACES`; all are named.
    """
    few = []
    for gender, is_male in zip(GENDERS, (False, True), strict=True):
        inside = male == is_male
        if not inside.any():
            few.append(f"no {gender} face at all")
            continue
        for letter in LETTERS:
            has = (scores[:, AXES.index(axis_of(letter))] > 0) == (sign_of(letter) > 0)
            count = int((has & inside).sum())
            few += [f"{letter} {gender} ({count})"] if count < LEAST_FACES else []
    if few:
        raise SourceError(
            f"Too few labelled faces: {', '.join(few)}. The app shows an average of each letter "
            f"for women and for men, and each needs {LEAST_FACES} faces. Label more."
        )


def raw_types(w: np.ndarray, scores: np.ndarray, male: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Plain means of each gender's types, neither adjusted nor shrunk, to compare with.

    Returns:
        `[2, 16, w_dim]` and the faces behind each, `[2, 16]`; both 0 where there are fewer than
        `LEAST_FACES`.
    """
    signs = np.where(scores > 0, 1, -1)
    found = [shrunk_types(w[male == gender], signs[male == gender], 0) for gender in (False, True)]
    means, counts = (np.stack(each) for each in zip(*found, strict=True))
    enough = counts >= LEAST_FACES
    return np.where(enough[:, :, None], means, 0.0), counts * enough


def choose_prior(w: np.ndarray, signs: np.ndarray, folds: np.ndarray, inverse: np.ndarray) -> int:
    """The prior count whose type means lie nearest to held-out faces of their type.

    Args:
        w: `[n, w_dim]`.
        signs: `[n, 4]`.
        folds: `[n]`.
        inverse: inverse covariance of w, the metric.
    """
    codes = code_signs()
    types = np.array([int(np.flatnonzero((codes == row).all(1))[0]) for row in signs])
    errors = []
    for prior in PRIOR_COUNTS:
        error = 0.0
        for fold in np.unique(folds):
            inside = folds != fold
            means, _ = shrunk_types(w[inside], signs[inside], prior)
            off = w[~inside] - means[types[~inside]]
            error += float(np.einsum("ni,ij,nj->", off, inverse, off))
        errors.append(error)
    return PRIOR_COUNTS[int(np.argmin(errors))]


def gender_means(w: np.ndarray, scores: np.ndarray, prior_count: float) -> Means:
    """All averages of one gender from its adjusted latents."""
    signs = np.where(scores > 0, 1, -1)
    types, type_counts = shrunk_types(w, signs, prior_count)
    letters, letter_counts = [], []
    for letter in LETTERS:
        inside = signs[:, AXES.index(axis_of(letter))] == sign_of(letter)
        letters.append(w[inside].mean(0))
        letter_counts.append(int(inside.sum()))
    return Means(w.mean(0), types, type_counts, np.stack(letters), np.array(letter_counts))
