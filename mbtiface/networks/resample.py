"""Resampling of feature maps: zero insertion, FIR filter, decimation.

In plain PyTorch, so gradients of every order exist on every device. Paddings are in pixels of the
zero-inserted map, order [left, right, top, bottom], negative = crop; pairs are [x, y].
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.fir import correlate, spread
from mbtiface.networks.shapes import is_tracing

Pair: TypeAlias = int | Sequence[int]

# From this many taps on, two one-dimensional passes beat one two-dimensional pass.
SEPARABLE_FROM_TAPS = 8


def _pair(name: str, value: Pair) -> tuple[int, int]:
    x, y = (value, value) if isinstance(value, int) else value
    if x < 1 or y < 1:
        raise InputError(f"{name} must be at least 1 in x and y, but is {value}")
    return x, y


def _padding(value: Pair) -> tuple[int, int, int, int]:
    if isinstance(value, int):
        return value, value, value, value
    if len(value) == 2:
        return value[0], value[0], value[1], value[1]
    if len(value) == 4:
        return value[0], value[1], value[2], value[3]
    raise InputError(f"padding must hold 1, 2 or 4 numbers, but is {list(value)}")


def filter_size(f: torch.Tensor | None) -> tuple[int, int]:
    """Return the filter's extent (x, y) in taps; a 1-D filter acts along both axes, None is 1."""
    if f is None:
        return 1, 1
    return f.shape[-1], f.shape[0]


def setup_filter(
    f: Sequence[float] | Sequence[Sequence[float]] | torch.Tensor | None,  # None = identity
    device: torch.device | str | None = None,  # None = torch's default
    normalize: bool = True,  # make the taps sum to one
    flip_filter: bool = False,  # mirror along both axes
    gain: float = 1.0,  # factor on the signal, both axes together
    separable: bool | None = None,  # keep 1-D; None = decide by the number of taps
) -> torch.Tensor:
    """Return a float32 filter, [taps_y, taps_x] or [taps] if separable; InputError if unusable."""
    taps = torch.as_tensor(1.0 if f is None else f, dtype=torch.float32).clone()
    if taps.ndim > 2 or taps.numel() == 0:
        raise InputError(f"a filter has one or two dimensions and taps, not {list(taps.shape)}")
    if taps.ndim == 0:
        taps = taps[None]
    if separable is None:
        separable = taps.ndim == 1 and taps.numel() >= SEPARABLE_FROM_TAPS
    if separable and taps.ndim == 2:
        raise InputError("a two-dimensional filter cannot be kept separable; give its 1-D taps")
    if taps.ndim == 1 and not separable:
        taps = torch.outer(taps, taps)  # [taps_y, taps_x]
    if normalize:
        taps = taps / taps.sum()
    if flip_filter:
        taps = taps.flip(list(range(taps.ndim)))
    # A 1-D filter acts twice, so each pass carries the square root of the gain.
    taps = taps * math.pow(gain, taps.ndim / 2)
    return taps if device is None else taps.to(device)


def _filter_pass(
    x: torch.Tensor,  # [batch, channels, height, width]
    kernel: torch.Tensor,  # [taps_y, taps_x], to be convolved with
    up: tuple[int, int],
    down: tuple[int, int],
    padding: tuple[int, int, int, int],
) -> torch.Tensor:
    """Resample with one two-dimensional kernel that is convolved (not correlated)."""
    taps_y, taps_x = kernel.shape
    left, right, top, bottom = padding

    if up == (1, 1):
        x = functional.pad(x, [left, right, top, bottom])
        return correlate(x, kernel.flip([0, 1]), (down[1], down[0]))

    # A transposed convolution is zero insertion and full convolution in one, without the zeros.
    x = spread(x, kernel, (up[1], up[0]))
    # Full convolution equals a padding of taps - 1 before, and of taps - up behind the last pixel.
    left, right = left - (taps_x - 1), right - (taps_x - up[0])
    top, bottom = top - (taps_y - 1), bottom - (taps_y - up[1])
    x = functional.pad(x, [left, right, top, bottom])
    return x[:, :, :: down[1], :: down[0]]


