"""Reads aligned faces from a folder."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from mbtiface.errors import SourceError
from mbtiface.faces.pixels import from_bytes, reduce

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def list_pictures(folder: Path) -> list[Path]:
    """Pictures of a folder, or of a dataset's numbered folders, in the order of their names.

    Raises:
        SourceError: it holds none.
    """
    found = []
    if folder.is_dir():
        # What `train prepare --photos` writes lies a folder deeper: 00000/img00000000.png.
        inside = [*folder.iterdir(), *folder.glob("[0-9][0-9][0-9][0-9][0-9]/img*")]
        found = sorted(path for path in inside if path.suffix.lower() in SUFFIXES)
    if not found:
        raise SourceError(f"{folder} holds no pictures ({', '.join(SUFFIXES)}).")
    return found


def read_rgb(path: Path) -> np.ndarray:
    """Read a square picture as uint8 `[height, width, 3]`.

    Raises:
        SourceError: it is no picture or not square.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise SourceError(f"{path} cannot be read as a picture. Remove it or make it again.")
    if picture.shape[0] != picture.shape[1]:
        raise SourceError(
            f"{path} is {picture.shape[1]} x {picture.shape[0]} px; aligned faces are square."
        )
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def read_images(paths: Sequence[Path], size: int) -> list[Image.Image]:
    """Read square pictures, RGB, reduced to `size` px as the studio reduces its own.

    Raises:
        SourceError: a file is no picture, not square or smaller.
    """
    pictures = [read_rgb(path) for path in paths]
    for path, picture in zip(paths, pictures, strict=True):
        if picture.shape[0] < size:
            raise SourceError(f"{path} has {picture.shape[0]} px a side, but needs {size} or more.")
    return reduce([Image.fromarray(picture) for picture in pictures], size)


def read_batch(paths: Sequence[Path], size: int) -> torch.Tensor:
    """Read square pictures of any size, resized: `[n, 3, size, size]`, -1..1.

    Raises:
        SourceError: a file is no picture or not square.
    """
    return from_bytes(torch.from_numpy(np.stack([resize(read_rgb(p), size) for p in paths])))


def to_tensor(images: Sequence[Image.Image]) -> torch.Tensor:
    """RGB pictures of one size -> `[n, 3, size, size]`, -1..1."""
    return from_bytes(torch.from_numpy(np.stack([np.asarray(image) for image in images])))


def resize(picture: np.ndarray, size: int) -> np.ndarray:
    """Shrink or enlarge a square picture, uint8 `[h, w, 3]` -> uint8 `[size, size, 3]`."""
    if picture.shape[0] == size:
        return picture
    shrinks = picture.shape[0] > size
    return cv2.resize(
        picture, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
