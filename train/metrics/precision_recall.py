"""Improved precision and recall (Kynkaanniemi et al. 2019, arXiv 1904.06991, section 2)."""

from dataclasses import dataclass

import torch

from train.metrics.feature_distances import check_pair, squared_distances

NEIGHBOURS = 3


@dataclass(frozen=True)
class Coverage:
    """How two sets of pictures cover each other."""

    precision: float
    """Share of the generated pictures that lie among the real ones, 0..1."""
    recall: float
    """Share of the real pictures that lie among the generated ones, 0..1."""


def precision_recall(
    real: torch.Tensor, generated: torch.Tensor, neighbours: int = NEIGHBOURS
) -> Coverage:
    """Compare features `[n, d]` and `[m, d]`.

    A picture lies among others if it is within the distance of one of them to its k-th nearest
    neighbour (equation 1), k = `neighbours`.

    Raises:
        InputError: no more than `neighbours` rows, values not finite, or another width.
    """
    check_pair(real, generated, least=neighbours + 1)
    return Coverage(
        precision=_share_among(generated, real, neighbours),
        recall=_share_among(real, generated, neighbours),
    )


def _share_among(pictures: torch.Tensor, others: torch.Tensor, neighbours: int) -> float:
    # The nearest row of a row is itself.
    radii = torch.cat(
        [
            block.kthvalue(neighbours + 1, dim=1).values
            for block in squared_distances(others, others)
        ]
    )
    inside = torch.cat([(block <= radii).any(1) for block in squared_distances(pictures, others)])
    return inside.double().mean().item()
