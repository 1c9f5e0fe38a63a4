"""Noise and cutout (arXiv 2006.06676, appendix B)."""

import torch

from train.stylegan2.augment_draws import Draws
from train.stylegan2.augment_settings import Augmentations


def add_noise(images: torch.Tensor, draws: Draws, settings: Augmentations) -> torch.Tensor:
    """Add noise of a strength drawn for each picture [batch, channels, height, width]."""
    sigma = draws.half_normal() * settings.noise_std
    sigma = draws.where(settings.noise * draws.p, sigma, 0).to(images)
    return images + draws.field(images) * sigma[:, None, None, None]


def cut_out(images: torch.Tensor, draws: Draws, settings: Augmentations) -> torch.Tensor:
    """Set a square of each picture [batch, channels, height, width] to zero, clipped at edges."""
    height, width = images.shape[2:]
    side = torch.full([draws.batch], settings.cutout_size)
    side = draws.where(settings.cutout * draws.p, side, 0)
    square = torch.stack([draws.uniform(), draws.uniform(), side]).to(images)
    x, y, side = square[:, :, None]  # [batch, 1] each
    columns = (torch.arange(width, device=images.device) + 0.5) / width  # [width]
    rows = (torch.arange(height, device=images.device) + 0.5) / height  # [height]
    inside_x = (columns - x).abs() < side / 2  # [batch, width]
    inside_y = (rows - y).abs() < side / 2  # [batch, height]
    kept = ~(inside_y[:, :, None] & inside_x[:, None, :])  # [batch, height, width]
    return images * kept[:, None]
