"""How different samples are from each other: what collapses when a generator does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from mbtiface.errors import InputError
from train.metrics.feature_distances import check_features

COLLAPSED = 0.25
"""Share of the training pictures' diversity below which a generator counts as collapsed."""


@dataclass(frozen=True)
class Diversity:
    """Spread of a set of pictures."""

    deviation: float
    """Of a pixel over the pictures, root mean square over pixels, in grey levels 0..255."""
    spread: float
    """Root mean square distance of two pictures' features."""

    def share_of(self, other: "Diversity") -> "Diversity":
        """Both figures in units of another set's."""
        return Diversity(
            self.deviation / max(other.deviation, 1e-12), self.spread / max(other.spread, 1e-12)
        )


class PixelSpread:
    """Variance of pixels over pictures that pass by."""

    def __init__(self) -> None:
        self._count = 0
        self._sum: torch.Tensor | None = None
        self._squares: torch.Tensor | None = None

    def watched(self, batches: Iterable[torch.Tensor]) -> Iterator[torch.Tensor]:
        """Pass batches uint8 `[n, 3, s, s]` on, counting them."""
        for pictures in batches:
            x = pictures.long()  # whole numbers: the order of the pictures leaves no trace
            self._count += len(x)
            total, squares = x.sum(0), x.square().sum(0)
            self._sum = total if self._sum is None else self._sum + total
            self._squares = squares if self._squares is None else self._squares + squares
            yield pictures

    def deviation(self) -> float:
        """Root mean square over pixels of the deviation over pictures, grey levels.

        Raises:
            InputError: fewer than two pictures passed by.
        """
        if self._count < 2 or self._sum is None or self._squares is None:
            raise InputError(f"{self._count} pictures have no variance: measure two or more.")
        mean = self._sum.double() / self._count
        variance = self._squares.double() / self._count - mean.square()
        return variance.mean().clamp_min(0).sqrt().item()


def feature_spread(features: torch.Tensor) -> float:
    """Root mean square distance of two different rows of `[n, d]`."""
    check_features("measured", features)
    # The mean squared distance of two rows is twice the variance.
    return (2 * features.double().var(0).sum()).sqrt().item()


def collapse(generated: Diversity, real: Diversity, limit: float = COLLAPSED) -> str | None:
    """Say that a generator collapsed, or return None.

    Args:
        generated: of its samples.
        real: of the training pictures.
        limit: share of the latter's figures below which it counts as collapsed.
    """
    share = generated.share_of(real)
    found = []
    if share.deviation < limit:
        found.append(
            f"pixels vary by {generated.deviation:.1f} grey levels over samples, "
            f"{share.deviation:.0%} of the training pictures' {real.deviation:.1f}"
        )
    if share.spread < limit:
        found.append(f"features spread {share.spread:.0%} as far as the training pictures'")
    return f"The generator has collapsed: {'; '.join(found)}." if found else None
