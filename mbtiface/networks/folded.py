"""Any synthesis network as one for rendering pictures of one size: same pictures, less work."""

import torch
from torch import nn

from mbtiface.networks.folded_mobile import FoldedMobile
from mbtiface.networks.mobile import MobileSynthesis


class ConstantNoise(nn.Module):
    """A synthesis network of StyleGAN or StyleGAN2 with its stored noise; shares its parameters."""

    def __init__(self, synthesis: nn.Module) -> None:
        super().__init__()
        self.synthesis = synthesis

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        """`[batch, num_ws, w_dim]` float -> pictures `[batch, 3, size, size]`, about -1..1."""
        return self.synthesis(ws, noise_mode="const")


def fold(synthesis: nn.Module, size: int) -> nn.Module:
    """w+ -> pictures of one size, without gradients for the network.

    Raises:
        InputError: a light network has no head for this size.
    """
    if isinstance(synthesis, MobileSynthesis):
        return FoldedMobile(synthesis, size)
    return ConstantNoise(synthesis)
