"""The encoders of pixel2style2pixel (arXiv 2008.00951): a photo's w or w+, without the mean w.

What they return is an offset: whoever trained one starting from the average adds `latent_avg`.
Parameter names are those of the published weights.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.irse import IRBody, input_layer, resolve_stages
from mbtiface.networks.layers import FullyConnectedLayer
from mbtiface.networks.shapes import check_shape, is_tracing

INPUT_SIZE = 256
"""Side in pixels of the pictures that every encoder here takes."""
LEVEL_SIDES = (16, 32, 64)
"""Sides of the pyramid's levels: coarse, middle, fine."""
LEVEL_ROWS = (3, 7)
"""The first row of w+ that is read from the middle level, and from the fine one (section 3)."""
POOLED_SIDE = 7
"""Side of the features that the naive W+ encoder flattens."""


def check_picture(x: torch.Tensor, input_nc: int) -> None:
    """Raise InputError unless x is [batch, input_nc, 256, 256].

    Other sizes would run, but give codes of another batch size or of no use.
    """
    # A comparison of symbols would be baked into the traced graph.
    if is_tracing():
        return
    wanted = [input_nc, INPUT_SIZE, INPUT_SIZE]
    if x.ndim != 4 or list(x.shape[1:]) != wanted:
        raise InputError(
            f"x must have the shape [any, {input_nc}, {INPUT_SIZE}, {INPUT_SIZE}], but has"
            f" {list(x.shape)}; resize pictures to {INPUT_SIZE} x {INPUT_SIZE} pixels first"
        )


def check_styles(n_styles: int) -> None:
    """Raise InputError unless n_styles is at least 1."""
    if n_styles < 1:
        raise InputError(f"n_styles must be at least 1, but is {n_styles}; give the num_ws")


def level_of(row: int) -> int:
    """Return the pyramid level that a row of w+ is read from: 0 coarse, 1 middle, 2 fine."""
    return sum(row >= first for first in LEVEL_ROWS)


