"""Toy sets of pictures, a toy extractor and a toy generator for tests of metrics."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional

SIDE = 16


@dataclass
class ToySet:
    """Pictures in memory, that counts what is read of it."""

    content: torch.Tensor
    """uint8 `[n, 3, s, s]`."""
    digest: str = "toy"
    read: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.content)

    def pictures(self, indices: Sequence[int]) -> torch.Tensor:
        self.read += indices
        return self.content[list(indices)]


@dataclass
class ToyExtractor:
    """Reduced pictures as features."""

    name: str = "Toy"
    frechet_name: str = "FD-Toy"
    kernel_name: str = "KD-Toy"
    dim: int = 12
    identity: str = "toy 1"
    calls: int = 0

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return functional.adaptive_avg_pool2d(pictures.float() / 64, 2).flatten(1)


def toy_pictures(count: int, seed: int = 0, side: int = SIDE) -> torch.Tensor:
    """Smooth random pictures, uint8 `[count, 3, side, side]`."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 4, 4, generator=random) * 255
    return functional.interpolate(coarse, side, mode="bilinear").to(torch.uint8)


class ToyGenerator(nn.Module):
    """Draws pictures like `toy_pictures` from z, with noise; a label brightens them."""

    def __init__(self, c_dim: int = 0, strength: float = 1.0, side: int = SIDE) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.side = 48, c_dim, side
        self.strength = nn.Parameter(torch.tensor(strength))
        self.dropout = nn.Dropout(0.5)  # acts in training mode only

    def forward(
        self, z: torch.Tensor, c: torch.Tensor | None = None, shift: float = 0.0
    ) -> torch.Tensor:
        coarse = (z / 2**0.5).erf().reshape(-1, 3, 4, 4) * self.strength + shift  # -1..1, even
        coarse = self.dropout(coarse + 0.02 * torch.randn(len(z), 1, 4, 4))
        if c is not None:
            coarse = coarse + c.sum(1)[:, None, None, None]
        return functional.interpolate(coarse, self.side, mode="bilinear")
