"""EfficientNet-Lite0's early features (arXiv 1905.11946, the Lite variant), and a distance on them.

Parameter names are those of the published weights, so that a part of them loads strictly. In shape
notes C is the number of channels of a stage.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError

STEM_CHANNELS = 32
STAGES = (
    # blocks, kernel size, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
)
"""Stages up to a sixteenth of the picture's size; the later ones see classes, not looks."""
BN_EPS = 1e-3
UNIT_EPS = 1e-8
"""Keeps the gradient finite where all channels of a place are near 0."""


class SameConv(nn.Conv2d):
    """Convolution without bias whose output has ceil(size / stride) pixels a side."""

    def __init__(
        self,
        in_channels: int,  # Channels that come in.
        out_channels: int,  # Channels that go out.
        kernel_size: int = 1,  # Odd.
        stride: int = 1,  # 1 or 2.
        groups: int = 1,  # in_channels = depth-wise.
    ) -> None:
        # With stride 2 the weights expect the odd pixel of padding to the right and below.
        padding = kernel_size // 2 if stride == 1 else 0
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]` -> `[batch, out_channels, h', w']`."""
        if self.stride[0] > 1:
            vertical, horizontal = (
                max((-(-size // self.stride[0]) - 1) * self.stride[0] + kernel - size, 0)
                for size, kernel in zip(x.shape[2:], self.kernel_size, strict=True)
            )
            x = functional.pad(
                x,
                [
                    horizontal // 2,
                    horizontal - horizontal // 2,
                    vertical // 2,
                    vertical - vertical // 2,
                ],
            )
        return super().forward(x)


class InvertedBottleneck(nn.Module):
    """Expand, depth-wise convolution, project; the input is added where shapes allow."""

    def __init__(
        self,
        in_channels: int,  # Channels that come in.
        out_channels: int,  # Channels that go out.
        kernel_size: int,  # Of the depth-wise convolution.
        stride: int,  # Of the depth-wise convolution.
        expansion: int,  # Width of the middle in units of in_channels; 1 = no expansion layer.
    ) -> None:
        super().__init__()
        middle = in_channels * expansion
        self.expands = expansion > 1
        self.adds_input = stride == 1 and in_channels == out_channels
        if self.expands:
            self._expand_conv = SameConv(in_channels, middle)
            self._bn0 = nn.BatchNorm2d(middle, eps=BN_EPS)
        self._depthwise_conv = SameConv(middle, middle, kernel_size, stride, groups=middle)
        self._bn1 = nn.BatchNorm2d(middle, eps=BN_EPS)
        self._project_conv = SameConv(middle, out_channels)
        self._bn2 = nn.BatchNorm2d(out_channels, eps=BN_EPS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]` -> `[batch, out_channels, h / stride, w / stride]`."""
        y = x
        if self.expands:
            y = functional.relu6(self._bn0(self._expand_conv(y)))
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds_input else y


class PerceptualFeatures(nn.Module):
    """A picture's features after each early stage; always in evaluation mode, never trained."""

    def __init__(
        self,
        stages: int = len(STAGES),  # Stages to build: the first gives half the picture's size.
    ) -> None:
        super().__init__()
        if not 1 <= stages <= len(STAGES):
            raise InputError(f"{stages} stages cannot be built. Use 1 to {len(STAGES)}.")
        self._conv_stem = SameConv(3, STEM_CHANNELS, 3, 2)
        self._bn0 = nn.BatchNorm2d(STEM_CHANNELS, eps=BN_EPS)
        self._blocks = nn.ModuleList()
        self.last_blocks: list[int] = []
        before = STEM_CHANNELS
        for blocks, kernel_size, first_stride, expansion, channels in STAGES[:stages]:
            for index in range(blocks):
                stride = first_stride if index == 0 else 1
                self._blocks.append(
                    InvertedBottleneck(before, channels, kernel_size, stride, expansion)
                )
                before = channels
            self.last_blocks.append(len(self._blocks) - 1)
        self.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> "PerceptualFeatures":
        """Stay in evaluation mode whatever is asked: the statistics are part of the weights."""
        return super().train(False)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Look at pictures.

        Args:
            x: `[batch, 3, height, width]`, RGB, -1..1; 32 px or more.

        Returns:
            One `[batch, C, height / stride, width / stride]` a stage: strides 2, 4, 8, 16, 16 and
            C = 16, 24, 40, 80, 112.
        """
        if x.ndim != 4 or x.shape[1] != 3:
            raise InputError(f"Pictures are {list(x.shape)}, but must be [batch, 3, h, w].")
        x = functional.relu6(self._bn0(self._conv_stem(x)))  # [batch, 32, h / 2, w / 2]
        features = []
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index in self.last_blocks:
                features.append(x)
        return features


def feature_distance(a: Sequence[torch.Tensor], b: Sequence[torch.Tensor]) -> torch.Tensor:
    """Distance of two pictures' features, stage by stage: `[batch]`, 0 for equal ones.

    Zhang et al. 2018 (arXiv 1801.03924), equation 1, with all channels weighted alike: channels are
    scaled to unit length at each place, squared differences averaged over places and added up.
    """
    total = torch.zeros(a[0].shape[0], device=a[0].device)
    for one, other in zip(a, b, strict=True):
        difference = unit_length(one.float()) - unit_length(other.float())  # [batch, C, h, w]
        total = total + difference.square().sum(1).mean((1, 2))
    return total


def perceptual_distance(
    a: torch.Tensor, b: torch.Tensor, features: PerceptualFeatures
) -> torch.Tensor:
    """How different pictures `[batch, 3, height, width]`, -1..1, look: `[batch]`."""
    return feature_distance(features(a), features(b))


def unit_length(x: torch.Tensor) -> torch.Tensor:
    """Features `[batch, C, h, w]` scaled to unit length over channels at each place."""
    return x * (x.square().sum(1, keepdim=True) + UNIT_EPS).rsqrt()
