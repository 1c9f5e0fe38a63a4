"""The phases of one iteration of GAN training, each as a call that can be timed."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from tests.benchmarks.gan_variants import LATENT, Variant
from train.data.batches import Batches
from train.data.endless import EndlessSampler
from train.data.picture_dataset import PictureDataset
from train.stylegan2.config import LossOptions
from train.stylegan2.losses import (
    Augment,
    discriminator_loss,
    generator_loss,
    map_styles,
    path_length_loss,
    r1_loss,
)
from train.stylegan2.phases import make_phases
from train.stylegan2.real_batch import RealBatch

INTERVALS = {phase.name: phase.interval for phase in make_phases(*LossOptions().intervals)}
"""Iterations from one update of a phase to the next."""
DATA = "data"
PICTURES = 128
"""In the set that batches are read from."""
RATE = 1e-4


class Phases:
    """Phase by phase, loss, gradients and Adam on one pair of networks."""

    def __init__(
        self,
        variant: Variant,
        generator: nn.Module,
        discriminator: nn.Module,
        batch: int,
        side: int,
        device: torch.device,
        augment: Augment,
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.augment, self.precision = augment, variant.precision_on(device.type)
        self.z = torch.randn(batch, LATENT, device=device)
        self.c = torch.zeros(batch, 0, device=device)
        self.real = torch.rand(batch, 3, side, side, device=device) * 2 - 1
        self.pl_mean = torch.zeros([], device=device)
        self.adam = {
            network: torch.optim.Adam(network.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True)
            for network in (generator, discriminator)
        }

    def calls(self) -> dict[str, Callable[[], None]]:
        """Each phase by its name."""
        return {
            "Gmain": lambda: self._update(self.generator, self._generator_loss),
            "Greg": lambda: self._regularise(self.generator, self._path_length),
            "Dmain": lambda: self._update(self.discriminator, self._discriminator_loss),
            "Dreg": lambda: self._regularise(self.discriminator, self._r1),
        }

    def _update(self, network: nn.Module, loss: Callable[[], torch.Tensor]) -> None:
        for each in (self.generator, self.discriminator):
            each.requires_grad_(each is network)
        optimizer = self.adam[network]
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        optimizer.step()

    def _regularise(self, network: nn.Module, loss: Callable[[], torch.Tensor]) -> None:
        # What torch.compile has made cannot be differentiated twice.
        with torch.compiler.set_stance("force_eager"):
            self._update(network, loss)

    def _generator_loss(self) -> torch.Tensor:
        ws = map_styles(self.generator, self.z, self.c)
        return generator_loss(
            self.generator,
            self.discriminator,
            ws,
            self.c,
            augment=self.augment,
            precision=self.precision,
        ).loss

    def _path_length(self) -> torch.Tensor:
        half = len(self.z) // LossOptions().pl_batch_shrink
        ws = map_styles(self.generator, self.z[:half], self.c[:half])
        noise = torch.randn_like(self.real[:half])
        return path_length_loss(self.generator, ws, noise, self.pl_mean).loss

    def _discriminator_loss(self) -> torch.Tensor:
        with torch.no_grad():
            ws = map_styles(self.generator, self.z, self.c)
            with self.precision():
                fake = self.generator.synthesis(ws).to(ws.dtype)
        on_real, on_fake = discriminator_loss(
            self.discriminator, self.real, self.c, fake, self.c, self.augment, self.precision
        )
        return on_real.loss + on_fake.loss

    def _r1(self) -> torch.Tensor:
        return r1_loss(self.discriminator, self.real, self.c, 1.0, self.augment).loss


@contextmanager
def reading(
    folder: Path, side: int, batch: int, device: torch.device
) -> Iterator[Callable[[], RealBatch]]:
    """A call that reads a batch of pictures, which lie in `folder` and are made here."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for number in range(PICTURES):
        pixels = random.integers(0, 256, [side, side, 3], dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:04}.png", compress_level=0)
    dataset = PictureDataset.open(folder)
    with Batches(dataset, EndlessSampler(len(dataset), seed=0), batch, device) as batches:
        yield lambda: RealBatch.of(batches.next(), dataset)


def seconds_per_kimg(seconds: float, phase: str, batch: int) -> float:
    """What a phase adds to a thousand pictures, rare phases counted as often as they come."""
    return seconds * 1000 / batch / INTERVALS.get(phase, 1)


def all_phases() -> Iterable[str]:
    """Names of all phases in the order of an iteration, `data` last."""
    return (*INTERVALS, DATA)
