"""The synthesis network of StyleGAN2: latents w to pictures (arXiv 1912.04958).

It owns `num_ws`, the number of latents that one picture takes.
"""

from typing import Any

import torch
from torch import nn

from mbtiface.networks.shapes import check_resolution, check_shape
from mbtiface.networks.synthesis_block import SynthesisBlock


def channels_at(resolution: int, channel_base: int, channel_max: int) -> int:
    """Return the feature maps of a block: inversely proportional to its side, up to a limit."""
    return min(channel_base // resolution, channel_max)


def first_half_resolution(resolution_log2: int, num_fp16_res: int) -> int:
    """Return the side from which blocks run in float16; the 4x4 block never does."""
    return max(1 << max(resolution_log2 + 1 - num_fp16_res, 0), 8)


class SynthesisNetwork(nn.Module):
    """Blocks b4, b8, ... up to the picture's resolution, each fed with its own latents."""

    def __init__(
        self,
        w_dim: int,  # size of one latent
        img_resolution: int,  # side of the picture in pixels, a power of two
        img_channels: int,  # colours of the picture
        channel_base: int = 32768,  # feature maps times side, for wide blocks
        channel_max: int = 512,  # most feature maps of a block
        num_fp16_res: int = 0,  # this many widest blocks run in float16
        **block_kwargs: Any,  # arguments of SynthesisBlock and SynthesisLayer
    ) -> None:
        super().__init__()
        resolution_log2 = check_resolution(img_resolution)
        self.w_dim = w_dim
        self.img_resolution = img_resolution
        self.img_resolution_log2 = resolution_log2
        self.img_channels = img_channels
        self.block_resolutions = [2**i for i in range(2, resolution_log2 + 1)]
        half_from = first_half_resolution(resolution_log2, num_fp16_res)

        self.num_ws = 0
        in_channels = 0
        for resolution in self.block_resolutions:
            out_channels = channels_at(resolution, channel_base, channel_max)
            block = SynthesisBlock(
                in_channels,
                out_channels,
                w_dim=w_dim,
                resolution=resolution,
                img_channels=img_channels,
                is_last=resolution == img_resolution,
                use_fp16=resolution >= half_from,
                **block_kwargs,
            )
            self.add_module(f"b{resolution}", block)
            # A ToRGB layer shares its latent with the next block; only the last needs its own.
            self.num_ws += block.num_conv + (block.num_torgb if block.is_last else 0)
            in_channels = out_channels

    def forward(
        self,
        ws: torch.Tensor,  # [batch, num_ws, w_dim]
        noise_mode: str = "random",  # "random", "const" or "none"
        force_fp32: bool | None = None,  # None = float16 blocks stay float32 except on CUDA
        fused_modconv: bool | None = None,  # None = each block decides, see SynthesisBlock
    ) -> torch.Tensor:
        """Return float32 pictures [batch, img_channels, height, width], about -1..1.

        InputError for latents of another shape or an unknown noise_mode.
        """
        check_shape("ws", ws, [None, self.num_ws, self.w_dim])
        ws = ws.to(next(self.parameters()).dtype)  # float32 unless the network was converted
        x: torch.Tensor | None = None
        img: torch.Tensor | None = None
        start = 0
        for resolution in self.block_resolutions:
            block = self.get_submodule(f"b{resolution}")
            assert isinstance(block, SynthesisBlock)
            block_ws = ws.narrow(1, start, block.num_conv + block.num_torgb)
            x, img = block(x, img, block_ws, noise_mode, force_fp32, fused_modconv)
            start += block.num_conv
        assert img is not None
        return img  # [batch, img_channels, height, width]
