"""Pictures decoded once: in memory, or in one file that is mapped into it.

Decoding a JPEG of 256 px takes a millisecond, reading 64 x 64 x 3 bytes a microsecond. So a set is
decoded once: into memory, or, where a folder for it is named, into a file that later starts and
other processes map. A set too large for memory without such a folder is decoded picture by picture.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm

from mbtiface.errors import SourceError
from train.data.picture_source import PictureSource

log = logging.getLogger(__name__)

MEMORY_LIMIT = 2 << 30
"""Bytes of decoded pictures that are held in memory without a file."""
CHUNK = 64
"""Pictures decoded between two movements of the progress bar."""


class Decoded(Protocol):
    """Pictures by number."""

    def rows(self, indices: np.ndarray) -> np.ndarray:
        """Pictures `[n, 3, size, size]` uint8, RGB, a copy."""
        ...


class InMemory:
    """All pictures in an array, be it mapped from a file."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels  # [pictures, 3, size, size] uint8

    def rows(self, indices: np.ndarray) -> np.ndarray:
        """See `Decoded`."""
        return self.pixels[indices]


class OnDemand:
    """Pictures decoded each time, by several threads."""

    def __init__(self, source: PictureSource, size: int) -> None:
        self._source, self._size = source, size
        self._threads = ThreadPoolExecutor(workers(), "mbtiface-decode")

    def rows(self, indices: np.ndarray) -> np.ndarray:
        """See `Decoded`."""
        names = [self._source.names[int(index)] for index in indices]
        pictures = self._threads.map(lambda name: _picture(self._source, name, self._size), names)
        return np.stack(list(pictures))


def workers() -> int:
    """Threads that decode: OpenCV lets go of the interpreter meanwhile."""
    return max(1, min(8, os.cpu_count() or 1))


def decoded(
    source: PictureSource, size: int, cache: Path | None = None, limit: int = MEMORY_LIMIT
) -> Decoded:
    """The pictures of a source at one size.

    Args:
        source: where they lie.
        size: side in pixels that they are reduced to.
        cache: folder for the file of decoded pictures; None = no file.
        limit: most bytes held in memory without a file.

    Raises:
        SourceError: a picture is unreadable, not square, too small or of another size than the
            others; or the file cannot be written.
    """
    shape = (len(source.names), 3, size, size)
    if cache is None:
        if np.prod(shape) > limit:
            log.info("%s: pictures are decoded as they are needed", source.path)
            return OnDemand(source, size)
        pixels = np.empty(shape, np.uint8)
        for row, picture in enumerate(_each(source, size)):
            pixels[row] = picture
        return InMemory(pixels)
    path = cache / f"pictures-{size}-{_key(source)}.uint8"
    with _alone(path):
        if not path.exists():
            _write(path, source, size)
    return InMemory(np.memmap(path, np.uint8, "r", shape=shape))


def _key(source: PictureSource) -> str:
    """Tells a set from every other, and from itself with a picture made anew."""
    lines = "".join(f"{a} {b}\n" for a, b in zip(source.names, source.stamps, strict=True))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def _each(source: PictureSource, size: int) -> Iterator[np.ndarray]:
    """All pictures in order, `[3, size, size]` each, decoded by several threads."""
    with ThreadPoolExecutor(workers(), "mbtiface-decode") as threads:
        for start in tqdm(
            range(0, len(source.names), CHUNK), "decoding", leave=False, disable=None, delay=2
        ):
            names = source.names[start : start + CHUNK]
            yield from threads.map(lambda name: _picture(source, name, size), names)


def _picture(source: PictureSource, name: str, size: int) -> np.ndarray:
    return source.picture(name, size).transpose(2, 0, 1)  # [3, size, size]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for other processes that write the same file; one killed meanwhile lets go by itself."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise SourceError(
            f"{path} cannot be written ({error}). Make room, name another folder, or none."
        ) from error


def _write(path: Path, source: PictureSource, size: int) -> None:
    """Decode into a file, whole or not at all."""
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as opened:
            for picture in _each(source, size):
                opened.write(picture.tobytes())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
