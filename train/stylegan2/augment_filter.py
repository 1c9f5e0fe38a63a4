"""Amplified and dampened frequency bands (arXiv 2006.06676, appendix B)."""

import math

import torch

from train.stylegan2.augment_draws import Draws
from train.stylegan2.augment_settings import BANDS, Augmentations
from train.stylegan2.axis_matrices import along_axes, filter_matrices

# Power of natural pictures (about 1/f) in each band, lowest frequencies first.
EXPECTED_POWER = tuple(power / 13 for power in (10.0, 1.0, 1.0, 1.0))


def _half_band() -> torch.Tensor:
    """The Daubechies wavelet of two vanishing moments, correlated with itself: [7], sum one."""
    root = math.sqrt(3)
    taps = torch.tensor([1 + root, 3 + root, 3 - root, 1 - root], dtype=torch.float64) / 8
    return _convolve(taps, taps.flip(0))


def _convolve(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """All of the convolution of two filters: [len(a) + len(b) - 1]."""
    product = a.new_zeros(len(a) + len(b) - 1)
    for at, tap in enumerate(a.tolist()):
        product[at : at + len(b)] += tap * b
    return product


def _spread(taps: torch.Tensor, factor: int) -> torch.Tensor:
    """Put factor - 1 zeros between the taps of a filter."""
    spread = taps.new_zeros(factor * (len(taps) - 1) + 1)
    spread[::factor] = taps
    return spread


def filter_bank() -> torch.Tensor:
    """Return one symmetric filter per octave, lowest frequencies first: [4, 43], float32.

    They sum to the identity: with low(z) + high(z) = 1 each octave splits what is left of the
    lower ones, low(z) low(z^2) ... high(z^(2^k)).
    """
    low = _half_band()
    high = -low
    high[len(low) // 2] += 1
    below = torch.ones(1, dtype=torch.float64)  # what all octaves so far have let through
    bands = []
    for octave in range(BANDS - 1):
        bands.append(_convolve(below, _spread(high, 2**octave)))
        below = _convolve(below, _spread(low, 2**octave))
    bands.append(below)

    bank = torch.zeros(BANDS, len(below))
    for band, taps in zip(bank, reversed(bands), strict=True):
        margin = (len(below) - len(taps)) // 2
        band[margin : margin + len(taps)] = taps
    return bank


def band_gains(draws: Draws, settings: Augmentations) -> torch.Tensor:
    """Draw the amplitude of each band, keeping the expected power: [batch, 4]."""
    power = torch.tensor(EXPECTED_POWER)
    gains = torch.ones(draws.batch, BANDS)
    for band, multiplier in enumerate(settings.imgfilter_bands):
        if multiplier == 0:
            continue
        factor = draws.octaves(settings.imgfilter_std)
        factor = draws.where(settings.imgfilter * multiplier * draws.p, factor, 1)
        one_band = torch.ones(draws.batch, BANDS)
        one_band[:, band] = factor
        gains = gains * one_band / (one_band.square() @ power).sqrt()[:, None]
    return gains


def amplify(images: torch.Tensor, gains: torch.Tensor, bank: torch.Tensor) -> torch.Tensor:
    """Filter mirrored pictures [batch, channels, height, width] along both axes; same shape.

    `gains` [batch, 4] says how much of each filter of the bank [4, taps] a picture gets.
    """
    gains, bank = gains.to(images), bank.to(images)
    rows, columns = (
        torch.einsum("nb,bij->nij", gains, filter_matrices(size, bank)) for size in images.shape[2:]
    )
    return along_axes(images, rows, columns)
