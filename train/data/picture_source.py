"""A folder or a zip of pictures, as StyleGAN2-ADA's dataset tool lays them out, or any other."""

import hashlib
import io
import threading
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from mbtiface.errors import SourceError
from train.data.made_faces import PART, MadeFaces
from train.psp.pictures import SUFFIXES, resize

ZIP = ".zip"


@dataclass(frozen=True)
class PictureSource:
    """The pictures of a folder or zip, in the order of their names."""

    path: Path
    names: tuple[str, ...]
    """Relative to the folder, or as in the zip; with `/`."""
    stamps: tuple[str, ...]
    """What tells of each picture whether it changed: bytes, and the moment or checksum."""
    lengths: tuple[int, ...]
    """Bytes of each file."""
    others: frozenset[str]
    """Other files there: tables, `dataset.json`."""
    _archives: "_Archives | None" = field(default=None, compare=False)

    @classmethod
    def open(cls, path: Path) -> "PictureSource":
        """List the pictures; none is read.

        Raises:
            SourceError: there is no folder or zip, it is damaged, or it holds no pictures.
        """
        if path.is_dir():
            return _of(path, _listed_folder(path))
        if path.suffix.lower() == ZIP and path.is_file():
            try:
                with zipfile.ZipFile(path) as archive:
                    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            except (OSError, zipfile.BadZipFile) as error:
                raise SourceError(
                    f"{path} cannot be read as a zip ({error}). Prepare the data again."
                ) from error
            listed = {entry.filename: (entry.file_size, f"{entry.CRC:08x}") for entry in entries}
            return _of(path, listed, _Archives(path))
        raise SourceError(
            f"{path} is neither a folder of pictures nor a zip of them. Make one with "
            "`python -m train prepare`."
        )

    @property
    def digest(self) -> str:
        """sha256 of the list of names and bytes: cheap, and the same for a copy."""
        lines = [f"{name} {size}\n" for name, size in zip(self.names, self.lengths, strict=True)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def read(self, name: str) -> bytes:
        """The bytes of a file; several threads may read at a time.

        Raises:
            SourceError: it is gone or damaged.
        """
        try:
            with self.stream(name) as opened:
                return opened.read()
        except (OSError, zipfile.BadZipFile, zlib.error) as error:
            raise self._lost(name, error) from error

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """A file opened for reading; what reading it raises is the caller's.

        Raises:
            SourceError: it is gone.
        """
        try:
            if self._archives is None:
                opened: IO[bytes] = (self.path / name).open("rb")
            else:
                opened = self._archives.mine().open(name)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise self._lost(name, error) from error
        with opened:
            yield opened

    def _lost(self, name: str, error: Exception) -> SourceError:
        return SourceError(
            f"{name} of {self.path} cannot be read ({error}). Prepare the data again."
        )

    def picture(self, name: str, size: int | None = None) -> np.ndarray:
        """A square picture as uint8 RGB `[size, size, 3]`, reduced by area averaging.

        Raises:
            SourceError: it cannot be read, is not square, or smaller than `size`.
        """
        try:
            # Pillow: OpenCV gives a cut-off JPEG as a picture that is half grey.
            with Image.open(io.BytesIO(self.read(name))) as image:
                pixels = np.array(image.convert("RGB"))  # [height, width, 3]
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise SourceError(
                f"{name} of {self.path} cannot be read as a picture ({error}). Remove it or make "
                "it again."
            ) from error
        height, width = pixels.shape[:2]
        if height != width:
            raise SourceError(
                f"{name} of {self.path} is {width} x {height} px; aligned faces are square. Align "
                "photos with `python -m train prepare --photos`."
            )
        if size is not None and width < size:
            raise SourceError(
                f"{name} of {self.path} has {width} px a side, fewer than the {size} asked for. "
                "Ask for a smaller size."
            )
        return pixels if size is None else resize(pixels, size)


class _Archives:
    """A zip opened once a thread: one reader cannot serve several."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = threading.local()

    def mine(self) -> zipfile.ZipFile:
        if not hasattr(self._opened, "archive"):
            self._opened.archive = zipfile.ZipFile(self._path)
        archive: zipfile.ZipFile = self._opened.archive
        return archive


def _of(
    path: Path, listed: Mapping[str, tuple[int, str]], archives: _Archives | None = None
) -> PictureSource:
    names = tuple(sorted(name for name in listed if Path(name).suffix.lower() in SUFFIXES))
    if not names:
        raise SourceError(f"{path} holds no pictures ({', '.join(SUFFIXES)}).")
    return PictureSource(
        path,
        names,
        stamps=tuple("{} {}".format(*listed[name]) for name in names),
        lengths=tuple(listed[name][0] for name in names),
        others=frozenset(listed) - frozenset(names),
        _archives=archives,
    )


def _listed_folder(path: Path) -> dict[str, tuple[int, str]]:
    """Files of a folder and its folders; of a dataset of made faces, the complete parts only."""
    made = MadeFaces(path)
    if any(path.glob("latents-*.safetensors")) and (path / "pictures").is_dir():
        folders = [made.picture(part * PART).parent for part in range(made.parts())]
        files = [file for folder in folders for file in folder.iterdir()]
    else:
        files = [file for file in path.rglob("*") if file.is_file()]
    found = {}
    for file in files:
        name = file.relative_to(path)
        if not any(part.startswith(".") for part in name.parts):
            stat = file.stat()
            found[name.as_posix()] = (stat.st_size, str(stat.st_mtime_ns))
    return found
