"""Real pictures of one process for one iteration, as the phases take them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from train.data.batches import Batch

GREY_LEVELS = 127.5
"""Half the range of a byte: pictures inside are -1..1."""
Rows = Callable[[int, np.ndarray | None], np.ndarray]
"""(pictures, weights) -> numbers of random pictures, int64."""


class Labelled(Protocol):
    """What of a dataset labels of generated pictures come from."""

    def labels(self, indices: np.ndarray) -> torch.Tensor:
        """float32 `[n, c_dim]`, c_dim 0 = none."""
        ...

    def __len__(self) -> int:
        """How many pictures."""
        ...


@dataclass(frozen=True)
class RealBatch:
    """Pictures and labels of a process's share of the batch."""

    pictures: torch.Tensor
    """`[share, 3, size, size]`, -1..1."""
    labels: torch.Tensor
    """`[share, c_dim]`."""
    dataset: Labelled
    """Where they are from."""

    @classmethod
    def of(cls, batch: Batch, dataset: Labelled) -> "RealBatch":
        """Bytes to -1..1, on the device that they lie on."""
        return cls(batch.pictures.float() / GREY_LEVELS - 1, batch.labels, dataset)

    def turn(self, turn: int, turns: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures and labels of a turn: every `turns`-th."""
        return self.pictures[turn::turns], self.labels[turn::turns]

    def any_labels(self, rows: Rows, weights: np.ndarray | None) -> torch.Tensor:
        """Labels `[share, c_dim]` of random pictures, for the generator."""
        if not self.labels.shape[1]:
            return self.labels
        drawn = self.dataset.labels(rows(len(self.dataset), weights))
        return drawn.to(self.labels.device)