class StyleHead(nn.Module):
    """Convolutions that halve a feature map down to one pixel, then a linear layer: one row of w+.

    The paper's map2style (section 3).
    """

    def __init__(
        self,
        in_channels: int,
        w_dim: int,  # size of one w, also the channels between the convolutions
        side: int,  # side of the features in pixels, a power of two, at least 2
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.side = side
        layers: list[nn.Module] = []
        for index in range(side.bit_length() - 1):
            channels = in_channels if index == 0 else w_dim
            layers.append(nn.Conv2d(channels, w_dim, kernel_size=3, stride=2, padding=1))
            layers.append(nn.LeakyReLU(0.01))
        self.convs = nn.Sequential(*layers)
        self.linear = FullyConnectedLayer(w_dim, w_dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map [batch, in_channels, side, side] to [batch, w_dim]; InputError for another shape."""
        check_shape("x", x, [None, self.in_channels, self.side, self.side])
        x = self.convs(x)  # [batch, w_dim, 1, 1]
        return self.linear(x.flatten(1))  # [batch, w_dim]


class GradualStyleEncoder(nn.Module):
    """pSp's encoder: a feature pyramid with one head for each row of w+ (section 3)."""

    def __init__(
        self,
        num_layers: int | Sequence[Sequence[int]] = 50,  # 50, 100, 152, or the stages: see Stage
        mode: str = "ir_se",  # "ir", or "ir_se" with squeeze and excitation
        n_styles: int = 18,  # rows of w+: the generator's num_ws
        input_nc: int = 3,  # colours of the picture
        w_dim: int = 512,  # size of one w
    ) -> None:
        super().__init__()
        check_styles(n_styles)
        stages = resolve_stages(num_layers)
        self.n_styles = n_styles
        self.input_nc = input_nc
        self.w_dim = w_dim
        channels = stages[-1].depth
        self.input_layer = input_layer(input_nc, stages[0].in_channels)
        self.body = IRBody(stages, mode)
        self.styles = nn.ModuleList(
            StyleHead(channels, w_dim, LEVEL_SIDES[level_of(row)]) for row in range(n_styles)
        )
        self.latlayer1 = nn.Conv2d(stages[-2].depth, channels, kernel_size=1)
        self.latlayer2 = nn.Conv2d(stages[-3].depth, channels, kernel_size=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pictures [batch, input_nc, 256, 256], -1..1, to offsets [batch, n_styles, w_dim].

        InputError for another shape.
        """
        levels = self.pyramid(x)
        rows = [head(levels[level_of(row)]) for row, head in enumerate(self.styles)]
        return torch.stack(rows, dim=1).to(x.dtype)  # [batch, n_styles, w_dim]

    def pyramid(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the coarse, middle and fine features of pictures (arXiv 1612.03144, 3).

        They are [batch, channels, side, side] with sides 16, 32 and 64.
        """
        check_picture(x, self.input_nc)
        _, fine, middle, coarse = self.body(self.input_layer(x))
        middle = add_upsampled(self.latlayer1(middle), coarse)  # [batch, channels, 32, 32]
        fine = add_upsampled(self.latlayer2(fine), middle)  # [batch, channels, 64, 64]
        return coarse, middle, fine


def add_upsampled(x: torch.Tensor, coarser: torch.Tensor) -> torch.Tensor:
    """Return x plus a coarser map, enlarged so that their corner pixels coincide."""
    size = x.shape[2:]
    enlarged = functional.interpolate(coarser, size=size, mode="bilinear", align_corners=True)
    return x + enlarged


class BackboneEncoderIntoW(nn.Module):
    """The backbone's last features, averaged, as one w for all rows."""

    def __init__(
        self,
        num_layers: int | Sequence[Sequence[int]] = 50,  # 50, 100, 152, or the stages: see Stage
        mode: str = "ir_se",  # "ir", or "ir_se" with squeeze and excitation
        input_nc: int = 3,  # colours of the picture
        w_dim: int = 512,  # size of one w
    ) -> None:
        super().__init__()
        stages = resolve_stages(num_layers)
        self.input_nc = input_nc
        self.w_dim = w_dim
        self.input_layer = input_layer(input_nc, stages[0].in_channels)
        self.body = IRBody(stages, mode)
        self.linear = FullyConnectedLayer(stages[-1].depth, w_dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pictures [batch, input_nc, 256, 256], -1..1, to offsets [batch, w_dim].

        InputError for another shape.
        """
        check_picture(x, self.input_nc)
        features = self.body(self.input_layer(x))[-1]  # [batch, channels, 16, 16]
        means = features.mean(dim=[2, 3])  # [batch, channels]
        return self.linear(means).to(x.dtype)  # [batch, w_dim]


class BackboneEncoderIntoWPlus(nn.Module):
    """The backbone's last features through linear layers to all rows of w+ at once.

    The paper's naive W+ encoder (section 4.1).
    """

    def __init__(
        self,
        num_layers: int | Sequence[Sequence[int]] = 50,  # 50, 100, 152, or the stages: see Stage
        mode: str = "ir_se",  # "ir", or "ir_se" with squeeze and excitation
        n_styles: int = 18,  # rows of w+: the generator's num_ws
        input_nc: int = 3,  # colours of the picture
        w_dim: int = 512,  # size of one w
    ) -> None:
        super().__init__()
        check_styles(n_styles)
        stages = resolve_stages(num_layers)
        self.n_styles = n_styles
        self.input_nc = input_nc
        self.w_dim = w_dim
        channels = stages[-1].depth
        self.input_layer = input_layer(input_nc, stages[0].in_channels)
        self.body = IRBody(stages, mode)
        self.output_layer_2 = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.AdaptiveAvgPool2d(POOLED_SIDE),
            nn.Flatten(),
            nn.Linear(channels * POOLED_SIDE**2, w_dim),
        )
        self.linear = FullyConnectedLayer(w_dim, w_dim * n_styles)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pictures [batch, input_nc, 256, 256], -1..1, to offsets [batch, n_styles, w_dim].

        InputError for another shape.
        """
        check_picture(x, self.input_nc)
        features = self.body(self.input_layer(x))[-1]  # [batch, channels, 16, 16]
        codes = self.linear(self.output_layer_2(features))  # [batch, n_styles * w_dim]
        return codes.unflatten(1, (self.n_styles, self.w_dim)).to(x.dtype)
