"""Adam (arXiv 1412.6980, algorithm 1) for a handful of tensors.

`torch.optim` does the same, but building one of its optimisers imports torch's compiler: 120 MB
and two seconds that a visitor of a small machine would pay for.
"""

from collections.abc import Sequence

import torch


class Adam:
    """Moves tensors in place along their `grad`."""

    def __init__(
        self,
        values: Sequence[torch.Tensor],  # Leaves that require gradients.
        betas: tuple[float, float] = (0.9, 0.999),  # Decay of the two moments.
        eps: float = 1e-8,  # Added to the root of the second moment.
    ) -> None:
        self.values = list(values)
        self.betas = betas
        self.eps = eps
        self.steps = 0
        self._moments = [(torch.zeros_like(x), torch.zeros_like(x)) for x in self.values]

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Move every tensor once, and forget its gradient; one without a gradient stays."""
        self.steps += 1
        one, two = self.betas
        rate = learning_rate / (1 - one**self.steps)
        for value, (first, second) in zip(self.values, self._moments, strict=True):
            if value.grad is None:
                continue
            first.lerp_(value.grad, 1 - one)
            second.mul_(two).addcmul_(value.grad, value.grad, value=1 - two)
            root = (second / (1 - two**self.steps)).sqrt_().add_(self.eps)
            value.addcdiv_(first, root, value=-rate)
            value.grad = None
