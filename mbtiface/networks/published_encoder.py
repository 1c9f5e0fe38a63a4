"""A published encoder with the average that its codes are counted from: photo -> w+."""

from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.progressive_encoder import ProgressiveEncoder
from mbtiface.networks.psp_encoders import (
    INPUT_SIZE,
    BackboneEncoderIntoW,
    BackboneEncoderIntoWPlus,
    GradualStyleEncoder,
)

KINDS: dict[str, type[nn.Module]] = {
    each.__name__: each
    for each in (
        GradualStyleEncoder,
        BackboneEncoderIntoW,
        BackboneEncoderIntoWPlus,
        ProgressiveEncoder,
    )
}


class PublishedEncoder(nn.Module):
    """An encoder of pSp or e4e; its codes plus the average are w+ (pSp, equation 1)."""

    def __init__(
        self,
        kind: str,  # a key of KINDS
        num_ws: int = 18,  # rows of w+
        w_dim: int = 512,  # size of one w
        **arguments: Any,  # further arguments of the encoder
    ) -> None:
        super().__init__()
        if kind not in KINDS:
            raise InputError(f"kind must be one of {', '.join(KINDS)}, but is {kind!r}")
        if kind != "BackboneEncoderIntoW":
            arguments["n_styles"] = num_ws
        self.num_ws = num_ws
        self.w_dim = w_dim
        self.img_resolution = INPUT_SIZE
        self.encoder = KINDS[kind](w_dim=w_dim, **arguments)
        # Zeros where the codes are w themselves.
        self.register_buffer("latent_avg", torch.zeros(num_ws, w_dim))
        self.latent_avg: torch.Tensor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pictures [batch, 3, 256, 256], -1..1, to w+ [batch, num_ws, w_dim]."""
        codes = self.encoder(x)
        if codes.ndim == 2:
            codes = codes[:, None]  # [batch, 1, w_dim]
        return codes + self.latent_avg  # [batch, num_ws, w_dim]
