"""The kernel distance of two sets of features (Binkowski et al. 2018, arXiv 1801.01401, section 4).

Only with the features of Inception is it called KID. Unlike the Frechet distance it has no bias
that depends on the number of pictures.
"""

from collections.abc import Iterable

import torch

from mbtiface.errors import InputError
from train.metrics.feature_distances import check_features, check_pair

DEGREE = 3
SUBSETS, SUBSET_SIZE = 100, 1000
"""How the paper's authors measure sets too large to be compared whole."""


def kernel_distance(real: torch.Tensor, generated: torch.Tensor) -> float:
    """Unbiased squared maximum mean discrepancy of whole sets `[n, d]`, `[m, d]`; may be negative.

    The kernel is `(x'y / d + 1)^3`.

    Raises:
        InputError: fewer than two rows, values not finite, or another width.
    """
    check_pair(real, generated)
    x, y = real.double(), generated.double()
    return float(_within(x) + _within(y) - 2 * _kernel(x, y).mean())


def kernel_distance_over(
    real: torch.Tensor,
    generated: torch.Tensor,
    subsets: Iterable[tuple[torch.Tensor, torch.Tensor]],
) -> float:
    """Mean of `kernel_distance` over pairs of row indices, of the real and of the generated set.

    Raises:
        InputError: as `kernel_distance`, or no subsets.
    """
    found = [kernel_distance(real[rows], generated[others]) for rows, others in subsets]
    if not found:
        raise InputError("No subsets are given: draw at least one.")
    return sum(found) / len(found)


def draw_subsets(
    real: int, generated: int, count: int = SUBSETS, size: int = SUBSET_SIZE, seed: int = 0
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Draw `count` pairs of rows without repetition, `[size]` each or as many as both sets have."""
    random = torch.Generator().manual_seed(seed)
    size = min(size, real, generated)
    return [
        (
            torch.randperm(real, generator=random)[:size],
            torch.randperm(generated, generator=random)[:size],
        )
        for _ in range(count)
    ]


def _kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x @ y.T / x.shape[1] + 1) ** DEGREE


def _within(x: torch.Tensor) -> torch.Tensor:
    """Mean of the kernel over pairs of different rows."""
    check_features("compared", x)
    kernel = _kernel(x, x)
    return (kernel.sum() - kernel.trace()) / (len(x) * (len(x) - 1))
