"""The inception score (Salimans et al. 2016, arXiv 1606.03498, section 4)."""

from dataclasses import dataclass

import torch

from mbtiface.errors import InputError

SPLITS = 10


@dataclass(frozen=True)
class Score:
    """Inception score over parts of a set."""

    mean: float
    """1 (all pictures alike) to the number of classes."""
    deviation: float
    """Population deviation over the parts."""


def inception_score(probabilities: torch.Tensor, splits: int = SPLITS) -> Score:
    """`exp` of the mean divergence of each picture's classes from those of its part of the set.

    Args:
        probabilities: `[n, classes]`, softmax of Inception's logits without their bias.
        splits: consecutive parts, as equal as can be.

    Raises:
        InputError: fewer pictures than parts, or no part at all.
    """
    count = len(probabilities)
    if not 1 <= splits <= count:
        raise InputError(f"{count} pictures cannot be split into {splits} parts.")
    scores = []
    for part in range(splits):
        p = probabilities[part * count // splits : (part + 1) * count // splits].double()
        # p log p is 0 at 0, which xlogy knows.
        divergence = (torch.xlogy(p, p) - torch.xlogy(p, p.mean(0))).sum(1)  # [pictures]
        scores.append(divergence.mean().exp())
    values = torch.stack(scores)
    return Score(values.mean().item(), values.std(correction=0).item())
