"""One FIR filter on every channel, and its adjoint: each is the gradient of the other.

Written out because torch differentiates a convolution with one group a channel slowly: the second
time channel by channel, and in bfloat16 on a CPU through a transposed convolution that has no fast
kernel (measured 30 times slower than the detour taken here).
"""

from typing import Any

import torch
from torch.nn import functional

Steps = tuple[int, int]
"""Pixels (y, x) from one kept, or given, pixel to the next."""


def correlate(
    x: torch.Tensor,  # [batch, channels, height, width]
    kernel: torch.Tensor,  # [taps_y, taps_x], x's dtype
    steps: Steps = (1, 1),
) -> torch.Tensor:
    """Correlate without padding and keep every `steps`-th pixel, the first included.

    Differentiable in x any number of times; in the kernel too where it requires a gradient.
    """
    if x.requires_grad and torch.is_grad_enabled() and not kernel.requires_grad:
        y: torch.Tensor = _Correlate.apply(x, kernel, steps)
        return y
    return _correlate(x, kernel, steps)


def spread(
    x: torch.Tensor,  # [batch, channels, height, width]
    kernel: torch.Tensor,  # [taps_y, taps_x], x's dtype
    steps: Steps = (1, 1),
) -> torch.Tensor:
    """Lay x * kernel at every `steps`-th pixel and sum: the adjoint of `correlate`.

    Returns [batch, channels, (height - 1) * steps_y + taps_y, ...]. Differentiable as `correlate`.
    """
    if x.requires_grad and torch.is_grad_enabled() and not kernel.requires_grad:
        size = [(x.shape[2 + i] - 1) * steps[i] + kernel.shape[i] for i in range(2)]
        y: torch.Tensor = _Spread.apply(x, kernel, steps, size)
        return y
    return _spread(x, kernel, steps)


def _correlate(x: torch.Tensor, kernel: torch.Tensor, steps: Steps) -> torch.Tensor:
    channels = int(x.shape[1])  # a plain number in traces too: an exported kernel has one size
    weight = kernel.expand(channels, 1, *kernel.shape)
    return functional.conv2d(x, weight, stride=steps, groups=channels)


def _spread(x: torch.Tensor, kernel: torch.Tensor, steps: Steps) -> torch.Tensor:
    if x.device.type == "cpu" and x.dtype in (torch.bfloat16, torch.float16):
        return _correlate(_with_zeros(x, kernel, steps), kernel.flip([0, 1]), (1, 1))
    channels = int(x.shape[1])  # a plain number in traces too: an exported kernel has one size
    weight = kernel.expand(channels, 1, *kernel.shape)
    return functional.conv_transpose2d(x, weight, stride=steps, groups=channels)


def _with_zeros(x: torch.Tensor, kernel: torch.Tensor, steps: Steps) -> torch.Tensor:
    """Insert steps - 1 zeros between pixels and taps - 1 around all, in x's memory format."""
    (height, width), (taps_y, taps_x) = x.shape[2:], kernel.shape
    rows = (height - 1) * steps[0] + 1
    columns = (width - 1) * steps[1] + 1
    last = x.is_contiguous(memory_format=torch.channels_last)
    wide = torch.empty(
        [*x.shape[:2], rows + 2 * (taps_y - 1), columns + 2 * (taps_x - 1)],
        dtype=x.dtype,
        device=x.device,
        memory_format=torch.channels_last if last else torch.contiguous_format,
    ).zero_()
    inner = wide[:, :, taps_y - 1 : taps_y - 1 + rows, taps_x - 1 : taps_x - 1 + columns]
    inner[:, :, :: steps[0], :: steps[1]] = x
    return wide


class _Correlate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, kernel: torch.Tensor, steps: Steps) -> torch.Tensor:
        ctx.save_for_backward(kernel)
        ctx.steps, ctx.size = steps, list(x.shape[2:])
        return _correlate(x, kernel, steps)

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (kernel,) = ctx.saved_tensors
        return _Spread.apply(slope, kernel.to(slope.dtype), ctx.steps, ctx.size), None, None


class _Spread(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, kernel: torch.Tensor, steps: Steps, size: list[int]
    ) -> torch.Tensor:
        ctx.save_for_backward(kernel)
        ctx.steps, ctx.size = steps, list(x.shape[2:])
        y = _spread(x, kernel, steps)
        # Pixels that no tap of a strided correlation reached have no gradient.
        rows, columns = size[0] - y.shape[2], size[1] - y.shape[3]
        return functional.pad(y, [0, columns, 0, rows]) if rows or columns else y

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        (kernel,) = ctx.saved_tensors
        y = _Correlate.apply(slope, kernel.to(slope.dtype), ctx.steps)
        return y[:, :, : ctx.size[0], : ctx.size[1]], None, None, None
