"""Latents as whole numbers: adding one and taking it away again leaves the same bits."""

import numpy as np
import numpy.typing as npt

from mbtiface.community.cells import FixedLatent, Latent

QUANTUM = 2.0**-24
"""One step, finer than float32 near 1; an int64 holds the sum of 5e8 latents of values to 1000."""


def to_fixed(w: npt.NDArray[np.float64]) -> FixedLatent:
    """Round a w+ `[num_ws, w_dim]` to whole steps."""
    return np.rint(w / QUANTUM).astype(np.int64)


def to_bytes(total: FixedLatent) -> bytes:
    """Little-endian, row by row."""
    return total.astype("<i8").tobytes()


def from_bytes(data: bytes, shape: tuple[int, int]) -> FixedLatent:
    """The inverse of `to_bytes`; the array is a copy.

    Raises:
        ValueError: the bytes are not of this shape.
    """
    return np.frombuffer(data, "<i8").reshape(shape).astype(np.int64)


def mean_of(
    base_mean: npt.NDArray[np.floating], total: FixedLatent, count: int, prior_count: float
) -> Latent:
    """`(prior_count * mean + sum of joined w) / (prior_count + joined)`, `[num_ws, w_dim]`."""
    prior = prior_count * base_mean.astype(np.float64)
    return ((prior + total * QUANTUM) / (prior_count + count)).astype(np.float32)
