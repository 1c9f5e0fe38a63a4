"""Colour augmentations as one affine map of RGB (arXiv 2006.06676, appendix B, algorithm 1)."""

import math

import torch

from mbtiface.errors import InputError
from train.stylegan2.augment_draws import Draws
from train.stylegan2.augment_settings import Augmentations


def _luma_projection() -> torch.Tensor:
    """Projection onto the grey axis, as a homogeneous matrix with 0 in its corner: [4, 4]."""
    axis = torch.tensor([1.0, 1.0, 1.0, 0.0]) / math.sqrt(3)
    return torch.outer(axis, axis)


def _rotation_about_grey(angle: torch.Tensor) -> torch.Tensor:
    """Rotate colours about the grey axis (Rodrigues' formula): [batch] radians -> [batch, 4, 4]."""
    grey = _luma_projection()
    cross = torch.zeros(4, 4)
    cross[0, 1] = cross[1, 2] = cross[2, 0] = -1 / math.sqrt(3)
    cross[1, 0] = cross[2, 1] = cross[0, 2] = 1 / math.sqrt(3)
    corner = torch.diag(torch.tensor([0.0, 0.0, 0.0, 1.0]))
    across = torch.eye(4) - grey - corner  # projection onto the plane of equal luma
    cosine, sine = angle.cos()[:, None, None], angle.sin()[:, None, None]
    return grey + corner + cosine * across + sine * cross


def _diagonal(colours: torch.Tensor) -> torch.Tensor:
    """Multiply all colours by a factor: [batch] -> [batch, 4, 4]."""
    three = colours[:, None].expand(-1, 3)
    return torch.diag_embed(torch.cat([three, torch.ones(len(colours), 1)], dim=1))


def _offset(colours: torch.Tensor) -> torch.Tensor:
    """Add a number to all colours: [batch] -> [batch, 4, 4]."""
    matrix = torch.eye(4).repeat(len(colours), 1, 1)
    matrix[:, :3, 3] = colours[:, None]
    return matrix


def colour_matrix(draws: Draws, settings: Augmentations, channels: int) -> torch.Tensor:
    """Draw homogeneous maps of RGB: [batch, 4, 4]; one-channel pictures keep hue and saturation."""
    matrix = torch.eye(4).repeat(draws.batch, 1, 1)
    grey, p = _luma_projection(), draws.p

    if settings.brightness > 0:
        offset = draws.where(settings.brightness * p, draws.normal() * settings.brightness_std, 0)
        matrix = _offset(offset) @ matrix
    if settings.contrast > 0:
        factor = draws.where(settings.contrast * p, draws.octaves(settings.contrast_std), 1)
        matrix = _diagonal(factor) @ matrix
    if settings.lumaflip > 0:
        flipped = draws.where(settings.lumaflip * p, draws.choice(2), 0)
        matrix = (torch.eye(4) - 2 * grey * flipped[:, None, None]) @ matrix
    if settings.hue > 0 and channels > 1:
        angle = draws.where(settings.hue * p, draws.angle(settings.hue_max), 0)
        matrix = _rotation_about_grey(angle) @ matrix
    if settings.saturation > 0 and channels > 1:
        factor = draws.where(settings.saturation * p, draws.octaves(settings.saturation_std), 1)
        # What is grey stays, what is not is multiplied.
        matrix = (grey + (torch.eye(4) - grey) @ _diagonal(factor)) @ matrix
    return matrix


def recolour(images: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Apply maps [batch, 4, 4] to pictures [batch, 1 or 3, height, width]; same shape.

    InputError for another number of channels.
    """
    channels = images.shape[1]
    if channels not in (1, 3):
        raise InputError(
            f"colours are changed in pictures of 1 or 3 channels, but these have {channels}"
        )
    matrix = matrix.to(images)
    if channels == 1:
        # A grey picture is its own three channels; what comes out is averaged back to one.
        rows = matrix[:, :3].mean(dim=1)  # [batch, 4]
        factor, offset = rows[:, :3].sum(dim=1), rows[:, 3]
        return images * factor[:, None, None, None] + offset[:, None, None, None]
    flat = images.flatten(2)  # [batch, 3, height * width]
    return (matrix[:, :3, :3] @ flat + matrix[:, :3, 3:]).reshape(images.shape)
