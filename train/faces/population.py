"""The distribution of w that a generator's mapping network makes."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from mbtiface.networks.mapping import random_labels

SAMPLES = 60_000


@dataclass(frozen=True)
class Population:
    """Mean and covariance of w."""

    mean: np.ndarray
    """`[w_dim]`."""
    covariance: np.ndarray
    """`[w_dim, w_dim]`."""

    def distance(self, steps: np.ndarray) -> np.ndarray:
        """Mahalanobis length of steps `[..., w_dim]`: how unusual a face each leads to."""
        solved = np.linalg.solve(self.covariance, steps.reshape(-1, steps.shape[-1]).T).T
        squared = (steps.reshape(-1, steps.shape[-1]) * solved).sum(1)
        return np.sqrt(squared).reshape(steps.shape[:-1])


@torch.inference_mode()
def sample_population(mapping: nn.Module, z_dim: int, seed: int) -> Population:
    """Draw `SAMPLES` latents and take their mean and covariance, in float64."""
    generator = torch.Generator().manual_seed(seed)
    batches = []
    for _ in range(SAMPLES // 1000):
        z = torch.randn(1000, z_dim, generator=generator)
        batches.append(mapping(z, random_labels(mapping, 1000, generator))[:, 0])
    w = torch.cat(batches).double().numpy()  # [samples, w_dim]
    return Population(w.mean(0), np.cov(w.T))
