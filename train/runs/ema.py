"""An exponential moving average of a network's weights."""

import copy

import torch
from torch import nn


class Ema:
    """A second network that follows the first; early on it follows faster."""

    def __init__(
        self,
        network: nn.Module,
        decay: float = 0.999,  # Share that stays at each step, once warmed up.
    ) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move a little toward `network` after its step number `step`; buffers are copied."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for mean, value in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)
        for kept, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            kept.copy_(buffer)
