"""Euclidean distances between rows of features, a block at a time."""

from collections.abc import Iterator

import torch

from mbtiface.errors import InputError

BLOCK = 2048
"""Rows of distances held at once."""


def check_features(name: str, features: torch.Tensor, least: int = 2) -> None:
    """Raise InputError unless features are finite, `[n, d]`, with `least` rows or more."""
    if features.ndim != 2:
        raise InputError(f"{name} features must be [n, d], but are {list(features.shape)}.")
    if len(features) < least:
        raise InputError(
            f"{name} features have {len(features)} rows, but {least} are needed: "
            "measure more pictures."
        )
    if not bool(torch.isfinite(features).all()):
        raise InputError(f"{name} features are not all finite: look at the pictures they come of.")


def check_pair(real: torch.Tensor, generated: torch.Tensor, least: int = 2) -> None:
    """`check_features` of both, and InputError unless they are of one extractor."""
    check_features("real", real, least)
    check_features("generated", generated, least)
    if real.shape[1] != generated.shape[1]:
        raise InputError(
            f"real features have {real.shape[1]} columns and generated ones {generated.shape[1]}: "
            "take both from the same extractor."
        )


def squared_distances(a: torch.Tensor, b: torch.Tensor) -> Iterator[torch.Tensor]:
    """Squared distances of `[n, d]` to `[m, d]`, blocks of rows `[up to BLOCK, m]`, float64."""
    # Differences of squares lose digits: float64 has them to lose.
    b = b.double()
    lengths = b.square().sum(1)  # [m]
    for rows in a.double().split(BLOCK):
        squares = rows.square().sum(1, keepdim=True) + lengths - 2 * (rows @ b.T)
        yield squares.clamp_min(0)


def nearest(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Each row's nearest row of `b`: distances `[n]`, float64, and indices `[n]`."""
    found = [block.min(1) for block in squared_distances(a, b)]
    distances = torch.cat([each.values for each in found]).sqrt()
    return distances, torch.cat([each.indices for each in found])
