"""Geometric augmentations: one affine map a picture, resampled once (arXiv 2006.06676, app. B).

Positions are pixels from the picture's centre, x to the right and y down. A map is kept as its
inverse, `source = matrix @ target`: for each pixel of the result, where to look in the picture.
"""

import math

import torch
from torch.nn import functional

from train.stylegan2.augment_draws import Draws
from train.stylegan2.augment_settings import Augmentations
from train.stylegan2.axis_matrices import along_axes, downsampling_matrix, upsampling_matrix

# Orthogonal low-pass filter of the least asymmetric wavelet with six vanishing moments
# (Daubechies, Ten Lectures on Wavelets, table 6.3).
SYM6_TAPS = (
    0.015404109327027373,
    0.0034907120842174702,
    -0.11799011114819057,
    -0.048311742585633,
    0.4910559419267466,
    0.787641141030194,
    0.3379294217276218,
    -0.07263752278646252,
    -0.021060292512300564,
    0.04472490177066578,
    0.0017677118642428036,
    -0.007800708325034148,
)

# The filter's weight lies on its sixth of twelve taps, half a fine pixel before their middle:
# up-sampled pictures lie that much off the pixel grid, and maps must turn about where they lie.
FINE_SHIFT = -0.5


def _translation(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    matrix = torch.eye(3).repeat(len(x), 1, 1)
    matrix[:, 0, 2], matrix[:, 1, 2] = x, y
    return matrix  # [batch, 3, 3]


def _scaling(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.diag_embed(torch.stack([x, y, torch.ones_like(x)], dim=1))  # [batch, 3, 3]


def _rotation(angle: torch.Tensor) -> torch.Tensor:
    matrix = torch.eye(3).repeat(len(angle), 1, 1)
    matrix[:, 0, 0] = matrix[:, 1, 1] = angle.cos()
    matrix[:, 1, 0] = angle.sin()
    matrix[:, 0, 1] = -matrix[:, 1, 0]
    return matrix  # [batch, 3, 3]


def sampling_matrix(draws: Draws, settings: Augmentations, height: int, width: int) -> torch.Tensor:
    """Draw the maps from each result's pixels to its picture's: [batch, 3, 3], float32."""
    blit = _blitting(draws, settings, height, width)
    return blit @ _general_map(draws, settings, height, width)


def _blitting(draws: Draws, settings: Augmentations, height: int, width: int) -> torch.Tensor:
    """Maps that only move whole pixels to other places: [batch, 3, 3]."""
    matrix = torch.eye(3).repeat(draws.batch, 1, 1)
    one = torch.ones(draws.batch)
    p = draws.p

    if settings.xflip > 0:
        flipped = draws.where(settings.xflip * p, draws.choice(2), 0)
        matrix = matrix @ _scaling(1 - 2 * flipped, one)
    if settings.rotate90 > 0:
        turns = draws.where(settings.rotate90 * p, draws.choice(4), 0)
        matrix = matrix @ _rotation(turns * (math.pi / 2))
    if settings.xint > 0:
        x, y = ((draws.uniform() * 2 - 1) * settings.xint_max for _ in range(2))
        chosen = draws.where(settings.xint * p, one, 0)
        x, y = (x * width * chosen).round(), (y * height * chosen).round()
        matrix = matrix @ _translation(-x, -y)
    return matrix


def _general_map(draws: Draws, settings: Augmentations, height: int, width: int) -> torch.Tensor:
    """Maps to places between pixels: [batch, 3, 3]."""
    matrix = torch.eye(3).repeat(draws.batch, 1, 1)
    p = draws.p

    if settings.scale > 0:
        factor = draws.where(settings.scale * p, draws.octaves(settings.scale_std), 1)
        matrix = matrix @ _scaling(1 / factor, 1 / factor)

    # Two rotations, around the stretching, share one probability.
    rotation_chance = 1 - math.sqrt(max(0.0, 1 - settings.rotate * p))
    if settings.rotate > 0:
        angle = draws.where(rotation_chance, draws.angle(settings.rotate_max), 0)
        matrix = matrix @ _rotation(angle)
    if settings.aniso > 0:
        factor = draws.where(settings.aniso * p, draws.octaves(settings.aniso_std), 1)
        matrix = matrix @ _scaling(1 / factor, factor)
    # A percentile would turn the picture twice.
    if settings.rotate > 0 and draws.percentile is None:
        angle = draws.where(rotation_chance, draws.angle(settings.rotate_max), 0)
        matrix = matrix @ _rotation(angle)

    if settings.xfrac > 0:
        x, y = (draws.normal() * settings.xfrac_std for _ in range(2))
        chosen = draws.where(settings.xfrac * p, torch.ones(draws.batch), 0)
        matrix = matrix @ _translation(-x * width * chosen, -y * height * chosen)
    return matrix


def _margins(matrix: torch.Tensor, height: int, width: int, spare: int) -> tuple[int, ...]:
    """How many pixels beyond left, right, top and bottom the results look at, filter included.

    At most the side less one: that is how far a mirrored picture reaches.
    """
    x, y = (width - 1) / 2, (height - 1) / 2
    corners = torch.tensor([[-x, x, x, -x], [-y, -y, y, y], [1.0, 1.0, 1.0, 1.0]])
    seen = (matrix @ corners)[:, :2]  # [batch, 2, 4]
    beyond = torch.stack([-seen.amin(dim=(0, 2)), seen.amax(dim=(0, 2))], dim=1)  # [2, 2]
    beyond = (beyond - torch.tensor([[x], [y]]) + spare).ceil().clamp_min(0)
    left, right, top, bottom = (int(pixels) for pixels in beyond.flatten().tolist())
    return (
        *(min(pixels, width - 1) for pixels in (left, right)),
        *(min(pixels, height - 1) for pixels in (top, bottom)),
    )


def _fine_grid(
    matrix: torch.Tensor,  # [batch, 3, 3], on the device where the grid is wanted
    size: tuple[int, int],  # fine pixels of the results, (height, width)
    picture: tuple[int, int],  # pixels of the picture, (height, width)
    margins: tuple[int, ...],
) -> torch.Tensor:
    """Where each fine pixel looks, in [-1, 1] over the fine picture: [batch, *size, 2]."""
    left, right, top, bottom = margins
    height, width = picture
    # Fine pixel -> position from the centre.
    y, x = ((torch.arange(n, device=matrix.device) + 0.5 - FINE_SHIFT) / 2 - n / 4 for n in size)
    # Sums, not a matrix product: accelerators may round its factors.
    a, b, c = matrix[:, :2, None, None].unbind(dim=4)  # [batch, 2, 1, 1] each
    seen_x, seen_y = (a * x + b * y[:, None] + c).unbind(dim=1)  # [batch, *size] each
    # Position from the centre -> edge-to-edge coordinate of the extended fine picture.
    u = (seen_x + (width / 2 + left + FINE_SHIFT / 2)) / (left + width + right)
    v = (seen_y + (height / 2 + top + FINE_SHIFT / 2)) / (top + height + bottom)
    return torch.stack([u, v], dim=3) * 2 - 1


def resample(images: torch.Tensor, matrix: torch.Tensor, taps: torch.Tensor) -> torch.Tensor:
    """Look pictures [batch, channels, height, width] up through maps [batch, 3, 3]; same shape.

    1. Extend by mirroring. 2. Double the resolution with the filter `taps`. 3. Look up with
    bilinear interpolation. 4. Halve the resolution with the mirrored filter. What lies beyond the
    mirrored pictures is zero. Accelerators must not round the factors of matrix products (TF32).
    """
    height, width = images.shape[2:]
    taps = taps.to(images)
    spare = len(taps) // 4  # pixels on each side that the last filter wants
    margins = _margins(matrix, height, width, 2 * spare)
    left, right, top, bottom = margins
    rows = upsampling_matrix(height, top, bottom, taps)
    columns = upsampling_matrix(width, left, right, taps)
    fine = along_axes(images, rows, columns)  # [batch, channels, fine height, fine width]

    size = (2 * (height + 2 * spare), 2 * (width + 2 * spare))
    grid = _fine_grid(matrix.to(images), size, (height, width), margins)
    fine = functional.grid_sample(fine, grid, align_corners=False)  # [batch, channels, *size]

    rows = downsampling_matrix(height, 2 * spare, taps)
    columns = downsampling_matrix(width, 2 * spare, taps)
    return along_axes(fine, rows, columns)
