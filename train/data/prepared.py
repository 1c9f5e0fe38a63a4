"""A dataset while it is made: what each photo gave, pictures, tables, and the zip at the end.

A folder holds `00000/img00000000.png`, ..., `dataset.json` (as StyleGAN2-ADA reads them),
`files.csv` (which photo each came from), `rejected.csv`, `report.json`, and `photos.jsonl`: a line
a photo, by which an interrupted run goes on. Of a zip `NAME.zip` all but the pictures stays in
`NAME.prepared`.
"""

import json
import logging
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mbtiface.errors import SourceError
from train.data.picture_labels import INDEX, RELATION
from train.data.picture_source import ZIP

log = logging.getLogger(__name__)

CONFIG, JOURNAL = "config.json", "photos.jsonl"
PER_FOLDER = 1000
"""Pictures in one folder."""
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
"""Of files in a zip: the same pictures make the same zip."""


@dataclass(frozen=True)
class Seen:
    """What one photo gave."""

    photo: str
    """Its name, relative to the folder of photos."""
    length: int
    """Its bytes."""
    sha256: str
    file: str = ""
    """The picture made of it; "" = none."""
    crop: tuple[float, ...] = ()
    """See `photo_faces.FaceCrop`."""
    side_px: float = 0.0
    sharpness: float = 0.0
    reason: str = ""
    """Why there is no picture; see `photo_faces.Rejected`."""
    detail: str = ""


class Prepared:
    """The dataset on disk."""

    def __init__(self, out: Path) -> None:
        """`out`: a folder, or a file that ends with `.zip`.

        Raises:
            SourceError: something else lies there, or the journal is damaged.
        """
        self.out = out
        self._zipped = out.suffix.lower() == ZIP
        self.folder = out.with_suffix(".prepared") if self._zipped else out
        begun = (self.folder / CONFIG).exists()
        taken = out.exists() if self._zipped else out.is_dir() and any(out.iterdir())
        if taken and not begun:
            raise SourceError(
                f"{out} is there already, but no earlier run of `prepare --photos` made it. Name "
                "another place for the dataset."
            )
        self.seen = self._read_journal()

    @property
    def kept(self) -> list[Seen]:
        """Photos that gave a picture, in the order of the pictures."""
        return [seen for seen in self.seen if seen.file]

    def next_file(self, suffix: str) -> str:
        """Name of the next picture."""
        number = len(self.kept)
        return f"{number // PER_FOLDER:05d}/img{number:08d}{suffix}"

    def add(self, seen: Seen, picture: bytes = b"") -> None:
        """Write a photo's picture, if it gave one, and then its line in the journal.

        Raises:
            SourceError: they cannot be written (a full disk); what was there before stays.
        """
        if seen.file:
            write_whole(self.folder / seen.file, picture)
        try:
            with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
                journal.write(json.dumps(asdict(seen), ensure_ascii=False) + "\n")
        except OSError as error:
            raise _unwritten(self.folder / JOURNAL, error) from error
        self.seen.append(seen)

    def read(self, file: str) -> bytes:
        """A picture's bytes, from the folder or from the zip of an earlier run.

        Raises:
            SourceError: it is gone.
        """
        try:
            if (self.folder / file).exists() or not self._zipped:
                return (self.folder / file).read_bytes()
            with zipfile.ZipFile(self.out) as archive:
                return archive.read(file)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise SourceError(
                f"{file} of {self.out} is gone ({error}). Delete {self.folder / JOURNAL} to "
                "prepare all photos again."
            ) from error

    def finish(self, tables: Mapping[str, str]) -> None:
        """Write the tables, by their names; pack the zip if it is to be one.

        Raises:
            SourceError: as `add`.
        """
        for name, text in tables.items():
            write_whole(self.folder / name, text.encode())
        if self._zipped and self.kept:
            self._pack({name: tables[name].encode() for name in (INDEX, RELATION)})

    def _pack(self, tables: Mapping[str, bytes]) -> None:
        """Write the zip, whole or not at all, unless it is there; pictures then lie in it alone."""
        if self._is_packed(tables):
            return
        partial = self.out.with_name(f".{self.out.name}.partial")
        try:
            with zipfile.ZipFile(partial, "w") as archive:  # Pictures are compressed already.
                for seen in self.kept:
                    archive.writestr(zipfile.ZipInfo(seen.file, FIXED_DATE), self.read(seen.file))
                for name, data in tables.items():
                    archive.writestr(zipfile.ZipInfo(name, FIXED_DATE), data)
            partial.replace(self.out)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _unwritten(self.out, error) from error
        for folder in {seen.file.split("/")[0] for seen in self.kept}:
            shutil.rmtree(self.folder / folder, ignore_errors=True)

    def _is_packed(self, tables: Mapping[str, bytes]) -> bool:
        if not self.out.exists() or any((self.folder / seen.file).exists() for seen in self.kept):
            return False
        try:
            with zipfile.ZipFile(self.out) as archive:
                return all(archive.read(name) == data for name, data in tables.items())
        except (OSError, KeyError, zipfile.BadZipFile):
            return False

    def _read_journal(self) -> list[Seen]:
        """What earlier runs saw; a line that was cut off is dropped, its photo seen again."""
        path = self.folder / JOURNAL
        if not path.exists():
            return []
        whole = path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        try:
            lines = [json.loads(line) for line in kept.decode("utf-8").splitlines()]
            found = [Seen(**line | {"crop": tuple(line["crop"])}) for line in lines]
        except (ValueError, TypeError, KeyError) as error:
            raise SourceError(
                f"{path} is damaged ({error}). Delete it to prepare all photos again."
            ) from error
        if kept != whole:
            write_whole(path, kept)
        return found


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a killed process leaves the old one or the new one.

    Raises:
        SourceError: it cannot be written (a full disk).
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> SourceError:
    return SourceError(
        f"{path} cannot be written ({error}). Make room and run the same command again; it goes on."
    )
