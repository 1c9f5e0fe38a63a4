"""The face-recognition backbone of the encoders: IR and IR-SE (ArcFace, arXiv 1801.07698).

Parameter names are those of the published ArcFace and pSp weights.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.shapes import check_choice

MODES = ("ir", "ir_se")
REDUCTION = 16
"""Channels to one hidden unit of a squeeze-and-excitation layer (arXiv 1709.01507)."""


class Stage(NamedTuple):
    """Units of one resolution."""

    in_channels: int
    depth: int  # channels after each of its units
    num_units: int  # at least 1; the first one halves the side


STAGES = {
    50: (Stage(64, 64, 3), Stage(64, 128, 4), Stage(128, 256, 14), Stage(256, 512, 3)),
    100: (Stage(64, 64, 3), Stage(64, 128, 13), Stage(128, 256, 30), Stage(256, 512, 3)),
    152: (Stage(64, 64, 3), Stage(64, 128, 8), Stage(128, 256, 36), Stage(256, 512, 3)),
}
"""The published backbones by their number of layers."""
NUM_STAGES = 4


def resolve_stages(num_layers: int | Sequence[Sequence[int]]) -> tuple[Stage, ...]:
    """Return the stages of a published depth, or the given ones, checked.

    InputError for an unknown depth, and for stages that are not four or do not follow each other.
    """
    if isinstance(num_layers, int):
        if num_layers not in STAGES:
            known = ", ".join(map(str, STAGES))
            raise InputError(f"num_layers must be one of {known}, but is {num_layers}")
        return STAGES[num_layers]
    if len(num_layers) != NUM_STAGES or any(len(row) != len(Stage._fields) for row in num_layers):
        raise InputError(
            f"num_layers must be a number or {NUM_STAGES} stages of (in_channels, depth,"
            f" num_units), but is {num_layers}"
        )
    stages = tuple(Stage(*row) for row in num_layers)
    if min(min(stage) for stage in stages) < 1:
        raise InputError(f"Channels and units must be at least 1, but the stages are {num_layers}")
    for before, after in pairwise(stages):
        if before.depth != after.in_channels:
            raise InputError(
                f"A stage takes {after.in_channels} channels, but the one before it gives"
                f" {before.depth}; make them equal"
            )
    return stages


class SqueezeExcitation(nn.Module):
    """Scales each channel by what the means of all channels say (arXiv 1709.01507, 3)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(1, channels // REDUCTION)
        self.fc1 = nn.Conv2d(channels, hidden, kernel_size=1, bias=False)
        self.fc2 = nn.Conv2d(hidden, channels, kernel_size=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map [batch, channels, height, width] to the same shape."""
        means = x.mean(dim=[2, 3], keepdim=True)  # [batch, channels, 1, 1]
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(means))))


class ResidualUnit(nn.Module):
    """Two convolutions between batch normalisations, beside a shortcut."""

    def __init__(
        self,
        in_channels: int,
        depth: int,  # channels that go out
        stride: int,  # 2 = halve the side
        mode: str,  # "ir", or "ir_se" with squeeze and excitation
    ) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module
        if in_channels == depth:
            # Picks every stride-th pixel.
            self.shortcut_layer = nn.MaxPool2d(kernel_size=1, stride=stride)
        else:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(in_channels, depth, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(depth),
            )
        layers = [
            nn.BatchNorm2d(in_channels),
            nn.Conv2d(in_channels, depth, kernel_size=3, padding=1, bias=False),
            nn.PReLU(depth),
            nn.Conv2d(depth, depth, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(depth),
        ]
        if mode == "ir_se":
            layers.append(SqueezeExcitation(depth))
        self.res_layer = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map [batch, in_channels, height, width] to [batch, depth, height / stride, ...]."""
        return self.res_layer(x) + self.shortcut_layer(x)


class IRBody(nn.ModuleList):
    """All units of a backbone, numbered through; the first unit of each stage halves the side."""

    def __init__(
        self,
        stages: Sequence[Stage],  # as resolve_stages returns them
        mode: str,  # "ir", or "ir_se" with squeeze and excitation
    ) -> None:
        check_choice("mode", mode, MODES)
        units: list[nn.Module] = []
        ends: list[int] = []
        for stage in stages:
            units.append(ResidualUnit(stage.in_channels, stage.depth, stride=2, mode=mode))
            for _ in range(stage.num_units - 1):
                units.append(ResidualUnit(stage.depth, stage.depth, stride=1, mode=mode))
            ends.append(len(units) - 1)
        super().__init__(units)
        self.ends = ends

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the features after each stage, [batch, depth, height / 2, width / 2] and on."""
        features = []
        for index, unit in enumerate(self):
            x = unit(x)
            if index in self.ends:
                features.append(x)
        return tuple(features)


def input_layer(input_nc: int, channels: int) -> nn.Sequential:
    """Return the layer before the body: [batch, input_nc, h, w] to [batch, channels, h, w]."""
    return nn.Sequential(
        nn.Conv2d(input_nc, channels, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.PReLU(channels),
    )
