"""Steps between latents, and the mean length of paths (StyleGAN, arXiv 1812.04948, section 4.1)."""

import torch

from mbtiface.errors import InputError

TRIMMED = 1
"""Percent of the shortest and of the longest steps that the mean leaves out."""


def lerp(a: torch.Tensor, b: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Go the share `t` `[n, 1]` of the straight way from `a` to `b` `[n, dim]`; for w."""
    return a + (b - a) * t


def slerp(a: torch.Tensor, b: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Go the share `t` `[n, 1]` of the great circle from `a` to `b` `[n, dim]`; for z.

    The result has length 1, whatever lengths the two have.
    """
    a, b = _unit(a), _unit(b)
    cosine = (a * b).sum(-1, keepdim=True)
    angle = cosine.clamp(-1, 1).acos() * t
    across = _unit(b - cosine * a)
    return _unit(a * angle.cos() + across * angle.sin())


def trimmed_mean(distances: torch.Tensor, percent: int = TRIMMED) -> float:
    """Mean of the distances `[n]` between their lower and their upper percentile, both kept.

    They are the values next below `percent` and next above `100 - percent`.

    Raises:
        InputError: there are none.
    """
    if distances.ndim != 1 or not len(distances):
        raise InputError(f"Distances must be [n], n > 0, but are {list(distances.shape)}.")
    ordered, last = distances.sort().values, len(distances) - 1
    # In whole numbers: rounding must not move a percentile to the next value.
    low = ordered[last * percent // 100]
    high = ordered[-(-last * (100 - percent) // 100)]
    kept = distances[(distances >= low) & (distances <= high)]
    return kept.double().mean().item()


def _unit(x: torch.Tensor) -> torch.Tensor:
    return x / x.norm(dim=-1, keepdim=True)
