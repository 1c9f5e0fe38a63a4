"""MobileStyleGAN (arXiv 2104.04767): a light generator distilled from StyleGAN2 in its W space.

In shape notes block k works at `8 << k` pixels; C is the number of channels that enter a layer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.mapping import MappingNetwork
from mbtiface.networks.small_head import SmallHead
from mbtiface.networks.wavelet import PICTURE_COEFFICIENTS, inverse_haar

CHANNELS = (512, 512, 512, 512, 256, 128, 64)
"""Channels after each block of the published 1024-px network."""
FIRST_CHANNELS = 512


class Affine(nn.Module):
    """w -> one factor for each channel of a layer's input."""

    def __init__(
        self,
        w_dim: int,  # Size of one w.
        channels: int,  # Channels of the layer's input.
        fan_in: int = 1,  # Inputs that one output of the layer sums over; scales the factors.
    ) -> None:
        super().__init__()
        self.gain = fan_in**-0.5
        self.weight = nn.Parameter(torch.randn(channels, w_dim) * w_dim**-0.5)
        self.bias = nn.Parameter(torch.ones(channels))

    def forward(self, w: torch.Tensor) -> torch.Tensor:
        """`[batch, w_dim]` -> factors `[batch, channels, 1, 1]`."""
        style = functional.linear(w, self.weight, self.bias) * self.gain  # [batch, C]
        return style[:, :, None, None]  # [batch, C, 1, 1]


class StyledLayer(nn.Module):
    """Style on the input, convolution, constant noise, bias, leaky ReLU.

    The paper's demodulation does not depend on w: it is part of the stored convolution weights.
    """

    def __init__(
        self,
        w_dim: int,  # Size of one w.
        in_channels: int,  # Channels that come in.
        out_channels: int,  # Channels that go out.
        resolution: int,  # Height and width.
        depthwise: bool = True,  # Depth-wise 3x3 then point-wise 1x1; False = one full 3x3.
    ) -> None:
        super().__init__()
        self.affine = Affine(w_dim, in_channels, fan_in=in_channels * 9)
        kernel = 1 if depthwise else 3
        # Unit variance out for unit variance in, once the affine's gain is counted.
        scale = 9**0.5 if depthwise else 1.0
        self.weight_dw = nn.Parameter(torch.randn(in_channels, 1, 3, 3) / 3) if depthwise else None
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel, kernel) * scale)
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("noise_const", torch.zeros(resolution, resolution))
        self.noise_const: torch.Tensor

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]`, `[batch, w_dim]` -> `[batch, out_channels, h, w]`."""
        x = x * self.affine(w)
        if self.weight_dw is not None:
            x = functional.conv2d(x, self.weight_dw, padding=1, groups=x.shape[1])
        x = functional.conv2d(x, self.weight, self.bias, padding=self.weight.shape[-1] // 2)
        # A factor of 1 that no converter can know to be constant: else OpenVINO adds noise and bias
        # up into one map of every channel, nine times the memory at 1024 px, and slower.
        one = (w[:, :1] * 0 + 1)[:, :, None, None]  # [batch, 1, 1, 1]
        # In the format of the features: else autocast would leave all that follows in float32.
        x = x + (self.noise_const * one).to(x.dtype)
        # In place: a gradient through the network would otherwise keep both.
        return functional.leaky_relu(x, 0.2, inplace=True)


class MobileBlock(nn.Module):
    """Wavelet up-sampling, then two styled layers."""

    def __init__(
        self,
        w_dim: int,  # Size of one w.
        in_channels: int,  # Channels that come in; up-sampling leaves a quarter.
        out_channels: int,  # Channels that go out.
        resolution: int,  # Height and width after up-sampling.
    ) -> None:
        super().__init__()
        self.up = Affine(w_dim, in_channels)
        self.conv0 = StyledLayer(w_dim, in_channels // 4, out_channels, resolution)
        self.conv1 = StyledLayer(w_dim, out_channels, out_channels, resolution)

    def forward(self, x: torch.Tensor, w0: torch.Tensor, w1: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]`, two `[batch, w_dim]` -> `[batch, out_channels, 2h, 2w]`."""
        x = inverse_haar(x * self.up(w0))  # [batch, C / 4, resolution, resolution]
        x = self.conv0(x, w0)
        return self.conv1(x, w1)


class PictureHead(nn.Module):
    """The distilled head: style, 1x1 convolution to wavelet coefficients, inverse Haar."""

    def __init__(
        self,
        w_dim: int,  # Size of one w.
        in_channels: int,  # Channels of the features; the picture is twice their size.
    ) -> None:
        super().__init__()
        self.affine = Affine(w_dim, in_channels, fan_in=in_channels)
        self.weight = nn.Parameter(torch.randn(PICTURE_COEFFICIENTS, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(PICTURE_COEFFICIENTS))

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]`, `[batch, w_dim]` -> pictures `[batch, 3, 2h, 2w]`."""
        coefficients = functional.conv2d(x * self.affine(w), self.weight, self.bias)
        return inverse_haar(coefficients)  # [batch, 3, 2 * resolution, 2 * resolution]


