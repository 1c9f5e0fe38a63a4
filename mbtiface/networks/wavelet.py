"""The two-dimensional Haar transform that MobileStyleGAN (arXiv 2104.04767) up-samples with."""

import torch
from torch.nn import functional

PICTURE_COEFFICIENTS = 12
"""Channels that `inverse_haar` makes a picture of: four bands of three colours."""


def inverse_haar(bands: torch.Tensor) -> torch.Tensor:
    """Join four bands into features of twice the size.

    Args:
        bands: `[batch, 4 * channels, height, width]`. The first `channels` hold the low band; then
            come, for each of them, three high bands: vertical, horizontal, diagonal.

    Returns:
        `[batch, channels, 2 * height, 2 * width]`.
    """
    batch, quads, height, width = bands.shape
    channels = quads // 4
    low, high = bands.split([channels, 3 * channels], dim=1)
    vertical, horizontal, diagonal = high.unflatten(1, (channels, 3)).unbind(2)
    # The sign of a high band flips in every second row, column or both.
    even_even = low + vertical + horizontal + diagonal
    even_odd = low + vertical - horizontal - diagonal
    odd_even = low - vertical + horizontal - diagonal
    odd_odd = low - vertical - horizontal + diagonal
    pixels = torch.stack([even_even, even_odd, odd_even, odd_odd], dim=2) * 0.5
    pixels = pixels.reshape(batch, quads, height, width)  # [batch, 4 * channels, h, w]
    return functional.pixel_shuffle(pixels, 2)  # [batch, channels, 2h, 2w]


def haar(features: torch.Tensor) -> torch.Tensor:
    """Split features into four bands of half the size; the inverse of `inverse_haar`.

    Args:
        features: `[batch, channels, height, width]`, height and width even.

    Returns:
        `[batch, 4 * channels, height / 2, width / 2]` in the order that `inverse_haar` reads.
    """
    pixels = functional.pixel_unshuffle(features, 2).unflatten(1, (features.shape[1], 4))
    even_even, even_odd, odd_even, odd_odd = pixels.unbind(2)
    low = (even_even + even_odd + odd_even + odd_odd) * 0.5
    vertical = (even_even + even_odd - odd_even - odd_odd) * 0.5
    horizontal = (even_even - even_odd + odd_even - odd_odd) * 0.5
    diagonal = (even_even - even_odd - odd_even + odd_odd) * 0.5
    high = torch.stack([vertical, horizontal, diagonal], dim=2).flatten(1, 2)
    return torch.cat([low, high], dim=1)
