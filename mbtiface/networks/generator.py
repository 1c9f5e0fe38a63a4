"""The StyleGAN2 generator: mapping network and synthesis network."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from mbtiface.networks.mapping import MappingNetwork
from mbtiface.networks.synthesis import SynthesisNetwork


class Generator(nn.Module):
    """StyleGAN2 generator (arXiv 1912.04958), parameter names as in StyleGAN2-ADA's weights."""

    def __init__(
        self,
        z_dim: int,  # size of the input latent
        c_dim: int,  # size of the label; 0 = no labels
        w_dim: int,  # size of the intermediate latent
        img_resolution: int,  # side of the picture in pixels, a power of two
        img_channels: int,  # colours of the picture
        mapping_kwargs: Mapping[str, Any] | None = None,  # further arguments of MappingNetwork
        synthesis_kwargs: Mapping[str, Any] | None = None,  # ... of SynthesisNetwork
    ) -> None:
        super().__init__()
        self.z_dim = z_dim
        self.c_dim = c_dim
        self.w_dim = w_dim
        self.img_resolution = img_resolution
        self.img_channels = img_channels
        self.synthesis = SynthesisNetwork(
            w_dim, img_resolution, img_channels, **(synthesis_kwargs or {})
        )
        self.num_ws = self.synthesis.num_ws
        self.mapping = MappingNetwork(z_dim, c_dim, w_dim, self.num_ws, **(mapping_kwargs or {}))

    def forward(
        self,
        z: torch.Tensor,  # [batch, z_dim]
        c: torch.Tensor | None = None,  # [batch, c_dim]; ignored if c_dim is 0
        truncation_psi: float = 1.0,  # 1 = w as it is, 0 = the average w
        truncation_cutoff: int | None = None,  # truncate this many first layers; None = all
        **synthesis_kwargs: Any,  # noise_mode, force_fp32, fused_modconv of SynthesisNetwork
    ) -> torch.Tensor:
        """Return pictures, float32 [batch, img_channels, height, width], about -1..1.

        InputError for inputs of another shape.
        """
        ws = self.mapping(z, c, truncation_psi, truncation_cutoff)  # [batch, num_ws, w_dim]
        img: torch.Tensor = self.synthesis(ws, **synthesis_kwargs)
        return img
