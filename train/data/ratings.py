"""Rated faces: `ratings.csv` and the only split there is."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mbtiface.errors import SourceError

RATINGS = "ratings.csv"
"""The table's name in a folder of rated faces."""
FOLDS = 10
SELECT_FOLD, TEST_FOLD = 0, 1
ETHNICITY = ("asian", "middle-eastern", "hispanic", "black", "white")
NEEDED = (
    *("trustworthy", "attractive", "dominant", "smart", "age", "gender", "weight", "typical"),
    *("outgoing", "memorable", "well-groomed", "smug", "dorky", "skin-color", "alert", "liberal"),
    *("outdoors", "long-haired"),
    *ETHNICITY,
)


@dataclass(frozen=True)
class Ratings:
    """Mean ratings of faces, in the order of the file."""

    files: tuple[str, ...]
    """File of each face, relative to the table."""
    values: Mapping[str, np.ndarray]
    """Attribute -> `[faces]` float64; 0..100, `age` in years, `gender` 0 female..100 male."""

    @property
    def folds(self) -> np.ndarray:
        """Fold of each face, 0..9, from the sha256 of its file name: the same in every run."""
        return np.array([fold_of(file) for file in self.files])

    @property
    def male(self) -> np.ndarray:
        """Whether raters saw a man, `[faces]` bool."""
        return self.values["gender"] > 50

    def matrix(self, names: Sequence[str]) -> np.ndarray:
        """Standardised attributes `[faces, names]`."""
        return standardise(np.stack([self.values[name] for name in names], axis=1))


def fold_of(file: str) -> int:
    """Fold 0..9 of a file name without its folder."""
    return int(hashlib.sha256(Path(file).name.encode()).hexdigest(), 16) % FOLDS


def standardise(values: np.ndarray) -> np.ndarray:
    """Zero mean and unit deviation along the first dimension."""
    return (values - values.mean(0)) / values.std(0)


def read_ratings(path: Path) -> Ratings:
    """Read a table with a `file` column and the attributes of the label rule.

    Raises:
        SourceError: the file or a column is missing, or a value is no number; all are named.
    """
    try:
        with path.open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError(f"{path} cannot be read as a table ({error}).") from error
    if any(None in row for row in rows):
        raise SourceError(f"{path} has lines with more values than columns.")
    columns = set(rows[0]) if rows else set()
    if missing := sorted({"file", *NEEDED} - columns):
        raise SourceError(f"{path} lacks the columns {', '.join(missing)}.")
    files = [row["file"] for row in rows]
    if repeated := sorted({file for file in files if files.count(file) > 1}):
        raise SourceError(f"{path} names faces twice: {', '.join(repeated[:10])}.")
    values, bad = {}, []
    for name in sorted(columns - {"file"}):
        column = [_number(row[name]) for row in rows]
        bad += [
            f"{file} {name}" for file, value in zip(files, column, strict=True) if value is None
        ]
        values[name] = np.array([np.nan if value is None else value for value in column])
    if bad:
        raise SourceError(f"{path} has values that are no numbers: {', '.join(bad[:10])}.")
    return Ratings(tuple(files), values)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if np.isfinite(value) else None
