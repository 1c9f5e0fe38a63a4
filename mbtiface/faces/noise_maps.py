"""A generator's noise maps made trainable for one projection, and what keeps them noise."""

import copy

import torch
from torch import nn
from torch.nn import functional

SMALLEST_PX = 8
"""Side of the coarsest map that is tested for correlation."""


def with_noise_maps(synthesis: nn.Module, batch: int) -> tuple[nn.Module, list[torch.Tensor]]:
    """A copy of a StyleGAN2 synthesis network whose noise maps are trainable, one set a picture.

    Returns:
        The copy, and its maps `[batch, 1, side, side]` that require gradients.
    """
    own = copy.deepcopy(synthesis).requires_grad_(False)
    maps = []
    for layer in own.modules():
        constant = getattr(layer, "noise_const", None)
        if isinstance(constant, torch.Tensor):
            noise = constant.detach().repeat(batch, 1, 1, 1)  # [batch, 1, side, side]
            layer.noise_const = noise.requires_grad_()
            maps.append(noise)
    return own, maps


def noise_loss(maps: list[torch.Tensor]) -> torch.Tensor:
    """How far maps are from white noise: `[batch]`.

    Karras et al. 2020 (arXiv 1912.04958), appendix D: the squared mean of each map times itself
    shifted by one pixel, in both directions, on the map and its halvings down to 8 px.
    """
    total = torch.zeros(maps[0].shape[0], device=maps[0].device)
    for noise in maps:
        while True:
            for dim in (2, 3):
                total = total + (noise * noise.roll(1, dim)).mean((1, 2, 3)).square()
            if noise.shape[-1] <= SMALLEST_PX:
                break
            # Twice the mean of four keeps unit variance.
            noise = functional.avg_pool2d(noise, 2) * 2
    return total


@torch.no_grad()
def normalise(maps: list[torch.Tensor]) -> None:
    """Bring each map to mean 0 and mean square 1, in place."""
    for noise in maps:
        noise -= noise.mean((1, 2, 3), keepdim=True)
        noise *= (noise.square().mean((1, 2, 3), keepdim=True) + 1e-12).rsqrt()
