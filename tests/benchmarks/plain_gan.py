"""StyleGAN2 as one would first write it: float32, each formula by itself. The baseline of speed.

The parameters are those of the real networks, so both give the same pictures and logits; only the
arithmetic differs. Kernels are scaled for each sample and convolved in groups, as most published
code does; filters run over zero-inserted maps; nothing is left out or joined.
"""

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from mbtiface.networks import Discriminator, Generator
from mbtiface.networks.discriminator_block import DiscriminatorBlock
from mbtiface.networks.layers import Conv2dLayer, FullyConnectedLayer
from mbtiface.networks.synthesis_block import SynthesisBlock, SynthesisLayer, ToRGBLayer

FIR = torch.outer(torch.tensor([1.0, 3.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 3.0, 1.0])) / 64
SLOPE, GAIN = 0.2, math.sqrt(2)


def blur(x: torch.Tensor, before: int, after: int, gain: float = 1.0) -> torch.Tensor:
    """Pad [batch, channels, height, width] with zeros, filter every channel with [1, 3, 3, 1]."""
    x = functional.pad(x, [before, after, before, after])
    kernel = (FIR.to(x) * gain)[None, None].repeat(x.shape[1], 1, 1, 1)
    return functional.conv2d(x, kernel, groups=x.shape[1])


def doubled(x: torch.Tensor) -> torch.Tensor:
    """Put a zero behind every pixel in both directions, then filter: twice the side."""
    batch, channels, height, width = x.shape
    x = x.reshape(batch, channels, height, 1, width, 1)
    x = functional.pad(x, [0, 1, 0, 0, 0, 1])
    x = x.reshape(batch, channels, height * 2, width * 2)
    return blur(x, 2, 1, gain=4)


