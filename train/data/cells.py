"""How many pictures there are of each type and gender, and of which too few."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from mbtiface.personality.types import CODES, GENDERS

log = logging.getLogger(__name__)

THIN_CELL = 12
"""A type of a gender with fewer pictures than this is named in a warning."""

Cells = Mapping[str, Mapping[str, int]]
"""Gender -> type -> pictures."""


def count_cells(codes: Sequence[str], genders: Sequence[str]) -> dict[str, dict[str, int]]:
    """Pictures of each gender and type; of those that have no gender, or no type, alone.

    Args:
        codes: type code of each picture, "" where it is not known.
        genders: gender of each, "" where it is not known.
    """
    found = Counter(zip(genders, codes, strict=True))
    rows = GENDERS if any(genders) else ("",)
    columns = CODES if any(codes) else ("",)
    return {gender: {code: found[gender, code] for code in columns} for gender in rows}


def thin_cells(cells: Cells, least: int = THIN_CELL) -> list[str]:
    """The cells with fewer than `least` pictures, in words: `ENTJ female (3)`."""
    return [
        f"{' '.join(filter(None, (code, gender)))} ({count})"
        for gender, row in cells.items()
        for code, count in row.items()
        if count < least and (code or gender)
    ]


def warn_of_thin(cells: Cells) -> None:
    """Name the thin cells in a warning: what is learnt of them is learnt of few people."""
    if thin := thin_cells(cells):
        log.warning("few faces: %s", ", ".join(thin))
