"""Columns of numbers that a maker's table has beside types: age in years, and whatever else."""

from collections.abc import Mapping, Sequence

import numpy as np

AGE = "age"
"""The one column that means something here: years."""
YOUNGEST, OLDEST = 18, 120
"""Years; nobody under age may be among the faces, and nobody is older."""
TAKEN = ("file", "fold", "type", "code", "gender", "ei", "sn", "tf", "jp")
"""Columns that labels.csv has itself, in small letters."""


def read_numbers(
    rows: Sequence[Mapping[str, str]], names: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """Read columns as numbers.

    Args:
        rows: of each face its values by the columns' names; `file` among them.
        names: columns to read.

    Returns:
        Column -> `[faces]` float64, and what is wrong: kind of fault -> what has it.
    """
    taken = [name or "one without a name" for name in names if name in TAKEN or not name]
    faults = {"columns with a name that labels.csv does not allow": taken}
    numbers = {name: np.array([number_of(row.get(name, "")) for row in rows]) for name in names}
    faults["values of number columns that are no numbers (fill them in or drop the column)"] = [
        f"{row.get(name, '')!r} in {name or 'the column without a name'} of {row.get('file', '')}"
        for name in names
        for row, value in zip(rows, numbers[name], strict=True)
        if np.isnan(value)
    ]
    faults[f"ages outside {YOUNGEST} to {OLDEST} years (only adults may be among the faces)"] = [
        f"{value:g} of {row.get('file', '')}"
        for row, value in zip(rows, numbers.get(AGE, ()), strict=False)
        if not np.isnan(value) and not YOUNGEST <= value <= OLDEST
    ]
    faults["columns that say the same of every face (drop them)"] = [
        name for name in names if len(rows) > 1 and (numbers[name] == numbers[name][0]).all()
    ]
    return numbers, faults


def number_of(text: str) -> float:
    """A finite number, or not-a-number where the text is none."""
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")