def activated(x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Add a bias to each channel, then leaky ReLU with the gain that keeps unit variance."""
    return functional.leaky_relu(x + bias.reshape(1, -1, 1, 1), SLOPE) * GAIN


def dense(layer: FullyConnectedLayer, x: torch.Tensor) -> torch.Tensor:
    """A fully connected layer: [batch, in_features] -> [batch, out_features]."""
    y = x @ (layer.weight * layer.weight_gain).t() + layer.bias * layer.bias_gain
    return functional.leaky_relu(y, SLOPE) * GAIN if layer.activation == "lrelu" else y


def modulated(
    x: torch.Tensor,  # [batch, in_channels, height, width]
    weight: torch.Tensor,  # [out_channels, in_channels, k, k]
    styles: torch.Tensor,  # [batch, in_channels]
    demodulate: bool,
    up: bool = False,
) -> torch.Tensor:
    """Convolve each sample with kernels of its own (arXiv 1912.04958, equations 1 and 3)."""
    batch, in_channels, height, width = x.shape
    out_channels, _, k, _ = weight.shape
    kernels = weight[None] * styles[:, None, :, None, None]  # [batch, out, in, k, k]
    if demodulate:
        norm = (kernels.square().sum(dim=[2, 3, 4], keepdim=True) + 1e-8).sqrt()
        kernels = kernels / norm
    x = x.reshape(1, batch * in_channels, height, width)
    if up:
        kernels = kernels.transpose(1, 2).reshape(batch * in_channels, out_channels, k, k)
        x = functional.conv_transpose2d(x, kernels, stride=2, groups=batch)
        x = x.reshape(batch, out_channels, 2 * height + 1, 2 * width + 1)
        return blur(x, 1, 1, gain=4)
    kernels = kernels.reshape(batch * out_channels, in_channels, k, k)
    x = functional.conv2d(x, kernels, padding=k // 2, groups=batch)
    return x.reshape(batch, out_channels, height, width)


class PlainSynthesis(nn.Module):
    """`Generator.synthesis`, plainly."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.network = generator.synthesis

    def forward(self, ws: torch.Tensor, noise_mode: str = "random") -> torch.Tensor:
        """Latents [batch, num_ws, w_dim] to pictures [batch, 3, side, side]."""
        x: torch.Tensor | None = None
        picture: torch.Tensor | None = None
        layer = 0
        for side in self.network.block_resolutions:
            block: Any = getattr(self.network, f"b{side}")
            assert isinstance(block, SynthesisBlock)
            if x is None:
                x = block.const[None].repeat(len(ws), 1, 1, 1)
            else:
                x = self._layer(block.conv0, x, ws[:, layer], noise_mode, up=True)
                layer += 1
            x = self._layer(block.conv1, x, ws[:, layer], noise_mode)
            layer += 1
            colours = self._colours(block.torgb, x, ws[:, layer])
            picture = colours if picture is None else doubled(picture) + colours
        assert picture is not None
        return picture

    @staticmethod
    def _layer(
        layer: SynthesisLayer, x: torch.Tensor, w: torch.Tensor, noise_mode: str, up: bool = False
    ) -> torch.Tensor:
        x = modulated(x, layer.weight, dense(layer.affine, w), demodulate=True, up=up)
        noise = layer.noise_const
        if noise_mode == "random":
            noise = torch.randn(len(x), 1, layer.resolution, layer.resolution, device=x.device)
        return activated(x + noise * layer.noise_strength, layer.bias)

    @staticmethod
    def _colours(layer: ToRGBLayer, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        styles = dense(layer.affine, w) * layer.weight_gain
        x = modulated(x, layer.weight, styles, demodulate=False)
        return x + layer.bias.reshape(1, -1, 1, 1)


class PlainGenerator(nn.Module):
    """A `Generator` with the architecture "skip", plainly."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.img_resolution = generator.img_resolution
        self.num_ws, self.z_dim = generator.num_ws, generator.z_dim
        self.mapping = generator.mapping
        self.synthesis = PlainSynthesis(generator)


class PlainDiscriminator(nn.Module):
    """A `Discriminator` with the architecture "resnet" and without labels, plainly."""

    def __init__(self, discriminator: Discriminator) -> None:
        super().__init__()
        self.network = discriminator

    def forward(self, picture: torch.Tensor, c: torch.Tensor | None = None) -> torch.Tensor:
        """Pictures [batch, 3, side, side] to logits [batch, 1]."""
        x = picture
        for side in self.network.block_resolutions:
            block: Any = getattr(self.network, f"b{side}")
            assert isinstance(block, DiscriminatorBlock)
            if not block.in_channels:
                x = self._convolved(block.fromrgb, x)
            # The filter acts on all pixels, then every second one is kept.
            small = blur(x, 1, 1)[:, :, ::2, ::2]
            shortcut = functional.conv2d(small, block.skip.weight * block.skip.weight_gain)
            x = self._convolved(block.conv0, x)
            weight = block.conv1.weight * block.conv1.weight_gain
            x = functional.conv2d(blur(x, 2, 2), weight, stride=2)
            x = (shortcut + activated(x, block.conv1.bias)) * math.sqrt(0.5)
        return self._judged(x)

    @staticmethod
    def _convolved(layer: Conv2dLayer, x: torch.Tensor) -> torch.Tensor:
        x = functional.conv2d(x, layer.weight * layer.weight_gain, padding=layer.padding)
        return activated(x, layer.bias)

    def _judged(self, x: torch.Tensor) -> torch.Tensor:
        last = self.network.b4
        batch, _, height, width = x.shape
        group = min(last.mbstd.group_size or batch, batch)
        y = x.reshape(group, batch // group, *x.shape[1:])
        y = ((y - y.mean(dim=0)).square().mean(dim=0) + 1e-8).sqrt()
        y = y.mean(dim=[1, 2, 3]).repeat(group).reshape(batch, 1, 1, 1)
        x = torch.cat([x, y.expand(batch, 1, height, width)], dim=1)
        x = self._convolved(last.conv, x)
        return dense(last.out, dense(last.fc, x.flatten(1)))