class MobileSynthesis(nn.Module):
    """w+ -> picture, stopping at the block that the wanted size needs."""

    def __init__(
        self,
        w_dim: int,  # Size of one w.
        img_resolution: int,  # Full picture size in pixels.
        channels: Sequence[int],  # Channels after each block, lowest resolution first.
        num_ws: int | None = None,  # Rows of w+; None = those of a StyleGAN2 of the same size.
        head_sizes: Sequence[int] = (),  # Smaller picture sizes that have a head of their own.
    ) -> None:
        super().__init__()
        if img_resolution != 8 << len(channels):
            raise InputError(
                f"{len(channels)} blocks make pictures of {8 << len(channels)} px, "
                f"not of {img_resolution} px. Give one channel number a block."
            )
        for size in head_sizes:
            if size not in (16 << k for k in range(len(channels) - 1)):
                raise InputError(f"Head size {size} is none of the sizes below {img_resolution}.")
        self.w_dim = w_dim
        self.img_resolution = img_resolution
        # StyleGAN2's layout: two rows a resolution, 4 px to full size. Here the last two are idle.
        self.num_ws = num_ws or 2 * (img_resolution.bit_length() - 2)
        self.sizes = (*sorted(head_sizes), img_resolution)
        first = min(channels[0], FIRST_CHANNELS)
        self.const = nn.Parameter(torch.randn(first, 4, 4))
        self.conv1 = StyledLayer(w_dim, first, first, 4, depthwise=False)
        widths = [first, *channels]
        self.blocks = nn.ModuleList(
            MobileBlock(w_dim, widths[k], widths[k + 1], 8 << k) for k in range(len(channels))
        )
        self.head = PictureHead(w_dim, channels[-1])
        self.small_heads = nn.ModuleDict(
            {str(size): SmallHead(w_dim, channels[block_of(size)]) for size in head_sizes}
        )

    def forward(self, ws: torch.Tensor, size: int | None = None) -> torch.Tensor:
        """Render pictures.

        Args:
            ws: `[batch, num_ws, w_dim]` float.
            size: picture size in pixels, one of `sizes`; None = full.

        Returns:
            `[batch, 3, size, size]`, about -1..1.
        """
        size = size or self.img_resolution
        if size not in self.sizes:
            raise InputError(f"Size {size} has no head in this network. Use one of {self.sizes}.")
        if ws.ndim != 3 or ws.shape[1:] != (self.num_ws, self.w_dim):
            raise InputError(
                f"Latents are {list(ws.shape)}, but must be [batch, {self.num_ws}, {self.w_dim}]."
            )
        last = block_of(size)
        x = self.features(ws, last)
        head_w = ws[:, 2 * last + 3]
        if size == self.img_resolution:
            return self.head(x, head_w)
        return self.small_heads[str(size)](x, head_w)

    def features(self, ws: torch.Tensor, last: int) -> torch.Tensor:
        """Features after block `last`: `[batch, channels[last], 8 << last, 8 << last]`."""
        x = self.const.expand(ws.shape[0], -1, -1, -1)  # [batch, C, 4, 4]
        x = self.conv1(x, ws[:, 0])
        for k in range(last + 1):
            x = self.blocks[k](x, ws[:, 2 * k + 1], ws[:, 2 * k + 2])  # [batch, C, 8 << k, 8 << k]
        return x


class MobileGenerator(nn.Module):
    """MobileStyleGAN with StyleGAN2's mapping network and layout of w+."""

    def __init__(
        self,
        z_dim: int = 512,  # Size of the input latent.
        w_dim: int = 512,  # Size of one w.
        img_resolution: int = 1024,  # Full picture size in pixels.
        channels: Sequence[int] = CHANNELS,  # Channels after each block, lowest resolution first.
        num_layers: int = 8,  # Layers of the mapping network.
        head_sizes: Sequence[int] = (),  # Smaller picture sizes that have a head of their own.
        c_dim: int = 0,  # Size of the label; 0 = no labels.
        mapping_kwargs: Mapping[str, Any] | None = None,  # Further arguments of MappingNetwork.
    ) -> None:
        super().__init__()
        self.z_dim = z_dim
        self.c_dim = c_dim
        self.w_dim = w_dim
        self.img_resolution = img_resolution
        self.synthesis = MobileSynthesis(w_dim, img_resolution, channels, head_sizes=head_sizes)
        self.num_ws = self.synthesis.num_ws
        self.mapping_kwargs = dict(mapping_kwargs or {})
        self.mapping = MappingNetwork(
            z_dim=z_dim,
            c_dim=c_dim,
            w_dim=w_dim,
            num_ws=self.num_ws,
            num_layers=num_layers,
            **self.mapping_kwargs,
        )

    def forward(
        self,
        z: torch.Tensor,
        truncation_psi: float = 1.0,
        size: int | None = None,
        c: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Sample pictures, about -1..1.

        `z [batch, z_dim]`, labels `c [batch, c_dim]` if there are any -> `[batch, 3, size, size]`.
        """
        return self.synthesis(self.mapping(z, c, truncation_psi=truncation_psi), size)


def block_of(size: int) -> int:
    """The block whose features a picture of this size is made from."""
    return size.bit_length() - 5
