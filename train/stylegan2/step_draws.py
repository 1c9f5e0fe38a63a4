"""What an iteration draws: a function of seed and iteration, whichever process or run asks.

So a run that goes on needs no generator's state, and processes share what one process would draw.
"""

from dataclasses import dataclass

import numpy as np
import torch

from train.runs.distributed import Ranks

LOCAL_STREAM = 1000
"""Number of the first stream that belongs to one process: noise maps and augmentation."""


@dataclass(frozen=True)
class Latents:
    """Inputs of the generator for one update of one process."""

    z: torch.Tensor
    """`[share, z_dim]`."""
    other_z: torch.Tensor | None
    """`[share, z_dim]` for style mixing; None = none this time."""
    cutoff: int | None
    """First layer that follows `other_z`, the same for the whole batch; None = none."""


@dataclass(frozen=True)
class StepDraws:
    """Draws of one iteration for one process; streams are told apart by their number."""

    seed: int
    """Of the run."""
    iteration: int
    """Counted from 0."""
    ranks: Ranks
    """This process takes every `ranks.count`-th sample of the batch, so that the groups of the
    minibatch deviation are those of one process."""

    def seed_process(self) -> None:
        """Seed torch's global generators for noise maps and augmentation of this process."""
        torch.manual_seed(self._number(LOCAL_STREAM + self.ranks.rank))

    def latents(
        self,
        stream: int,  # number of the update within the iteration
        batch: int,  # over all processes
        z_dim: int,
        num_ws: int,
        style_mixing: float,  # chance of mixing
    ) -> Latents:
        """Latents of an update; one cutoff for the batch, uniform in 1 .. num_ws - 1."""
        random = self._random(stream)
        z, other = torch.randn(
            2, batch, z_dim, generator=random, device=self.ranks.device
        )  # [batch, z_dim] each
        chance = np.random.default_rng(self._number(stream))
        mixed = chance.random() < style_mixing
        cutoff = int(chance.integers(1, num_ws)) if num_ws > 1 else 1
        if not mixed or num_ws < 2:
            return Latents(self._mine(z), None, None)
        return Latents(self._mine(z), self._mine(other), cutoff)

    def rows(
        self,
        stream: int,
        batch: int,  # over all processes
        count: int,  # rows to choose from
        weights: np.ndarray | None = None,  # [count], sum 1; None = alike
    ) -> np.ndarray:
        """Random rows for labels of generated pictures, int64 `[share]`."""
        chance = np.random.default_rng([self._number(stream), count])
        drawn = chance.choice(count, size=batch, p=weights)
        return drawn[self.ranks.rank :: self.ranks.count]

    def noise(self, stream: int, shape: list[int]) -> torch.Tensor:
        """Standard normal pictures of this process, `[share, ...]` for `[batch, ...]`."""
        random = self._random(stream + 1)
        return self._mine(torch.randn(shape, generator=random, device=self.ranks.device))

    def _mine(self, whole: torch.Tensor) -> torch.Tensor:
        return whole[self.ranks.rank :: self.ranks.count]

    def _random(self, stream: int) -> torch.Generator:
        return torch.Generator(self.ranks.device).manual_seed(self._number(stream))

    def _number(self, stream: int) -> int:
        mixed = np.random.SeedSequence([self.seed, self.iteration, stream])
        return int(mixed.generate_state(1, np.uint64)[0] >> np.uint64(1))
