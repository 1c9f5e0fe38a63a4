"""What a report is made of, whatever it is drawn as."""

from dataclasses import dataclass

from train.journey.claims import Claim
from train.journey.row_pictures import RowPicture


@dataclass(frozen=True)
class Row:
    """One step."""

    title: str
    sentences: tuple[str, ...]
    pictures: tuple[RowPicture, ...]


@dataclass(frozen=True)
class Report:
    """All that is shown."""

    title: str
    opening: tuple[str, ...]
    rows: tuple[Row, ...]
    claims: tuple[Claim, ...]
