"""Checks of tensor shapes at the doors of a network."""

from collections.abc import Sequence

import torch

from mbtiface.errors import InputError


def is_tracing() -> bool:
    """Tell whether the running code is being traced, where sizes are symbols, not numbers."""
    return bool(torch.jit.is_tracing())  # type: ignore[attr-defined]


def check_shape(name: str, tensor: torch.Tensor, expected: Sequence[int | None]) -> None:
    """Raise InputError unless `tensor` has the expected shape; `None` in it stands for any size."""
    # A comparison of symbols would be baked into the traced graph.
    if is_tracing():
        return
    actual = tuple(tensor.shape)
    fits = len(actual) == len(expected) and all(
        want is None or want == size for want, size in zip(expected, actual, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if want is None else str(want) for want in expected)
        raise InputError(f"{name} must have the shape [{wanted}], but has {list(actual)}")


def check_resolution(img_resolution: int) -> int:
    """Return log2 of a picture's side in pixels; InputError unless it is a power of two, >= 4."""
    if img_resolution < 4 or img_resolution & (img_resolution - 1):
        raise InputError(
            f"img_resolution must be a power of two and at least 4, but is {img_resolution}"
        )
    return img_resolution.bit_length() - 1


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise InputError unless `value` is one of `choices`."""
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, but is {value!r}")


def layout_of(weight: torch.Tensor) -> torch.memory_format:
    """Return the memory format that feature maps should have to meet these kernels.

    That of the kernels [out_channels, in_channels, k, k]: `network.to(memory_format=...)` thus
    decides for a whole network.
    """
    last = weight.is_contiguous(memory_format=torch.channels_last) and not weight.is_contiguous()
    return torch.channels_last if last else torch.contiguous_format
