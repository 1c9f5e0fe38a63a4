"""StyleGAN2 for rendering alone: with its stored noise, and in two stages where it is large."""

from typing import cast

import torch
from torch import nn

from mbtiface.networks.synthesis import SynthesisNetwork
from mbtiface.networks.synthesis_block import SynthesisBlock

Stage = tuple[torch.Tensor | None, torch.Tensor | None]
"""Features and the picture so far; None before the first block."""


class ConstantNoise(nn.Module):
    """A synthesis network of StyleGAN or StyleGAN2 with its stored noise; shares its parameters."""

    def __init__(self, synthesis: nn.Module) -> None:
        super().__init__()
        self.synthesis = synthesis

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        """`[batch, num_ws, w_dim]` float -> pictures `[batch, 3, size, size]`, about -1..1."""
        return self.synthesis(ws, noise_mode="const")


class StagedStyleGan2(ConstantNoise):
    """The same of a StyleGAN2 whose layers each add to the picture ("skip"), in two stages."""

    def __init__(self, synthesis: SynthesisNetwork) -> None:
        super().__init__(synthesis)
        self.sides = synthesis.block_resolutions
        self.colours = synthesis.img_channels

    def coarse(self, ws: torch.Tensor, blocks: int) -> torch.Tensor:
        """Features after the first `blocks` blocks beyond 4 px, the picture so far as channels."""
        x, img = self._through((None, None), ws, 0, blocks + 1)
        return torch.cat([each for each in (x, img) if each is not None], dim=1)

    def fine(self, x: torch.Tensor, ws: torch.Tensor, blocks: int) -> torch.Tensor:
        """Pictures of what `coarse` gave for as many blocks."""
        parts = x.split([x.shape[1] - self.colours, self.colours], dim=1)
        img = self._through((parts[0], parts[1]), ws, blocks + 1, len(self.sides))[1]
        assert img is not None
        return img

    def _through(self, stage: Stage, ws: torch.Tensor, first: int, end: int) -> Stage:
        x, img = stage
        start = 0
        for number, side in enumerate(self.sides[:end]):
            block = block_at(cast(SynthesisNetwork, self.synthesis), side)
            if number >= first:
                latents = ws.narrow(1, start, block.num_conv + block.num_torgb)
                x, img = block(x, img, latents, noise_mode="const")
            start += block.num_conv
        return x, img


def block_at(synthesis: SynthesisNetwork, side: int) -> SynthesisBlock:
    """The block that makes features of a side in pixels."""
    return cast(SynthesisBlock, synthesis.get_submodule(f"b{side}"))
