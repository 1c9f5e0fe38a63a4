"""Resampling of pictures along their axes as two matrix products.

A separable filter with few channels is slow as a convolution (depth-wise, a few per cent of a
processor's speed) and fast as a product with a dense matrix, although that has far more terms:
measured on two cores, up-sampling 16 RGB pictures of 64 px is 18 times as fast. The matrices are
made by filtering the identity with `mbtiface.networks.resample`.
"""

import torch

from mbtiface.networks.resample import (
    downsampling_padding,
    upfirdn2d,
    upsampling_padding,
)


def mirrored(size: int, before: int, after: int) -> torch.Tensor:
    """Return which pixel stands at each position of an axis that is mirrored at its end pixels.

    Positions go from -before to size + after - 1: [before + size + after], whole numbers. The
    mirrors repeat, so that the axis may be extended by more than its own length.
    """
    positions = torch.arange(-before, size + after)
    period = max(1, 2 * (size - 1))
    return (size - 1) - (positions.remainder(period) - (size - 1)).abs()


def _extended_identity(size: int, before: int, after: int, like: torch.Tensor) -> torch.Tensor:
    """The matrix that extends an axis, in the dtype and on the device of `like`."""
    identity = torch.eye(size, dtype=like.dtype, device=like.device)
    return identity[mirrored(size, before, after).to(like.device)]  # [before + size + after, size]


def upsampling_matrix(
    size: int,  # pixels of the axis
    before: int,  # mirrored pixels in front of it
    after: int,  # mirrored pixels behind it
    taps: torch.Tensor,  # [taps], low-pass filter of sum one
) -> torch.Tensor:
    """Return the matrix that extends an axis and doubles it: [2 * (before + size + after), size].

    What lies beyond the mirrored pixels counts as zero.
    """
    extended = _extended_identity(size, before, after, taps)
    around = upsampling_padding(taps[:, None], (1, 2))
    return upfirdn2d(extended[None, None], taps[:, None], (1, 2), padding=around, gain=2)[0, 0]


def downsampling_matrix(
    size: int,  # pixels that shall come out
    spare: int,  # fine pixels on each side that serve the filter only
    taps: torch.Tensor,  # [taps], low-pass filter of sum one
) -> torch.Tensor:
    """Return the matrix that halves an axis, the taps reversed: [size, 2 * (size + spare)]."""
    fine = _extended_identity(2 * (size + spare), 0, 0, taps)
    around = downsampling_padding(taps[:, None], (1, 2), (0, 0, -spare, -spare))
    maps = fine[None, None]
    return upfirdn2d(maps, taps[:, None], (1, 1), (1, 2), around, flip_filter=True)[0, 0]


def filter_matrices(size: int, filters: torch.Tensor) -> torch.Tensor:
    """Return what filters [count, taps], odd in length, do to a mirrored axis.

    The result is [count, size, size].
    """
    margin = filters.shape[1] // 2
    extended = _extended_identity(size, margin, margin, filters)
    maps = extended[None, None]  # [1, 1, size + taps - 1, size]
    return torch.cat([upfirdn2d(maps, each[:, None])[0] for each in filters])


def along_axes(images: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Multiply pictures [batch, channels, height, width] by a matrix along each axis.

    `rows` [height', height] acts on the vertical axis, `columns` [width', width] on the horizontal
    one; either may have a batch axis in front. The result is [batch, channels, height', width'].
    """
    rows = rows if rows.ndim == 2 else rows[:, None]  # [batch, 1, height', height]
    columns = columns if columns.ndim == 2 else columns[:, None]  # [batch, 1, width', width]
    return rows @ images @ columns.mT
