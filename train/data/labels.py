"""Axis scores and types from first impressions: a rule, published with the bundle, no claim."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mbtiface.errors import SourceError
from mbtiface.personality.types import AXES, CODES, NEGATIVE, POSITIVE
from train.data.number_columns import number_of
from train.data.ratings import ETHNICITY, Ratings, standardise

RULE = {
    "EI": {"outgoing": 1},
    "SN": {"smart": 1, "dorky": 1},
    "TF": {"trustworthy": 1, "dominant": -1, "smug": -1},
    "JP": {"well-groomed": 1, "alert": 1},
}
"""Axis -> ratings and their signs; + toward E, N, F, J. No rating counts for two axes.

Smart and dorky at once is the bookish look, of someone who lives in ideas: of all short sums that
stay apart from the other axes the one that faces show best (train/README.md has the comparison).
"""
CLEANED_OF = ("gender", "age", "attractive", "weight", *ETHNICITY)
RULE_TEXT = (
    "E from outgoing; N from smart + dorky; F from trustworthy - dominant - smug; "
    "J from well-groomed + alert; each standardised, cleaned of gender, age, "
    "attractiveness, weight and the ethnicity ratings by regression, then decorrelated (symmetric "
    "whitening); the sign of each gives the letter."
)
COLUMNS = ("file", "fold", "gender", *AXES, "code")


@dataclass(frozen=True)
class Labels:
    """Labels of faces, in the order of the ratings."""

    files: tuple[str, ...]
    scores: np.ndarray
    """`[faces, 4]`, unit deviation, uncorrelated; + toward E, N, F, J."""
    male: np.ndarray
    """`[faces]` bool."""
    folds: np.ndarray
    """`[faces]` int 0..9."""
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Other columns of a maker's table: name -> `[faces]`, such as `age` in years."""

    @property
    def typed(self) -> bool:
        """Whether the scores are letters alone, as a maker's table of types gives them."""
        return bool((np.abs(self.scores) == 1).all())

    @property
    def codes(self) -> list[str]:
        """Type code of each face."""
        return [code_of(row) for row in self.scores]


def code_of(scores: np.ndarray) -> str:
    """The letters that four scores lean to; exactly 0 counts as the negative letter."""
    return "".join(
        POSITIVE[axis] if value > 0 else NEGATIVE[axis]
        for axis, value in zip(AXES, scores, strict=True)
    )


def raw_scores(ratings: Ratings) -> np.ndarray:
    """Sums of standardised ratings by `RULE`, standardised: `[faces, 4]`."""
    columns = [
        sum(sign * standardise(ratings.values[name]) for name, sign in RULE[axis].items())
        for axis in AXES
    ]
    return standardise(np.stack(columns, axis=1))


def axis_scores(ratings: Ratings) -> np.ndarray:
    """Apply the whole rule: `[faces, 4]`, unit deviation, uncorrelated."""
    raw = raw_scores(ratings)
    covariates = np.column_stack([np.ones(len(raw)), ratings.matrix(CLEANED_OF)])
    cleaned = standardise(raw - covariates @ np.linalg.lstsq(covariates, raw, rcond=None)[0])
    # Symmetric (ZCA) whitening: the uncorrelated scores closest to the correlated ones.
    values, vectors = np.linalg.eigh(np.cov(cleaned.T))
    return standardise(cleaned @ (vectors * values**-0.5) @ vectors.T)


def label(ratings: Ratings) -> Labels:
    """Label rated faces."""
    return Labels(ratings.files, axis_scores(ratings), ratings.male, ratings.folds)


def counts(labels: Labels) -> dict[str, dict[str, int]]:
    """Faces of each gender and type."""
    cells = list(zip(labels.male, labels.codes, strict=True))
    return {
        gender: {code: cells.count((male, code)) for code in CODES}
        for gender, male in (("female", False), ("male", True))
    }


def write_labels(path: Path, labels: Labels) -> None:
    """Write `file, fold, gender, EI, SN, TF, JP, code` and numbers, one face a line."""
    with path.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow((*COLUMNS, *labels.numbers))
        rows = zip(labels.files, labels.folds, labels.male, labels.scores, strict=True)
        for row, ((file, fold, male, scores), code) in enumerate(
            zip(rows, labels.codes, strict=True)
        ):
            values = [f"{value:.6f}" for value in scores]
            numbers = [repr(float(column[row])) for column in labels.numbers.values()]
            writer.writerow([file, fold, "male" if male else "female", *values, code, *numbers])


def read_labels(path: Path) -> Labels:
    """Read what `write_labels` wrote.

    Raises:
        SourceError: the file cannot be read or has other columns.
    """
    try:
        with path.open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        if not rows:
            raise ValueError("it names no face")
        others = [name for name in rows[0] if name not in COLUMNS]
        numbers = {name: np.array([number_of(row[name]) for row in rows]) for name in others}
        if bad := [name for name, column in numbers.items() if np.isnan(column).any()]:
            raise ValueError(f"values that are no numbers in {', '.join(bad)}")
        return Labels(
            files=tuple(row["file"] for row in rows),
            scores=np.array([[float(row[axis]) for axis in AXES] for row in rows]),
            male=np.array([row["gender"] == "male" for row in rows]),
            folds=np.array([int(row["fold"]) for row in rows]),
            numbers=numbers,
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"{path} is no table of labels ({error}). Make it with `python -m train label`."
        ) from error
