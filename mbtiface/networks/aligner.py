"""A small regressor: how FFHQ's crop of a face lies in a loose crop around it.

Plain convolutions with strides, residual units between them, and one hidden layer on a grid that
keeps positions: where a face is must not be averaged away.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError

OUTPUTS = 4
"""Centre shift x and y, logarithm of the scale, angle."""


class Convolution(nn.Sequential):
    """3x3 convolution, batch normalisation."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )


class Level(nn.Module):
    """Half the size, then residual units of one convolution each."""

    def __init__(
        self,
        in_channels: int,  # Channels that come in.
        out_channels: int,  # Channels that go out.
        units: int,  # Residual units.
    ) -> None:
        super().__init__()
        self.down = Convolution(in_channels, out_channels, 2)
        self.units = nn.ModuleList(Convolution(out_channels, out_channels) for _ in range(units))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]` -> `[batch, out_channels, h / 2, w / 2]`."""
        x = functional.relu(self.down(x))
        for unit in self.units:
            x = x + functional.relu(unit(x))
        return x


class CropAligner(nn.Module):
    """Loose crop -> four numbers that lead to FFHQ's crop."""

    def __init__(
        self,
        img_resolution: int = 128,  # Height and width of the loose crop.
        stem_channels: int = 32,  # Channels of the first convolution, which has stride 4.
        widths: Sequence[int] = (64, 112),  # Channels of each level; each halves the size.
        units: Sequence[int] = (1, 2),  # Residual units of each level.
        grid_channels: int = 16,  # Channels of the last level that the hidden layer sees.
        hidden: int = 96,  # Size of the hidden layer.
    ) -> None:
        super().__init__()
        if len(widths) != len(units) or not widths:
            raise InputError(
                f"{len(widths)} widths and {len(units)} unit counts do not fit: give one a level."
            )
        cell = 4 << len(widths)
        if img_resolution < cell or img_resolution % cell:
            raise InputError(
                f"Crops of {img_resolution} px cannot be reduced {cell} times. Give a multiple."
            )
        grid = img_resolution // cell
        self.img_resolution = img_resolution
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem_channels, 7, stride=4, padding=3, bias=False),
            nn.BatchNorm2d(stem_channels),
            nn.ReLU(),
        )
        before = [stem_channels, *widths[:-1]]
        self.levels = nn.Sequential(
            *(Level(*sizes) for sizes in zip(before, widths, units, strict=True))
        )
        self.reduce = nn.Conv2d(widths[-1], grid_channels, 1)
        self.hidden = nn.Linear(grid_channels * grid * grid, hidden)
        self.out = nn.Linear(hidden, OUTPUTS)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Look at loose crops.

        Args:
            x: `[batch, 3, img_resolution, img_resolution]`, RGB, -1..1.

        Returns:
            `[batch, 4]` float32: shift of the centre to the right and down in units of the crop's
            side, natural logarithm of the size relative to the usual one, angle in radians from
            right to down.
        """
        x = self.reduce(self.levels(self.stem(x)))  # [batch, grid_channels, grid, grid]
        x = functional.relu(self.hidden(x.flatten(1)))  # [batch, hidden]
        return self.out(x).float()
