"""A grid of faces as one picture, and its file."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

JPEG_QUALITY = 92


def grid(pictures: torch.Tensor, columns: int) -> np.ndarray:
    """Pictures `[n, 3, size, size]`, uint8, row by row as one picture `[height, width, 3]`.

    A last row that is not full ends in white.
    """
    count, channels, size, _ = pictures.shape
    rows = -(-count // columns)
    sheet = torch.full((rows * columns, channels, size, size), 255, dtype=torch.uint8)
    sheet[:count] = pictures
    sheet = sheet.reshape(rows, columns, channels, size, size).permute(0, 3, 1, 4, 2)
    return sheet.reshape(rows * size, columns * size, channels).numpy()


def write_picture(path: Path, image: Image.Image) -> None:
    """Write a picture so that a killed process leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial.{path.name}")
    image.save(partial, quality=JPEG_QUALITY)
    partial.replace(path)
