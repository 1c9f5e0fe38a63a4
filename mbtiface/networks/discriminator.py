"""The StyleGAN2 discriminator: pictures to logits (arXiv 1912.04958, figure 7)."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.discriminator_block import DiscriminatorBlock
from mbtiface.networks.layers import Conv2dLayer, FullyConnectedLayer
from mbtiface.networks.mapping import MappingNetwork
from mbtiface.networks.shapes import check_choice, check_resolution, check_shape
from mbtiface.networks.synthesis import channels_at, first_half_resolution
from mbtiface.networks.synthesis_block import ARCHITECTURES


class MinibatchStdLayer(nn.Module):
    """Appends the mean deviation within groups of samples (arXiv 1710.10196, section 3)."""

    def __init__(
        self,
        group_size: int | None,  # samples per group; None = the whole batch
        num_channels: int = 1,  # feature maps to append, each over its share of the channels
    ) -> None:
        super().__init__()
        self.group_size = group_size
        self.num_channels = num_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map [batch, channels, h, w] to [batch, channels + num_channels, h, w].

        InputError if the batch does not divide into groups.
        """
        batch, channels, height, width = x.shape
        group = batch if self.group_size is None else min(self.group_size, batch)
        if batch % group:
            raise InputError(
                f"a batch of {batch} does not divide into stddev groups of {group};"
                " use another batch or mbstd_group_size"
            )
        features = self.num_channels
        # Sample i is in a group with i + groups, i + 2 * groups, ...
        y = x.reshape(group, batch // group, features, channels // features, height, width)
        y = (y.var(dim=0, unbiased=False) + 1e-8).sqrt()  # [groups, features, share, h, w]
        y = y.mean(dim=[2, 3, 4])  # [groups, features]
        y = y.repeat(group, 1)[:, :, None, None]  # [batch, features, 1, 1]
        return torch.cat([x, y.expand(batch, features, height, width)], dim=1)


class DiscriminatorEpilogue(nn.Module):
    """The last block: minibatch stddev, convolution and two fully connected layers."""

    def __init__(
        self,
        in_channels: int,
        cmap_dim: int,  # size of the mapped label; 0 = no labels
        resolution: int,  # side of the input in pixels
        img_channels: int,  # colours of the picture
        architecture: str = "resnet",  # "orig", "skip" or "resnet" (figure 7)
        mbstd_group_size: int | None = 4,  # samples per stddev group; None = the whole batch
        mbstd_num_channels: int = 1,  # stddev feature maps; 0 = none
        activation: str = "lrelu",  # a key of ACTIVATIONS
        conv_clamp: float | None = None,  # limit of the convolution's output; None = none
    ) -> None:
        super().__init__()
        check_choice("architecture", architecture, ARCHITECTURES)
        self.in_channels = in_channels
        self.cmap_dim = cmap_dim
        self.resolution = resolution
        self.architecture = architecture
        if architecture == "skip":
            self.fromrgb = Conv2dLayer(img_channels, in_channels, 1, activation=activation)
        self.mbstd = (
            MinibatchStdLayer(mbstd_group_size, mbstd_num_channels) if mbstd_num_channels else None
        )
        self.conv = Conv2dLayer(
            in_channels + mbstd_num_channels,
            in_channels,
            kernel_size=3,
            activation=activation,
            conv_clamp=conv_clamp,
        )
        flat_features = in_channels * resolution**2
        self.fc = FullyConnectedLayer(flat_features, in_channels, activation=activation)
        self.out = FullyConnectedLayer(in_channels, 1 if cmap_dim == 0 else cmap_dim)

    def forward(
        self,
        x: torch.Tensor,  # [batch, in_channels, resolution, resolution]
        img: torch.Tensor | None,  # picture of that size, for "skip" only
        cmap: torch.Tensor | None,  # [batch, cmap_dim]; None = no labels
    ) -> torch.Tensor:
        """Return logits, float32 [batch, 1]."""
        check_shape("x", x, [None, self.in_channels, self.resolution, self.resolution])
        full = self.conv.weight.dtype  # float32 unless the network was converted
        x = x.to(dtype=full, memory_format=torch.contiguous_format)
        if self.architecture == "skip":
            assert img is not None
            x = x + self.fromrgb(img.to(dtype=full))
        if self.mbstd is not None:
            x = self.mbstd(x)  # [batch, in_channels + mbstd_num_channels, h, w]
        x = self.conv(x)  # [batch, in_channels, h, w]
        x = self.fc(x.flatten(1))  # [batch, in_channels]
        x = self.out(x)  # [batch, 1 or cmap_dim]
        if self.cmap_dim == 0:
            return x
        # Projection of the picture's features onto the label's (arXiv 1802.05637).
        assert cmap is not None
        check_shape("cmap", cmap, [x.shape[0], self.cmap_dim])
        return (x * cmap).sum(dim=1, keepdim=True) / math.sqrt(self.cmap_dim)  # [batch, 1]


class Discriminator(nn.Module):
    """StyleGAN2 discriminator, parameter names as in StyleGAN2-ADA's weights."""

    def __init__(
        self,
        c_dim: int,  # size of the label; 0 = no labels
        img_resolution: int,  # side of the picture in pixels, a power of two, at least 8
        img_channels: int,  # colours of the picture
        architecture: str = "resnet",  # "orig", "skip" or "resnet" (figure 7)
        channel_base: int = 32768,  # feature maps times side, for wide blocks
        channel_max: int = 512,  # most feature maps of a block
        num_fp16_res: int = 0,  # this many widest blocks run in float16
        conv_clamp: float | None = None,  # limit of each convolution's output; None = none
        cmap_dim: int | None = None,  # size of the mapped label; None = the last block's channels
        block_kwargs: Mapping[str, Any] | None = None,  # further arguments of DiscriminatorBlock
        mapping_kwargs: Mapping[str, Any] | None = None,  # ... of MappingNetwork
        epilogue_kwargs: Mapping[str, Any] | None = None,  # ... of DiscriminatorEpilogue
    ) -> None:
        super().__init__()
        resolution_log2 = check_resolution(img_resolution)
        if img_resolution < 8:
            raise InputError(f"img_resolution must be at least 8, but is {img_resolution}")
        self.c_dim = c_dim
        self.img_resolution = img_resolution
        self.img_resolution_log2 = resolution_log2
        self.img_channels = img_channels
        self.block_resolutions = [2**i for i in range(resolution_log2, 2, -1)]
        half_from = first_half_resolution(resolution_log2, num_fp16_res)
        shared: dict[str, Any] = {"architecture": architecture, "conv_clamp": conv_clamp}

        # Blocks, from the picture down; layers are numbered through, for freezing.
        layer_idx = 0
        in_channels = 0
        for resolution in self.block_resolutions:
            out_channels = channels_at(resolution // 2, channel_base, channel_max)
            block = DiscriminatorBlock(
                in_channels,
                channels_at(resolution, channel_base, channel_max),
                out_channels,
                resolution=resolution,
                img_channels=img_channels,
                first_layer_idx=layer_idx,
                use_fp16=resolution >= half_from,
                **shared,
                **(block_kwargs or {}),
            )
            self.add_module(f"b{resolution}", block)
            layer_idx += block.num_layers
            in_channels = out_channels

        # Labels.
        last_channels = channels_at(4, channel_base, channel_max)
        cmap_dim = last_channels if cmap_dim is None else cmap_dim
        cmap_dim = cmap_dim if c_dim > 0 else 0
        if c_dim > 0:
            self.mapping = MappingNetwork(
                z_dim=0,
                c_dim=c_dim,
                w_dim=cmap_dim,
                num_ws=None,
                w_avg_beta=None,
                **(mapping_kwargs or {}),
            )

        # Last block.
        self.b4 = DiscriminatorEpilogue(
            last_channels,
            cmap_dim=cmap_dim,
            resolution=4,
            img_channels=img_channels,
            **shared,
            **(epilogue_kwargs or {}),
        )

    def forward(
        self,
        img: torch.Tensor,  # [batch, img_channels, img_resolution, img_resolution], -1..1
        c: torch.Tensor | None = None,  # [batch, c_dim]; ignored if c_dim is 0
        force_fp32: bool | None = None,  # None = float16 blocks stay float32 except on CUDA
    ) -> torch.Tensor:
        """Return logits, float32 [batch, 1], high for real; InputError for another shape."""
        side = self.img_resolution
        check_shape("img", img, [None, self.img_channels, side, side])
        x: torch.Tensor | None = None
        picture: torch.Tensor | None = img
        for resolution in self.block_resolutions:
            x, picture = self.get_submodule(f"b{resolution}")(x, picture, force_fp32)
        cmap = self.mapping(None, c) if self.c_dim > 0 else None  # [batch, cmap_dim]
        logits: torch.Tensor = self.b4(x, picture, cmap)
        return logits
