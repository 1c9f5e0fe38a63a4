"""The one size that all pictures of a set must have, read from their headers."""

import warnings
import zipfile
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from mbtiface.errors import SourceError
from train.data.picture_source import PictureSource

NAMED = 10


def own_size(source: PictureSource) -> int:
    """Side in pixels of the pictures of a source.

    Raises:
        SourceError: pictures that are unreadable, not square, or of another size than most; they
            are named.
    """
    with ThreadPoolExecutor(4, "mbtiface-sizes") as threads:
        sizes = list(threads.map(lambda name: _size(source, name), source.names))
    unreadable = [n for n, size in zip(source.names, sizes, strict=True) if size is None]
    if unreadable:
        raise SourceError(
            f"{source.path} holds files that cannot be read as pictures: {_some(unreadable)}. "
            "Remove them or make them again."
        )
    usual = Counter(sizes).most_common(1)[0][0]
    assert usual is not None
    others = [
        f"{name} ({size[0]} x {size[1]})"
        for name, size in zip(source.names, sizes, strict=True)
        if size is not None and size != usual
    ]
    if others:
        raise SourceError(
            f"{source.path} mixes sizes: {len(sizes) - len(others)} pictures have {usual[0]} x "
            f"{usual[1]} px, but {_some(others)}. Prepare all of them with one size."
        )
    if usual[0] != usual[1]:
        raise SourceError(
            f"{source.path} holds pictures of {usual[0]} x {usual[1]} px; aligned faces are "
            "square. Align photos with `python -m train prepare --photos`."
        )
    return usual[0]


def _size(source: PictureSource, name: str) -> tuple[int, int] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with source.stream(name) as opened, Image.open(opened) as image:
                return image.size
        except (OSError, ValueError, zipfile.BadZipFile, zlib.error, Image.DecompressionBombError):
            return None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
