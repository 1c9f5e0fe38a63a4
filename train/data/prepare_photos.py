"""A folder of photos -> a dataset, photo by photo, so that a killed run goes on where it was."""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from mbtiface.errors import InputError, SourceError
from train.data.near_duplicates import NearDuplicates
from train.data.photo_faces import FaceCrop, FaceReader, Rejected
from train.data.photo_files import digest_of, list_photos
from train.data.prepared import Prepared, Seen
from train.data.prepared_tables import Tables, tables_of
from train.data.typed import Typed, read_typed

log = logging.getLogger(__name__)

FORMATS = ("png", "webp")
NAMED = 20


@dataclass(frozen=True)
class Photos:
    """What there is to prepare."""

    folder: Path
    names: tuple[str, ...]
    """Photos to look at, relative to the folder."""
    unlabelled: tuple[str, ...]
    """Photos that the table of labels does not name."""
    typed: Typed | None
    """That table; None = no labels."""


def list_labelled(folder: Path, table: Path | None, out: Path) -> Photos:
    """List photos and read their labels.

    Raises:
        InputError: the dataset would lie among the photos.
        SourceError: no photos; or a table that is wrong, all at once.
    """
    if out.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"--out {out} lies in --photos {folder}. Write the dataset elsewhere.")
    names = list_photos(folder, [] if table is None else [table])
    if table is None:
        return Photos(folder, tuple(names), (), None)
    typed = read_typed(table, (), names)
    if not any(typed.codes) and not any(typed.genders):
        raise SourceError(
            f"{table} has neither types nor genders. Use the header file,type,gender."
        )
    rows = typed.rows_of(names)
    named = tuple(name for name, row in zip(names, rows, strict=True) if row is not None)
    others = tuple(name for name, row in zip(names, rows, strict=True) if row is None)
    return Photos(folder, named, others, typed)


class PhotoWork:
    """The work on a folder of photos."""

    def __init__(
        self,
        prepared: Prepared,  # Where pictures go.
        reader: FaceReader,  # Photo -> face.
        duplicates: NearDuplicates | None,  # None: none is looked for.
        form: str,  # One of `FORMATS`, both without loss.
    ) -> None:
        if form not in FORMATS:
            raise InputError(f"Format {form!r} is unknown. Use {' or '.join(FORMATS)}.")
        self._prepared, self._reader = prepared, reader
        self._duplicates, self._form = duplicates, form

    def run(self, photos: Photos) -> Tables:
        """Look at the photos that no earlier run saw, then write the tables.

        Raises:
            SourceError: photos are gone or changed since an earlier run; nothing can be written;
                or no photo could be used.
        """
        self._check_earlier(photos)
        self._remember()
        seen = {one.photo for one in self._prepared.seen}
        left = [name for name in photos.names if name not in seen]
        if seen:
            log.info("going on: %d photos were seen before, %d are left", len(seen), len(left))
        for name in tqdm(left, "photos", unit="photo", disable=None):
            self._add(photos, name)
        tables = tables_of(self._prepared.seen, photos.unlabelled, photos.typed)
        self._prepared.finish(tables.files)
        if not self._prepared.kept:
            raise SourceError(
                f"None of the {tables.report['photos']} photos in {photos.folder} could be used: "
                f"{tables.report['rejected']}. See {self._prepared.folder / 'rejected.csv'}."
            )
        return tables

    def _add(self, photos: Photos, name: str) -> None:
        path = photos.folder / name
        length, digest = path.stat().st_size, digest_of(path)
        found = self._unlike_earlier(photos, name, self._reader.read(path))
        if isinstance(found, Rejected):
            rejected = Seen(name, length, digest, reason=found.reason, detail=found.detail)
            self._prepared.add(rejected)
            return
        file = self._prepared.next_file(f".{self._form}")
        kept = Seen(
            *(name, length, digest, file),
            tuple(round(value, 6) for value in found.crop),
            *(round(found.side_px, 1), round(found.sharpness, 3)),
        )
        self._prepared.add(kept, encoded(found.picture, self._form))

    def _unlike_earlier(
        self, photos: Photos, name: str, found: FaceCrop | Rejected
    ) -> FaceCrop | Rejected:
        """Reject a face that an earlier photo shows in the same shot; remember any other."""
        if isinstance(found, Rejected) or self._duplicates is None:
            return found
        described = self._duplicates.describe(found.picture)
        near = self._duplicates.nearest(described)
        if near is None:
            self._duplicates.add(name, described)
            return found
        earlier, distance = near
        detail = f"of {earlier}, distance {distance:.3f}"
        if photos.typed is not None:
            one, other = (photos.typed.label_of(which) for which in (name, earlier))
            detail += f"; labelled {one}, that one {other}" if one != other else ""
        return Rejected("near-duplicate", detail)

    def _remember(self) -> None:
        """Describe the pictures of earlier runs again: quicker than to keep what was said."""
        if self._duplicates is None:
            return
        for one in tqdm(
            self._prepared.kept, "earlier pictures", leave=False, disable=None, delay=2
        ):
            with Image.open(io.BytesIO(self._prepared.read(one.file))) as image:
                self._duplicates.add(one.photo, self._duplicates.describe(image.convert("RGB")))

    def _check_earlier(self, photos: Photos) -> None:
        there = {*photos.names, *photos.unlabelled}
        changed = [
            one.photo
            for one in self._prepared.seen
            if one.photo not in there or (photos.folder / one.photo).stat().st_size != one.length
        ]
        if changed:
            raise SourceError(
                f"{_some(changed)}: gone from {photos.folder}, or changed, since "
                f"{self._prepared.out} was begun. Prepare into a new folder."
            )


def encoded(picture: Image.Image, form: str) -> bytes:
    """A picture as PNG or lossless WebP."""
    file = io.BytesIO()
    options = {"optimize": False} if form == "png" else {"lossless": True}
    picture.save(file, form.upper(), **options)
    return file.getvalue()


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
