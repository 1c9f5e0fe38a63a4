"""The Haar transform against its definition."""

import pytest
import torch
from torch.nn import functional

from mbtiface.networks.wavelet import haar, inverse_haar

# One coefficient of 1 in each band, as the 2x2 pixels that it stands for.
PATTERNS = torch.tensor(
    [
        [[0.5, 0.5], [0.5, 0.5]],  # low
        [[0.5, 0.5], [-0.5, -0.5]],  # vertical: the sign flips from row to row
        [[0.5, -0.5], [0.5, -0.5]],  # horizontal: from column to column
        [[0.5, -0.5], [-0.5, 0.5]],  # diagonal: both
    ]
)


def by_transposed_convolution(bands: torch.Tensor) -> torch.Tensor:
    """Stamp the four patterns, each scaled by its coefficient, side by side."""
    channels = bands.shape[1] // 4
    features = []
    for c in range(channels):
        order = [c, *(channels + 3 * c + band for band in range(3))]
        features.append(functional.conv_transpose2d(bands[:, order], PATTERNS[:, None], stride=2))
    return torch.cat(features, dim=1)


@pytest.mark.parametrize("band", range(4))
def test_the_signs_of_each_band(band: int) -> None:
    bands = torch.zeros(1, 4, 1, 1)
    bands[0, band] = 1
    assert torch.equal(inverse_haar(bands)[0, 0], PATTERNS[band])


def test_the_high_bands_of_a_channel_lie_together_after_all_low_bands() -> None:
    bands = torch.zeros(1, 12, 1, 1)
    bands[0, 3 + 3 * 2 + 1] = 1  # third channel, horizontal
    features = inverse_haar(bands)
    assert torch.equal(features[0, 2], PATTERNS[2])
    assert not features[0, :2].any()


def test_inverse_transform_by_transposed_convolution() -> None:
    bands = torch.randn(2, 20, 3, 5)
    torch.testing.assert_close(inverse_haar(bands), by_transposed_convolution(bands))


def test_forward_and_inverse_undo_each_other() -> None:
    features, bands = torch.randn(2, 3, 6, 4), torch.randn(2, 8, 3, 5)
    torch.testing.assert_close(inverse_haar(haar(features)), features)
    torch.testing.assert_close(haar(inverse_haar(bands)), bands)


def test_energy_is_kept() -> None:
    features = torch.randn(1, 3, 8, 8)
    torch.testing.assert_close(haar(features).square().sum(), features.square().sum())
