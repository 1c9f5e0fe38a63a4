"""A toy GAN: discs on plain ground, networks of a few thousand numbers, ticks of two iterations."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from train.commands.gan import Config
from train.runs.distributed import Ranks
from train.stylegan2.ada import AdaOptions
from train.stylegan2.augment import AugmentPipe
from train.stylegan2.changes import Changes
from train.stylegan2.config import LossOptions, NetworkOptions, Recipe, UpdateOptions
from train.stylegan2.real_batch import RealBatch
from train.stylegan2.trainer import Trainer
from train.stylegan2.watching import WatchOptions

SIDE, BATCH, TICK = 16, 4, 8
CHANGE = Changes(
    z_dim=8,
    w_dim=8,
    channel_base=64,
    channel_max=8,
    batch=BATCH,
    d_reg_interval=4,
    g_reg_interval=2,
)
ALONE = Ranks(0, 1, torch.device("cpu"))


def write_discs(folder: Path, count: int = 12, side: int = SIDE) -> Path:
    """Write pictures of discs."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] / side
    for number in range(count):
        place, radius = random.uniform(0.3, 0.7, 2), random.uniform(0.2, 0.4)
        disc = ((x - place[0]) ** 2 + (y - place[1]) ** 2 < radius**2)[..., None]
        pixels = disc * random.uniform(size=3) + ~disc * random.uniform(size=3)
        Image.fromarray((255 * pixels).astype(np.uint8)).save(folder / f"{number:03d}.png")
    return folder


def config(data: Path, out: Path, ticks: int, **changes: Any) -> Config:
    """Options of a toy run of so many ticks, without the metric."""
    watch = WatchOptions(
        tick_kimg=TICK / 1000, snapshot_ticks=2, grid=4, scores=4, metric="none", batch=4
    )
    base = Config(data, out, kimg=ticks * TICK / 1000, change=CHANGE, watch=watch, device="cpu")
    return replace(base, **changes)


def toy_recipe(**parts: Any) -> Recipe:
    """A recipe whose phases are all due in iteration 0 and often after."""
    base = Recipe(
        NetworkOptions(z_dim=8, w_dim=8, mapping_layers=2, channel_base=64, channel_max=8),
        LossOptions(r1_gamma=1.0, d_reg_interval=2, g_reg_interval=2),
        UpdateOptions(batch=8),
    )
    return replace(base, **parts)


def toy_trainer(
    recipe: Recipe,
    c_dim: int = 0,
    pipe: AugmentPipe | None = None,
    ranks: Ranks = ALONE,
    p: float = 0.0,
) -> Trainer:
    """A trainer of toy networks."""
    return Trainer(recipe, SIDE, c_dim, AdaOptions(kimg=0.1, start=p), pipe, ranks, 3)


class ToyLabels:
    """Labels of ten pictures, in two classes."""

    def __init__(self, c_dim: int) -> None:
        self.c_dim = c_dim

    def __len__(self) -> int:
        return 10

    def labels(self, indices: np.ndarray) -> torch.Tensor:
        if not self.c_dim:
            return torch.zeros(len(indices), 0)
        return torch.eye(self.c_dim)[torch.from_numpy(np.asarray(indices) % self.c_dim)]


def toy_batch(iteration: int, batch: int = 8, c_dim: int = 0, ranks: Ranks = ALONE) -> RealBatch:
    """A process's share of random pictures."""
    random = torch.Generator().manual_seed(iteration)
    pictures = torch.rand(batch, 3, SIDE, SIDE, generator=random) * 2 - 1
    labels = ToyLabels(c_dim)
    mine = slice(ranks.rank, None, ranks.count)
    return RealBatch(pictures[mine], labels.labels(np.arange(batch))[mine], labels)


def differences(a: Any, b: Any) -> list[str]:
    """What differs between two states, bit for bit, but the time that they took."""
    if isinstance(a, torch.Tensor):
        return [] if torch.equal(a, b) else ["tensor"]
    if isinstance(a, dict):
        keys = sorted((set(a) | set(b)) - {"seconds"}, key=str)
        return [
            f"{key}.{inner}"
            for key in keys
            for inner in (differences(a[key], b[key]) if key in a and key in b else ["missing"])
        ]
    if isinstance(a, list | tuple):
        if len(a) != len(b):
            return [f"{len(a)} and {len(b)} entries"]
        pairs = zip(a, b, strict=True)
        return [f"{k}.{inner}" for k, (x, y) in enumerate(pairs) for inner in differences(x, y)]
    return [] if a == b else [f"{a} and {b}"]
