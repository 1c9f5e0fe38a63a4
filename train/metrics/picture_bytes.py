"""Three ways from float pictures to bytes; a metric must know which one its numbers stand on."""

import torch

from mbtiface.errors import InputError
from mbtiface.faces.pixels import to_bytes


def metric_bytes(pictures: torch.Tensor) -> torch.Tensor:
    """Generated pictures as they are measured and written: rounded, halves up.

    Float `[n, channels, h, w]`, -1..1 -> uint8, same shape, as `mbtiface.faces.pixels` rounds.
    """
    if pictures.ndim != 4:
        raise InputError(f"Pictures are {list(pictures.shape)}, but must be [n, channels, h, w].")
    return to_bytes(pictures).permute(0, 3, 1, 2)


def grid_bytes(pictures: torch.Tensor) -> torch.Tensor:
    """Sample grids of StyleGAN2-ADA: -1..1 stretched to 0..255 and rounded, halves to even."""
    return ((pictures + 1) * (255 / 2)).round().clamp(0, 255).to(torch.uint8)


def cut_bytes(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures of pSp: -1..1 stretched to 0..255 and cut off, half a grey level darker."""
    return (((pictures + 1) / 2).clamp(0, 1) * 255).to(torch.uint8)
