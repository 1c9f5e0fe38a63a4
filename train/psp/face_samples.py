"""Samples for an encoder's training, each drawn from its number alone so that a run can go on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from mbtiface.errors import SourceError
from mbtiface.faces.pixels import from_bytes
from train.data.made_faces import MadeFaces, to_rows
from train.psp.disturb import disturb
from train.psp.pictures import read_rgb, resize

HELD_OUT = 256
"""The first made faces are never trained on."""


@dataclass(frozen=True)
class Batch:
    """One step's samples."""

    pictures: torch.Tensor
    """Disturbed, what the encoder sees: `[batch, 3, size, size]`, -1..1."""
    clean: torch.Tensor
    """What its reconstruction should be: `[batch, 3, clean_size, clean_size]`, -1..1."""
    ws: torch.Tensor
    """True w+ `[batch, num_ws, w_dim]`; zeros where unknown."""
    known: torch.Tensor
    """Whether the w+ is known, `[batch]` bool."""
    mixed: torch.Tensor
    """Whether its rows come from two latents, `[batch]` bool."""


class FaceSamples(Dataset[tuple[np.ndarray, np.ndarray, int]]):
    """Sample number -> disturbed picture, clean picture, index of the made face or -1."""

    def __init__(
        self,
        made: MadeFaces,
        count: int,  # Made faces there are; the first HELD_OUT are not drawn.
        photos: list[Path],  # Aligned pictures without a known w+.
        photo_share: float,  # Share of samples that are photos.
        size: int,  # Picture size that the encoder sees, in px.
        clean_size: int,  # Picture size of reconstructions, in px.
        seed: int,
    ) -> None:
        if count <= HELD_OUT:
            raise SourceError(
                f"{count} made faces are too few: the first {HELD_OUT} are held out. Prepare more."
            )
        self.made = made
        self.count = count
        self.photos = photos
        self.photo_share = photo_share if photos else 0.0
        self.size = size
        self.clean_size = clean_size
        self.seed = seed

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray, int]:
        random = np.random.default_rng((self.seed, number))
        if random.random() < self.photo_share:
            index, path = -1, self.photos[random.integers(len(self.photos))]
        else:
            index = int(random.integers(HELD_OUT, self.count))
            path = self.made.picture(index)
        picture = read_rgb(path)
        return disturb(picture, random, self.size), resize(picture, self.clean_size), index


def batches(
    samples: FaceSamples,
    w: torch.Tensor,  # [n, 2, w_dim] of the made faces.
    crossover: torch.Tensor,  # [n]
    num_ws: int,
    first: int,  # Number of the first sample.
    last: int,  # Number after the last sample.
    batch: int,
    rank: int = 0,
    ranks: int = 1,
    workers: int = 1,
) -> Iterator[Batch]:
    """Yield batches of consecutive samples; each rank takes every `ranks`-th sample."""
    numbers = range(first + rank, last, ranks)
    loader: DataLoader[tuple[np.ndarray, np.ndarray, int]] = DataLoader(
        samples, batch, sampler=list(numbers), num_workers=workers, drop_last=True
    )
    for pictures, clean, index in loader:
        known = index >= 0
        rows = crossover[index.clamp_min(0)]
        ws = to_rows(w[index.clamp_min(0)], rows, num_ws) * known[:, None, None]
        mixed = known & (rows < num_ws)
        yield Batch(from_bytes(pictures), from_bytes(clean), ws, known, mixed)
