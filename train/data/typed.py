"""Types and genders of photos, as their maker wrote them down: `file,type,gender`, and numbers.

A type is what a person says of themselves or a survey said of them; nobody's type is read off
a face here.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from mbtiface.errors import InputError, SourceError
from mbtiface.personality.types import AXES, GENDERS, POSITIVE, parse_code
from train.data.labels import Labels
from train.data.number_columns import read_numbers
from train.data.ratings import fold_of

TYPED_TEXT = (
    "types as the maker's table gives them: what people say of themselves, or a survey said of "
    "them; each axis +1 or -1, by the letter"
)
COLUMNS = ("file", "type", "gender")
CODE = "code"
"""What `python -m train label` calls the column of types in what it writes."""
NAMED = 20
"""Faults of one kind that an error names; the others are counted."""


@dataclass(frozen=True)
class Typed:
    """A table's faces, in its order."""

    files: tuple[str, ...]
    """As written, relative to the photos."""
    codes: tuple[str, ...]
    """Type code of each, or "" where the table has no such column."""
    genders: tuple[str, ...]
    """`female` or `male`, or "" where the table has no such column."""
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Every other column, if it was read: name -> `[faces]`, such as `age` in years."""

    def rows_of(self, files: Sequence[str]) -> list[int | None]:
        """The row of each file: by its whole name, else by its name without folders.

        A name without folders that several rows share names none of them.
        """
        whole = {file: row for row, file in enumerate(self.files)}
        bare = Counter(PurePosixPath(file).name for file in self.files)
        by_name = {
            PurePosixPath(file).name: row
            for row, file in enumerate(self.files)
            if bare[PurePosixPath(file).name] == 1
        }
        return [whole.get(file, by_name.get(PurePosixPath(file).name)) for file in files]

    def label_of(self, file: str) -> str:
        """Type and gender of a file, in words; "" if the table does not name it."""
        (row,) = self.rows_of([file])
        return "" if row is None else f"{self.codes[row]} {self.genders[row]}".strip()

    def without_file(self, files: Iterable[str]) -> list[str]:
        """Files of the table that are none of these."""
        named = {self.files[row] for row in self.rows_of(list(files)) if row is not None}
        return [file for file in dict.fromkeys(self.files) if file not in named]


def read_typed(
    path: Path,
    needed: Sequence[str] = ("type", "gender"),
    files: Iterable[str] | None = None,
    strict: bool = False,
) -> Typed:
    """Read and check a table of types and genders; everything wrong is named in one error.

    Args:
        path: csv with a header; a `code` column counts as `type`, other columns are passed over.
        needed: columns that must be there beside `file`.
        files: the photos there are, relative to their folder; None = not compared.
        strict: whether the header must have `file,type,gender` by these names, and every other
            column holds a number for each face.

    Raises:
        SourceError: unreadable, another header, unknown types or genders, a file named twice or
            that is not there; or numbers that are none, or say that somebody is no adult.
    """
    header, rows = _read(path)
    faults = _faults_of_header(header, needed, strict)
    if faults:
        raise SourceError(f"{path}: {' '.join(faults)}")
    type_column = "type" if "type" in header else CODE
    faults += [
        f"Line {line} has {len(row)} values, not {len(header)}."
        for line, row in rows
        if len(row) != len(header)
    ][:NAMED]
    typed, unknown = _typed(header, rows, type_column, strict)
    faults += unknown
    faults += _listed("named twice", [f for f, n in Counter(typed.files).items() if n > 1])
    if files is not None:
        faults += _listed("named, but not there", typed.without_file(files))
    if not typed.files:
        faults.append("It names no file.")
    if faults:
        raise SourceError(f"{path} cannot be used. {' '.join(faults)} Mend the table.")
    return typed


def to_labels(typed: Typed) -> Labels:
    """Labels as those of rated faces have them: each axis +1 or -1, by the letter."""
    scores = [
        [1.0 if letter == POSITIVE[axis] else -1.0 for axis, letter in zip(AXES, code, strict=True)]
        for code in typed.codes
    ]
    return Labels(
        files=typed.files,
        scores=np.array(scores),
        male=np.array([gender == "male" for gender in typed.genders]),
        folds=np.array([fold_of(file) for file in typed.files]),
        numbers=typed.numbers,
    )


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each other line that is not empty with its number."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.reader(opened, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError(f"{path} cannot be read as a table ({error}).") from error
    return header, rows


def _faults_of_header(header: list[str], needed: Sequence[str], strict: bool) -> list[str]:
    if strict and not set(COLUMNS) <= set(header):
        return [
            f"The header is {','.join(header)!r}, but must be {','.join(COLUMNS)!r}; columns of "
            "numbers may follow."
        ]
    known = {"type" if name == CODE else name for name in header}
    missing = [name for name in ("file", *needed) if name not in known]
    repeated = [name for name, count in Counter(header).items() if count > 1]
    faults = [f"The header {','.join(header)!r} lacks {', '.join(missing)}."] if missing else []
    faults += [f"The header repeats {', '.join(repeated)}."] if repeated else []
    both = "type" in header and CODE in header
    return faults + ([f"The header has both type and {CODE}; drop one."] if both else [])


def _typed(
    header: list[str], rows: list[tuple[int, list[str]]], type_column: str, with_numbers: bool
) -> tuple[Typed, list[str]]:
    """What the lines say, and what of it is unknown."""
    named = []
    files, codes, genders, faults = [], [], [], []
    bad_codes, bad_genders, nameless = [], [], []
    for line, row in rows:
        values = dict(zip(header, map(str.strip, row), strict=False))
        file = values.get("file", "").replace("\\", "/")
        if not file:
            nameless.append(f"line {line}")
            continue
        files.append(PurePosixPath(file).as_posix())
        named.append(values)
        code, gender = values.get(type_column, ""), values.get("gender", "").lower()
        try:
            code = parse_code(code) if type_column in header else ""
        except InputError:
            bad_codes.append(f"{code!r} of {file} (line {line})")
        if "gender" in header and gender not in GENDERS:
            bad_genders.append(f"{gender!r} of {file} (line {line})")
        codes.append(code)
        genders.append(gender)
    faults += _listed("no type such as ENTP", bad_codes)
    faults += _listed(f"no gender ({' or '.join(GENDERS)})", bad_genders)
    faults += _listed("without a file", nameless)
    others = [name for name in header if with_numbers and name not in COLUMNS]
    numbers, wrong = read_numbers(named, others)
    for what, names in wrong.items():
        faults += _listed(what, names)
    return Typed(tuple(files), tuple(codes), tuple(genders), numbers), faults


def _listed(what: str, names: list[str]) -> list[str]:
    """One sentence that names some faults of a kind; none where there are none."""
    if not names:
        return []
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [f"{len(names)} {what}: {', '.join(names[:NAMED])}{more}."]
