"""The tables of a prepared dataset: labels, where each picture came from, and what was rejected."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mbtiface.errors import SourceError
from train.data.cells import count_cells, thin_cells
from train.data.picture_labels import INDEX, RELATION, PictureLabels
from train.data.prepared import Seen
from train.data.ratings import fold_of
from train.data.typed import Typed

REJECTED, REPORT = "rejected.csv", "report.json"
RELATION_COLUMNS = (
    *("file", "photo", "photo_sha256", "crop_x", "crop_y", "crop_side", "crop_angle"),
    *("side_px", "sharpness", "type", "gender", "fold"),
)
ADULTS = (
    "Whoever prepares photos of people sees to it that all of them are adults who agreed to it: "
    "nothing here checks an age."
)


@dataclass(frozen=True)
class Tables:
    """What `prepare` writes beside the pictures."""

    files: dict[str, str]
    """Name -> content."""
    report: dict[str, Any]


def tables_of(seen: Sequence[Seen], unlabelled: Sequence[str], typed: Typed | None) -> Tables:
    """Make all tables.

    Args:
        seen: what each photo gave.
        unlabelled: photos that the table of labels does not name; none was looked at.
        typed: that table; None = no labels.

    Raises:
        SourceError: a picture was made of a photo that the table does not name any more.
    """
    kept = [one for one in seen if one.file]
    labels = _labels_of(kept, typed)
    cells = count_cells(labels.codes, labels.genders)
    rejected = [(one.photo, one.reason, one.detail) for one in seen if not one.file]
    rejected += [(photo, "no label", "the table does not name it") for photo in unlabelled]
    report = {
        "note": ADULTS,
        "photos": len(seen) + len(unlabelled),
        "pictures": len(kept),
        "rejected": dict(sorted(Counter(reason for _, reason, _ in rejected).items())),
        "counts": cells if typed else {},
        "thin": thin_cells(cells) if typed else [],
    }
    files = {
        INDEX: json.dumps({"labels": _numbered(kept, labels) if typed else None}),
        RELATION: _csv(RELATION_COLUMNS, [_relation(*row) for row in _rows(kept, labels)]),
        REJECTED: _csv(("photo", "reason", "detail"), sorted(rejected)),
        REPORT: json.dumps(report, indent=2, ensure_ascii=False) + "\n",
    }
    return Tables(files, report)


def _labels_of(kept: Sequence[Seen], typed: Typed | None) -> PictureLabels:
    photos = tuple(one.photo for one in kept)
    if typed is None:
        return PictureLabels(photos, ("",) * len(photos), ("",) * len(photos))
    rows = typed.rows_of(photos)
    if lost := [photo for photo, row in zip(photos, rows, strict=True) if row is None]:
        raise SourceError(
            f"The table of labels no longer names {len(lost)} photos that pictures were made of: "
            f"{', '.join(lost[:20])}. Name them again, or prepare into a new folder."
        )
    found = [row for row in rows if row is not None]
    return PictureLabels(
        photos, tuple(typed.codes[row] for row in found), tuple(typed.genders[row] for row in found)
    )


def _numbered(kept: Sequence[Seen], labels: PictureLabels) -> list[list[Any]]:
    """`[[file, class number], ...]`, of the finest classes that are known."""
    numbers = labels.numbers(labels.finest()).tolist()
    return [[one.file, number] for one, number in zip(kept, numbers, strict=True)]


def _rows(kept: Sequence[Seen], labels: PictureLabels) -> list[tuple[Seen, str, str]]:
    return list(zip(kept, labels.codes, labels.genders, strict=True))


def _relation(one: Seen, code: str, gender: str) -> list[Any]:
    crop = [f"{value:.6f}" for value in one.crop] or [""] * 4
    numbers = [f"{one.side_px:.1f}", f"{one.sharpness:.3f}"]
    return [one.file, one.photo, one.sha256, *crop, *numbers, code, gender, fold_of(one.photo)]


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
