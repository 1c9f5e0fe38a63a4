"""Between float pictures -1..1 and bytes 0..255; the only home of 127.5."""

import numpy as np
import torch
from PIL import Image


def to_bytes(pictures: torch.Tensor) -> torch.Tensor:
    """Float `[batch, 3, height, width]`, -1..1 -> uint8 `[batch, height, width, 3]`, rounded."""
    scaled = (pictures * 127.5 + 128).clamp(0, 255)  # Cutting off at + 128 rounds 127.5 + 0.5.
    return scaled.permute(0, 2, 3, 1).to(torch.uint8)


def from_bytes(pictures: torch.Tensor) -> torch.Tensor:
    """uint8 `[batch, height, width, 3]` -> float `[batch, 3, height, width]`, -1..1."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1


def to_images(pictures: np.ndarray) -> list[Image.Image]:
    """Bytes `[batch, height, width, 3]` -> RGB pictures."""
    return [Image.fromarray(picture) for picture in pictures]


def reduce(images: list[Image.Image], size: int) -> list[Image.Image]:
    """Shrink square pictures by area averaging; those of the right size stay as they are."""
    return [
        image if image.width == size else image.resize((size, size), Image.Resampling.BOX)
        for image in images
    ]
