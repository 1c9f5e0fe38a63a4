"""Which type and gender each picture of a dataset shows, and the classes that follow."""

import csv
import io
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mbtiface.errors import InputError, SourceError
from mbtiface.personality.types import CODES, GENDERS
from train.data.picture_source import PictureSource
from train.data.typed import NAMED, read_typed

log = logging.getLogger(__name__)

KINDS = ("none", "type", "gender", "type-gender")
"""What a network may be conditional on."""
INDEX, RELATION = "dataset.json", "files.csv"
"""Labels as StyleGAN2-ADA reads them; which photo a picture came from, with type and gender."""
NEEDED = {"none": (), "type": ("type",), "gender": ("gender",), "type-gender": ("type", "gender")}


@dataclass(frozen=True)
class PictureLabels:
    """What is known of each picture, in the order of the source."""

    photos: tuple[str, ...]
    """The photo that each picture came from; its own name where nothing else is known."""
    codes: tuple[str, ...]
    """Type codes, "" where not known."""
    genders: tuple[str, ...]
    """`female`, `male`, or "" where not known."""

    def numbers(self, kind: str) -> np.ndarray:
        """Each picture's class, int64, -1 where it is not known; all 0 for `none`.

        Types in the order of `CODES`; with both, women's sixteen types come before men's.
        """
        codes = np.array([CODES.index(code) if code else -1 for code in self.codes])
        genders = np.array([GENDERS.index(name) if name else -1 for name in self.genders])
        if kind == "type-gender":
            both = genders * len(CODES) + codes
            return np.where((codes < 0) | (genders < 0), -1, both)
        return {"type": codes, "gender": genders}.get(kind, np.zeros(len(codes), np.int64))

    def finest(self) -> str:
        """The finest kind that every picture has a label of; `none` if there is none."""
        for kind in ("type-gender", "type", "gender"):
            if (self.numbers(kind) >= 0).all():
                return kind
        return "none"


def class_names(kind: str) -> tuple[str, ...]:
    """Names of the classes of a kind, in the order of one-hot labels.

    Raises:
        InputError: the kind is none of `KINDS`.
    """
    if kind not in KINDS:
        raise InputError(f"Labels {kind!r} are unknown. Use one of {', '.join(KINDS)}.")
    both = tuple(f"{code} {gender}" for gender in GENDERS for code in CODES)
    return {"none": (), "type": CODES, "gender": GENDERS, "type-gender": both}[kind]


def read_picture_labels(
    source: PictureSource, kind: str, table: Path | None = None
) -> PictureLabels:
    """Labels from a table, else from the dataset's own `files.csv`, else from `dataset.json`.

    Raises:
        SourceError: labels of another dataset (files that are not there), a picture without the
            label asked for, or no labels at all.
    """
    if table is not None:
        labels = _of_table(source, table, kind)
    elif RELATION in source.others:
        labels = _of_relation(source)
    elif INDEX in source.others:
        labels = _of_index(source, kind)
    else:
        nothing = ("",) * len(source.names)
        labels = PictureLabels(source.names, nothing, nothing)
    missing = [
        name for name, number in zip(source.names, labels.numbers(kind), strict=True) if number < 0
    ]
    if missing:
        raise SourceError(
            f"{source.path}: {len(missing)} of {len(source.names)} pictures have no label of "
            f"{kind}: {_some(missing)}. Give a table that names them, or ask for other labels."
        )
    return labels


def _of_table(source: PictureSource, table: Path, kind: str) -> PictureLabels:
    typed = read_typed(table, NEEDED[kind], source.names)
    rows = typed.rows_of(source.names)
    return PictureLabels(
        source.names,
        tuple("" if row is None else typed.codes[row] for row in rows),
        tuple("" if row is None else typed.genders[row] for row in rows),
    )


def _of_relation(source: PictureSource) -> PictureLabels:
    """What `prepare` wrote of each picture."""
    text = source.read(RELATION).decode("utf-8", "replace")
    rows = {row.get("file", ""): row for row in csv.DictReader(io.StringIO(text))}
    _all_there(source, list(rows), RELATION)
    try:
        chosen = [rows[name] for name in source.names]
        return PictureLabels(
            photos=tuple(row["photo"] for row in chosen),
            codes=tuple(_known(row["type"], CODES) for row in chosen),
            genders=tuple(_known(row["gender"], GENDERS) for row in chosen),
        )
    except (KeyError, ValueError) as error:
        raise SourceError(
            f"{RELATION} of {source.path} does not fit its pictures ({error}). Prepare the data "
            "again."
        ) from error


def _of_index(source: PictureSource, kind: str) -> PictureLabels:
    """Class numbers of a dataset of other origin, read in the order of the kind asked for."""
    try:
        entries = json.loads(source.read(INDEX)).get("labels") or []
        numbers = {str(name): int(number) for name, number in entries}
    except (AttributeError, ValueError, TypeError) as error:
        raise SourceError(
            f"{INDEX} of {source.path} must hold {{'labels': [[file, number], ...]}} ({error})."
        ) from error
    _all_there(source, list(numbers), INDEX)
    names = class_names(kind)
    if beyond := [name for name, number in numbers.items() if not 0 <= number < len(names)]:
        if names:
            raise SourceError(
                f"{INDEX} of {source.path} has numbers beyond the {len(names)} classes of {kind}: "
                f"{_some(beyond)}. Give a table of types and genders, or ask for other labels."
            )
        numbers = {}
    log.info("%s has no %s: its numbers are read as %s", source.path, RELATION, kind)
    words = [
        set(names[numbers[name]].split()) if name in numbers else set() for name in source.names
    ]
    return PictureLabels(
        source.names,
        tuple("".join(said.intersection(CODES)) for said in words),
        tuple("".join(said.intersection(GENDERS)) for said in words),
    )


def _all_there(source: PictureSource, named: Sequence[str], file: str) -> None:
    there = set(source.names)
    if gone := [name for name in named if name not in there]:
        raise SourceError(
            f"{file} of {source.path} is of another dataset: it names {len(gone)} files that are "
            f"not there: {_some(gone)}. Prepare the data again."
        )


def _known(text: str, allowed: Sequence[str]) -> str:
    if text and text not in allowed:
        raise ValueError(f"{text!r} is unknown")
    return text


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
