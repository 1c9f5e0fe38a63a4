"""Looks at a run from outside a step: the same samples each time, and what the two networks say."""

import resource
from dataclasses import dataclass

import numpy as np
import torch

from train.data.picture_dataset import PictureDataset
from train.metrics.picture_bytes import metric_bytes
from train.metrics.samples import at_rest
from train.metrics.score_histograms import ScoreHistogram, score_histogram, scores
from train.stylegan2.losses import AnyGenerator
from train.stylegan2.trainer import Trainer

GIGABYTE = 2**30


@dataclass(frozen=True)
class FixedSamples:
    """The same latents and labels for every grid."""

    z: torch.Tensor
    """`[n, z_dim]`."""
    c: torch.Tensor
    """`[n, c_dim]`, a class after the other."""
    batch: int
    """Pictures drawn at once."""

    @classmethod
    def draw(cls, z_dim: int, count: int, seed: int, batch: int, classes: int) -> "FixedSamples":
        """Latents of a seed; labels go through the classes."""
        z = torch.randn(count, z_dim, generator=torch.Generator().manual_seed(seed))
        c = torch.eye(classes)[torch.arange(count) % classes] if classes else z[:, :0]
        return cls(z, c, batch)

    def pictures(self, generator: AnyGenerator) -> torch.Tensor:
        """What a generator makes of them, with its constant noise: uint8 `[n, 3, size, size]`."""
        parts = []
        with at_rest(generator, 0) as device:
            for start in range(0, len(self.z), self.batch):
                part = slice(start, start + self.batch)
                z, c = self.z[part].to(device), self.c[part].to(device)
                parts.append(metric_bytes(generator(z, c, noise_mode="const").float()).cpu())
        return torch.cat(parts)


@dataclass(frozen=True)
class Scored:
    """Pictures whose scores are looked at: not augmented, the same ones each time."""

    training: PictureDataset
    held_out: PictureDataset | None
    """Pictures that are not learnt from; None = there are none."""
    samples: FixedSamples
    count: int
    """Most pictures of each set."""
    batch: int
    """Pictures seen at once."""
    group: int
    """Pictures in a group of the minibatch deviation."""

    def histogram(self, trainer: Trainer) -> ScoreHistogram:
        """What the discriminator says of each set, the generator as it is trained, not averaged."""

        def of(pictures: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return scores(trainer.discriminator, pictures, labels, self.batch, self.group)

        held_out = None
        if self.held_out is not None and len(self.held_out) >= self.group:
            held_out = of(*self._spread(self.held_out))
        return score_histogram(
            trainer.images / 1000,
            of(*self._spread(self.training)),
            of(self.samples.pictures(trainer.generator), self.samples.c),
            held_out,
        )

    def _spread(self, dataset: PictureDataset) -> tuple[torch.Tensor, torch.Tensor]:
        count = min(self.count, len(dataset))
        rows = np.linspace(0, len(dataset) - 1, count).round().astype(np.int64)
        return dataset.pictures(rows), dataset.labels(rows)


def peak_memory(device: torch.device) -> dict[str, float]:
    """Peak memory so far in GiB: of the process, and of the GPU where there is one."""
    # Kibibytes on Linux.
    used = {"memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIGABYTE}
    if device.type == "cuda":
        used["gpu_memory_gb"] = torch.cuda.max_memory_allocated(device) / GIGABYTE
    return used


def columns_of(count: int, classes: int) -> int:
    """Pictures in a row of a grid: one of each class, else about a square."""
    return classes if 1 < classes <= count else max(round(count**0.5), 1)
