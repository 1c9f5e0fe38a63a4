"""Reads aligned faces from a folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from mbtiface.errors import SourceError
from mbtiface.faces.pixels import from_bytes

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def list_pictures(folder: Path) -> list[Path]:
    """Pictures of a folder in the order of their names.

    Raises:
        SourceError: it holds none.
    """
    found = []
    if folder.is_dir():
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise SourceError(f"{folder} holds no pictures ({', '.join(SUFFIXES)}).")
    return found


def read_images(paths: Sequence[Path], size: int) -> list[Image.Image]:
    """Read square pictures, RGB, reduced to `size` px by area averaging.

    Raises:
        SourceError: a file is no picture, not square or smaller.
    """
    images = []
    for path in paths:
        try:
            with Image.open(path) as opened:
                image = opened.convert("RGB")
        except (OSError, UnidentifiedImageError) as error:
            raise SourceError(f"{path} cannot be read as a picture ({error}).") from error
        if image.width != image.height or image.width < size:
            raise SourceError(
                f"{path} has {image.width} x {image.height} pixels, but must be an aligned face: "
                f"square, {size} or more."
            )
        if image.width > size:
            image = image.resize((size, size), Image.Resampling.BOX)
        images.append(image)
    return images


def to_tensor(images: Sequence[Image.Image]) -> torch.Tensor:
    """RGB pictures of one size -> `[n, 3, size, size]`, -1..1."""
    return from_bytes(torch.from_numpy(np.stack([np.asarray(image) for image in images])))
