"""Inverts a folder of aligned faces part by part, so that a killed run goes on where it was."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from tqdm import tqdm

from mbtiface.errors import SourceError
from mbtiface.faces.projection import OnStep, project
from mbtiface.faces.projection_options import ProjectionOptions
from mbtiface.faces.whitening import Whitening, sample_whitening
from mbtiface.networks import FaceGenerator
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import Bundle
from mbtiface.weights.inversion_parts import load_encoder, load_perceptual
from train.psp.perceptual_weights import perceptual_features
from train.psp.pictures import read_images, to_tensor
from train.runs.budget import passed
from train.runs.checkpoint import write_tensors

log = logging.getLogger(__name__)

Encoder = Callable[[torch.Tensor], torch.Tensor]
"""Pictures `[batch, 3, size, size]`, -1..1 -> w+ `[batch, num_ws, w_dim]`."""
Method = Callable[[torch.Tensor, OnStep], torch.Tensor]
"""An inversion: pictures, told of its steps -> w+."""


@dataclass(frozen=True)
class Projector:
    """The networks of a bundle that projections need."""

    network: FaceGenerator
    perceptual: PerceptualFeatures
    statistics: Whitening

    @classmethod
    def of(cls, bundle: Bundle, network: FaceGenerator, device: torch.device) -> "Projector":
        """Perceptual features are the bundle's own if it has any, else the published ones."""
        perceptual = load_perceptual(bundle) if bundle.files("perceptual") else None
        return cls(
            network.to(device),
            (perceptual or perceptual_features()).to(device),
            sample_whitening(network.mapping),
        )

    def average(self, count: int) -> torch.Tensor:
        """The average face's w+ `[count, num_ws, w_dim]`."""
        return self.network.mapping.w_avg.expand(count, self.network.num_ws, -1)

    def method(self, options: ProjectionOptions, encoder: Encoder | None = None) -> Method:
        """Projection from the encoder's answer, or from the average face without an encoder."""

        def invert(pictures: torch.Tensor, on_step: OnStep) -> torch.Tensor:
            with torch.no_grad():
                start = encoder(pictures) if encoder else self.average(len(pictures))
            synthesis = self.network.synthesis
            found = project(
                synthesis, self.perceptual, pictures, start, self.statistics, options, on_step
            )
            return found.w

        return invert


def encoding(encoder: Encoder) -> Method:
    """The encoder alone as a method."""

    def invert(pictures: torch.Tensor, on_step: OnStep) -> torch.Tensor:
        with torch.no_grad():
            w = encoder(pictures)
        on_step(1, 1, 0.0)
        return w

    return invert


def bundle_encoder(bundle: Bundle, device: torch.device) -> nn.Module:
    """The bundle's encoder on a device.

    Raises:
        MissingPartError: it has none.
    """
    return load_encoder(bundle).to(device)


@dataclass(frozen=True)
class Found:
    """What a run has found, in the order of its pictures."""

    w: torch.Tensor
    """`[faces, num_ws, w_dim]`."""
    seconds: torch.Tensor
    """Wall-clock seconds a face, `[faces]`."""


class ProjectionRun:
    """One method over pictures; each part of `batch` faces is one file once it is complete."""

    def __init__(
        self,
        folder: Path,  # Where the parts go.
        paths: Sequence[Path],  # Aligned pictures.
        size: int,  # Side in pixels at which they are shown to the method.
        batch: int,  # Faces inverted together: what an interruption can cost.
        device: torch.device,
    ) -> None:
        self.folder = folder
        self.paths = list(paths)
        self.size = size
        self.batch = batch
        self.device = device

    def fill(self, method: Method, name: str, deadline: float | None = None) -> bool:
        """Invert what is missing; False if the deadline came first (`train.runs.budget`)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for number, start in enumerate(range(0, len(self.paths), self.batch)):
            if self._part(number).exists():
                continue
            if passed(deadline):
                log.info("time is up at face %d of %d; run again to go on", start, len(self.paths))
                return False
            paths = self.paths[start : start + self.batch]
            pictures = to_tensor(read_images(paths, self.size)).to(self.device)
            with tqdm(desc=f"{name}, face {start + 1} of {len(self.paths)}", leave=False) as bar:
                began = time.monotonic()
                w = method(pictures, _shown_by(bar)).cpu()
                seconds = (time.monotonic() - began) / len(paths)
            self._write(number, w, seconds)
        return True

    def found(self) -> Found:
        """All parts together.

        Raises:
            SourceError: a part is missing or damaged.
        """
        parts = []
        for number in range(-(-len(self.paths) // self.batch)):
            path = self._part(number)
            try:
                parts.append(load_file(path))
            except (OSError, SafetensorError) as error:
                raise SourceError(
                    f"{path} cannot be read ({error}). Delete it and run the command again."
                ) from error
        return Found(
            torch.cat([part["w"] for part in parts]),
            torch.cat([part["seconds"] for part in parts]),
        )

    def _part(self, number: int) -> Path:
        return self.folder / f"latents-{number:05d}.safetensors"

    def _write(self, number: int, w: torch.Tensor, seconds: float) -> None:
        write_tensors(self._part(number), {"w": w, "seconds": torch.full((len(w),), seconds)})


def _shown_by(bar: "tqdm[None]") -> OnStep:
    def show(step: int, total: int, loss: float) -> None:
        bar.total = total
        bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
        bar.update(step - bar.n)

    return show