def upfirdn2d(
    x: torch.Tensor,  # [batch, channels, height, width]
    f: torch.Tensor | None,  # from setup_filter, [taps_y, taps_x] or [taps]; None = identity
    up: Pair = 1,  # zero-insertion factor
    down: Pair = 1,  # decimation factor
    padding: Pair = 0,
    flip_filter: bool = False,  # False = convolve, True = correlate
    gain: float = 1.0,  # factor on the signal
) -> torch.Tensor:
    """Pad, upsample, filter and downsample feature maps; InputError if no pixel would be left.

    1. Insert up - 1 zeros behind each pixel. 2. Pad or crop. 3. Filter without further padding.
    4. Keep every down-th pixel, the first included.
    """
    if x.ndim != 4:
        raise InputError(f"x must be [batch, channels, height, width], but is {list(x.shape)}")
    up_x, up_y = _pair("up", up)
    down_x, down_y = _pair("down", down)
    left, right, top, bottom = _padding(padding)
    taps_x, taps_y = filter_size(f)
    if not is_tracing():
        room_x = x.shape[3] * up_x + left + right - taps_x
        room_y = x.shape[2] * up_y + top + bottom - taps_y
        if room_x < 0 or room_y < 0:
            raise InputError(
                f"padding {padding} and a filter of {taps_x}x{taps_y} taps leave nothing of a"
                f" {x.shape[3]}x{x.shape[2]} map upsampled {up_x}x{up_y} times"
            )

    kernel = x.new_ones([1, 1]) if f is None else f
    kernel = (kernel * math.pow(gain, kernel.ndim / 2)).to(x.dtype)
    if flip_filter:
        kernel = kernel.flip(list(range(kernel.ndim)))
    if kernel.ndim == 2:
        whole = (left, right, top, bottom)
        return _filter_pass(x, kernel, (up_x, up_y), (down_x, down_y), whole)
    x = _filter_pass(x, kernel[None, :], (up_x, 1), (down_x, 1), (left, right, 0, 0))
    return _filter_pass(x, kernel[:, None], (1, up_y), (1, down_y), (0, 0, top, bottom))


def upsampling_padding(f: torch.Tensor | None, up: Pair, padding: Pair = 0) -> list[int]:
    """Return the padding under which filtering a map upsampled `up` times keeps it centred."""
    (up_x, up_y), (left, right, top, bottom) = _pair("up", up), _padding(padding)
    taps_x, taps_y = filter_size(f)
    return [
        left + (taps_x + up_x - 1) // 2,
        right + (taps_x - up_x) // 2,
        top + (taps_y + up_y - 1) // 2,
        bottom + (taps_y - up_y) // 2,
    ]


def downsampling_padding(f: torch.Tensor | None, down: Pair, padding: Pair = 0) -> list[int]:
    """Return the padding under which filtering and decimating `down` times stays centred."""
    (down_x, down_y), (left, right, top, bottom) = _pair("down", down), _padding(padding)
    taps_x, taps_y = filter_size(f)
    return [
        left + (taps_x - down_x + 1) // 2,
        right + (taps_x - down_x) // 2,
        top + (taps_y - down_y + 1) // 2,
        bottom + (taps_y - down_y) // 2,
    ]


def filter2d(
    x: torch.Tensor,
    f: torch.Tensor | None,
    padding: Pair = 0,  # on top of the padding that keeps the size
    flip_filter: bool = False,
    gain: float = 1.0,
) -> torch.Tensor:
    """Filter feature maps [batch, channels, height, width] and keep their size."""
    # A centred filter of unchanged resolution is an "upsampling" by one.
    around = upsampling_padding(f, 1, padding)
    return upfirdn2d(x, f, padding=around, flip_filter=flip_filter, gain=gain)


def upsample2d(
    x: torch.Tensor,
    f: torch.Tensor | None,
    up: Pair = 2,
    padding: Pair = 0,  # on top of the padding that makes the size exactly `up` times larger
    flip_filter: bool = False,
    gain: float = 1.0,
) -> torch.Tensor:
    """Enlarge feature maps [batch, channels, height, width] `up` times, keeping their mean."""
    up_x, up_y = _pair("up", up)
    around = upsampling_padding(f, up, padding)
    # Zero insertion divides the mean by up_x * up_y.
    return upfirdn2d(x, f, up=up, padding=around, flip_filter=flip_filter, gain=gain * up_x * up_y)


def downsample2d(
    x: torch.Tensor,
    f: torch.Tensor | None,
    down: Pair = 2,
    padding: Pair = 0,  # on top of the padding that makes the size exactly `down` times smaller
    flip_filter: bool = False,
    gain: float = 1.0,
) -> torch.Tensor:
    """Low-pass filter feature maps [batch, channels, height, width], shrink them `down` times."""
    around = downsampling_padding(f, down, padding)
    return upfirdn2d(x, f, down=down, padding=around, flip_filter=flip_filter, gain=gain)
