"""Any synthesis network as one for rendering pictures of one size: same pictures, less work."""

from typing import Protocol, cast

import torch
from torch import nn

from mbtiface.networks.folded_mobile import FoldedMobile
from mbtiface.networks.folded_stylegan2 import ConstantNoise, StagedStyleGan2, block_at
from mbtiface.networks.mobile import MobileBlock, MobileSynthesis, block_of
from mbtiface.networks.synthesis import SynthesisNetwork


class Staged(Protocol):
    """A network whose first blocks may be computed apart."""

    def coarse(self, ws: torch.Tensor, blocks: int) -> torch.Tensor:
        """Features after the first `blocks` blocks, the same for every size that has more."""
        ...

    def fine(self, x: torch.Tensor, ws: torch.Tensor, blocks: int) -> torch.Tensor:
        """Pictures of what `coarse` gave for as many blocks."""
        ...


def fold(synthesis: nn.Module, size: int) -> nn.Module:
    """w+ -> pictures of one size, without gradients for the network.

    Raises:
        InputError: a light network has no head for this size.
    """
    if isinstance(synthesis, MobileSynthesis):
        return FoldedMobile(synthesis, size)
    if isinstance(synthesis, SynthesisNetwork):
        return StagedStyleGan2(synthesis)
    return ConstantNoise(synthesis)


def stage_shape(synthesis: nn.Module, blocks: int) -> tuple[int, int, int] | None:
    """Channels, height and width of what lies between both stages of a folded network.

    None: it has none, or its smallest picture is made of no more than the first `blocks` blocks.
    """
    side = 4 << blocks
    if isinstance(synthesis, MobileSynthesis):
        if block_of(synthesis.sizes[0]) < blocks:
            return None
        last = cast(MobileBlock, synthesis.blocks[blocks - 1]).conv1
        return len(last.bias), side, side
    if not isinstance(synthesis, SynthesisNetwork) or synthesis.img_resolution <= side:
        return None
    block = block_at(synthesis, side)
    if block.architecture != "skip":
        return None
    return len(block.conv1.bias) + synthesis.img_channels, side, side
