"""The Frechet distance of two sets of features (Heusel et al. 2017, arXiv 1706.08500, eq. 6).

Only with the features of Inception is it called FID.
"""

from dataclasses import dataclass

import torch

from mbtiface.errors import InputError
from train.metrics.feature_distances import check_features

RANK_EPS = 1e-13
"""Principal parts below this share of the largest are rounding, not spread."""


@dataclass(frozen=True)
class Moments:
    """Mean and spread of a set of features."""

    mean: torch.Tensor
    """`[d]`, float64."""
    covariance: torch.Tensor
    """`[d, d]`, float64, divided by the number of rows."""


def moments(features: torch.Tensor) -> Moments:
    """Measure features `[n, d]`; InputError for fewer than two rows or values not finite."""
    check_features("measured", features)
    x = features.double()
    mean = x.mean(0)
    centred = x - mean
    return Moments(mean, centred.T @ centred / len(x))


def frechet_distance(a: Moments, b: Moments) -> float:
    """Squared distance of the two normal distributions, 0 and more.

    `|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^1/2)`. With `C = F F'` the last trace is the sum of
    the singular values of `F_a' F_b`, which takes no root of a product that is not symmetric and
    stays exact where there are fewer pictures than features.

    Raises:
        InputError: the two have different widths.
    """
    if a.mean.shape != b.mean.shape:
        raise InputError(
            f"Moments of {len(a.mean)} and {len(b.mean)} features cannot be compared: "
            "take both from the same extractor."
        )
    shared = torch.linalg.svdvals(_factor(a.covariance).T @ _factor(b.covariance)).sum()
    spread = a.covariance.trace() + b.covariance.trace() - 2 * shared
    return max(float((a.mean - b.mean).square().sum() + spread), 0.0)


def _factor(covariance: torch.Tensor) -> torch.Tensor:
    """F of `C = F F'`, `[d, rank]`."""
    values, vectors = torch.linalg.eigh(covariance)
    kept = values > values[-1].clamp_min(0) * RANK_EPS
    return vectors[:, kept] * values[kept].sqrt()
