"""An exponential moving average of a network's weights."""

import copy

import torch
from torch import nn


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, beta: float) -> None:
    """Move the average toward the network, `beta` of it stays; buffers are copied."""
    for mean, value in zip(average.parameters(), network.parameters(), strict=True):
        mean.copy_(value.lerp(mean, beta))
    for kept, buffer in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(buffer)


class Ema:
    """A second network that follows the first; early on it follows faster."""

    def __init__(
        self,
        network: nn.Module,
        decay: float = 0.999,  # Share that stays at each step, once warmed up.
    ) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    def update(self, network: nn.Module, step: int) -> None:
        """Move a little toward `network` after its step number `step`; buffers are copied."""
        update_average(self.network, network, min(self.decay, (1 + step) / (10 + step)))
