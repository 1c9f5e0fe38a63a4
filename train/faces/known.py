"""What is known of labelled faces beside their letters: ratings, or the numbers of a table."""

import logging
from dataclasses import dataclass

import numpy as np

from mbtiface.errors import SourceError
from mbtiface.personality.types import AXES
from train.data.labels import Labels
from train.data.number_columns import AGE
from train.data.ratings import ETHNICITY, Ratings, standardise

log = logging.getLogger(__name__)

GENDER = "gender"
HELD_STILL = (GENDER, AGE, "skin-color", "weight", *ETHNICITY[:4], "outdoors", "long-haired")
"""Ratings that no axis may move, beside pose and what is worn; the fifth ethnicity rating mirrors
the other four."""
ADJUSTED = (AGE, "skin-color", "weight", "attractive", *ETHNICITY)
"""What each rated face is adjusted for, within its gender, before averages are taken."""


@dataclass(frozen=True)
class Known:
    """Of each face what no axis may move, and what is taken out of averages."""

    held: np.ndarray
    """What no axis may move: `names`, then pose, `[faces, covariates]`, unit deviation."""
    names: tuple[str, ...]
    """Of its first columns."""
    adjusted: np.ndarray
    """What averages are adjusted for: `adjusted_names`, then pose, `[faces, covariates]`."""
    adjusted_names: tuple[str, ...]
    age: np.ndarray | None
    """Years, `[faces]`; None = not known."""
    ratings: Ratings | None = None
    """All ratings; None = nobody rated these faces."""


def held_still(ratings: Ratings, pose: np.ndarray) -> np.ndarray:
    """What no axis may move, of rated faces: ratings, then pose, `[faces, covariates]`."""
    return np.column_stack([ratings.matrix(HELD_STILL), pose])


def known_of_rated(ratings: Ratings, pose: np.ndarray) -> Known:
    """Rated faces; `pose` is `[faces, components]`."""
    return Known(
        *(held_still(ratings, pose), HELD_STILL),
        *(np.column_stack([ratings.matrix(ADJUSTED), pose]), ADJUSTED),
        *(ratings.values[AGE], ratings),
    )


def known_of_typed(labels: Labels, pose: np.ndarray, w_dim: int) -> Known:
    """Faces of a maker's table: gender and its number columns.

    Args:
        labels: of the table.
        pose: `[faces, components]`; no components where there are no pictures.
        w_dim: numbers of a w; each reading that is held still takes one.

    Raises:
        SourceError: a column says nothing of its own, or there are too many columns.
    """
    columns = {GENDER: labels.male.astype(float), **labels.numbers}
    if constant := [name for name, column in columns.items() if np.ptp(column) == 0]:
        raise SourceError(
            f"The labels say the same of every face in {', '.join(constant)}. Drop what says "
            "nothing from the table, and label again."
        )
    held = np.column_stack([standardise(np.stack(list(columns.values()), axis=1)), pose])
    _check_independent(labels.scores, held, tuple(columns))
    least = min(int(labels.male.sum()), int((~labels.male).sum()))
    beside = held.shape[1] + len(AXES)
    if beside >= min(least, w_dim):
        raise SourceError(
            f"{len(columns) - 1} number columns are too many for {least} faces of a gender and "
            f"latents of {w_dim} numbers. Drop some of {', '.join(columns)}."
        )
    names = tuple(columns)
    return Known(held, names, held[:, 1:], names[1:], labels.numbers.get(AGE))


def _check_independent(scores: np.ndarray, held: np.ndarray, names: tuple[str, ...]) -> None:
    """What follows from the rest cannot be told apart from it."""
    all_names = (*AXES, *names, *(f"pose {k + 1}" for k in range(held.shape[1] - len(names))))
    everything = np.column_stack([np.ones(len(held)), scores, held])
    for count, name in enumerate(all_names, start=2):
        if np.linalg.matrix_rank(everything[:, :count]) < count:
            raise SourceError(
                f"{name} follows from {', '.join(all_names[: count - 2]) or 'nothing'}: the two "
                "cannot be told apart. Drop that column, or label faces that differ in it."
            )
