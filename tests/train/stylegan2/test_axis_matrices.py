"""Matrices along the axes against the convolutions that they stand for."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mbtiface.networks.resample import downsample2d, filter2d, setup_filter, upsample2d
from tests.golden_files import assert_near
from train.stylegan2.axis_matrices import (
    along_axes,
    downsampling_matrix,
    filter_matrices,
    mirrored,
    upsampling_matrix,
)

TOLERANCE = 1e-6
TAPS = setup_filter([0.1, -0.3, 1.0, 0.7, 0.2, -0.1, 0.4, 0.1])


@pytest.mark.parametrize(("size", "before", "after"), [(4, 3, 2), (3, 5, 4), (2, 1, 6), (1, 1, 2)])
def test_an_axis_is_mirrored_again_and_again(size: int, before: int, after: int) -> None:
    expected = np.pad(np.arange(size), (before, after), "reflect")
    assert mirrored(size, before, after).tolist() == expected.tolist()


def test_upsampling_is_that_of_the_mirrored_picture() -> None:
    images = torch.randn(2, 3, 6, 9, generator=torch.Generator().manual_seed(0))
    left, right, top, bottom = 3, 8, 0, 5
    expected = upsample2d(functional.pad(images, [left, right, top, bottom], "reflect"), TAPS)
    rows, columns = (
        upsampling_matrix(6, top, bottom, TAPS),
        upsampling_matrix(9, left, right, TAPS),
    )
    assert_near(along_axes(images, rows, columns), expected, TOLERANCE)


def test_downsampling_drops_the_spare_pixels() -> None:
    fine = torch.randn(2, 3, 16, 22, generator=torch.Generator().manual_seed(0))
    expected = downsample2d(fine, TAPS, padding=-4, flip_filter=True)
    rows, columns = downsampling_matrix(4, 4, TAPS), downsampling_matrix(7, 4, TAPS)
    assert_near(along_axes(fine, rows, columns), expected, TOLERANCE)


def test_each_picture_may_have_its_own_filter() -> None:
    images = torch.randn(2, 3, 6, 9, generator=torch.Generator().manual_seed(0))
    filters = torch.randn(2, 7, generator=torch.Generator().manual_seed(1))
    actual = along_axes(images, filter_matrices(6, filters), filter_matrices(9, filters))
    for picture, taps, filtered in zip(images, filters, actual, strict=True):
        around = functional.pad(picture[None], [3, 3, 3, 3], "reflect")
        expected = filter2d(around, torch.outer(taps, taps))[:, :, 3:-3, 3:-3]
        assert_near(filtered[None], expected, 1e-5)
