"""Means of what a tick reports, summed on the device: no step waits for a number."""

import torch
from torch import distributed

from train.runs.distributed import Ranks


class Tally:
    """Sums and counts by name; every process adds the same names."""

    def __init__(self) -> None:
        self._sums: dict[str, torch.Tensor] = {}

    def add(self, name: str, values: torch.Tensor) -> None:
        """Add values of any shape to a mean."""
        values = values.detach().double()
        both = torch.stack([values.sum(), values.new_tensor(float(values.numel()))])
        self._sums[name] = self._sums[name] + both if name in self._sums else both

    def add_logits(self, name: str, logits: torch.Tensor) -> None:
        """Add logits to the mean `score_{name}` and their signs to `sign_{name}`."""
        self.add(f"score_{name}", logits)
        self.add(f"sign_{name}", logits.sign())

    def take(self, ranks: Ranks) -> dict[str, float]:
        """Means over all processes; start anew. Every process must call it."""
        sums, self._sums = self._sums, {}
        if not sums:
            return {}
        every = torch.stack([sums[name] for name in sorted(sums)])  # [names, 2]
        if ranks.count > 1:
            distributed.all_reduce(every)
        means = (every[:, 0] / every[:, 1]).tolist()
        return dict(zip(sorted(sums), means, strict=True))
