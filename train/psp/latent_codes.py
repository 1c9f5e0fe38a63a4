"""Coordinates of W in which every direction is about equally easy to learn."""

import torch

from train.faces.population import Population

POWER = 0.5
"""0 = w as it is, 1 = fully whitened. Half-way, directions that hardly vary count less, but do."""


def code_basis(population: Population) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `basis [w_dim, w_dim]` (code -> w - mean) and its inverse, float32.

    Principal components of W, each scaled by its deviation to the power `POWER`, and all so that
    codes have unit variance on average.
    """
    covariance = torch.from_numpy(population.covariance)
    variance, vectors = torch.linalg.eigh(covariance)
    scale = variance.clamp_min(1e-10).sqrt()
    columns = scale**POWER
    rms = (scale / columns).square().mean().sqrt()
    basis = vectors * columns * rms  # [w_dim, codes]
    return basis.float(), (vectors / (columns * rms)).T.float().contiguous()
