"""`python -m train aligner --data MADE --out RUN`: the aligner that stands in for landmarks."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import torch

from mbtiface.networks.aligner import CropAligner
from train.data.made_faces import MadeFaces
from train.psp.aligner_fit import AlignerFit, FitOptions
from train.psp.aligner_report import report
from train.psp.aligner_samples import CropSamples, training_samples
from train.psp.face_samples import HELD_OUT
from train.runs.budget import deadline
from train.runs.checkpoint import write_tensors
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

MAY_CHANGE = ("dry_run", "steps", "budget_minutes", "workers", "threads", "photos", "canvases")
"""Options that a run may be continued with other values of; fewer steps end it sooner."""


@dataclass(frozen=True)
class Network:
    """What the aligner is made of; see `CropAligner`."""

    img_resolution: int = 128
    """Height and width of the crop that it sees."""
    stem_channels: int = 32
    """Channels of the first convolution."""
    widths: tuple[int, ...] = (64, 112)
    """Channels of each level."""
    units: tuple[int, ...] = (1, 2)
    """Residual units of each level."""
    grid_channels: int = 16
    """Channels that the hidden layer sees."""
    hidden: int = 96
    """Size of the hidden layer."""


@dataclass(frozen=True)
class Config:
    """Fit the aligner on generated faces; running it again goes on."""

    data: Path
    """Dataset of `python -m train prepare`."""
    out: Path
    """Run folder: state, logs, aligner.safetensors, aligner.json, report.json, grid.png."""
    photos: Path | None = None
    """Folder of other aligned faces, only measured on."""
    network: Network = Network()
    """Sizes of the network."""
    steps: int = 2500
    """Steps of the fit."""
    batch: int = 64
    """Crops in a step."""
    learning_rate: float = 3e-3
    """Highest learning rate."""
    weight_decay: float = 0.02
    """Decay of the weight matrices."""
    seed: int = 1
    """Seed of crops and first weights."""
    canvases: int = 200
    """Pictures of each kind in the report."""
    budget_minutes: float | None = None
    """Stop after this time with the state saved; the same command goes on."""
    workers: int = 0
    """Processes that make crops; 0 makes them between the steps."""
    threads: int = 1
    """Threads of the fit."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Fit, write the network, measure it."""
    if not announce(config):
        return
    until = deadline(config.budget_minutes)
    made = MadeFaces(config.data)
    size = config.network.img_resolution
    samples = training_samples(made, size, config.seed)
    held_out = CropSamples(made.picture, 0, HELD_OUT, size, config.seed + 1)
    keep_config(config.out, config, MAY_CHANGE)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(config.threads)
    torch.manual_seed(config.seed)
    options = FitOptions(
        config.steps,
        config.batch,
        config.learning_rate,
        config.weight_decay,
        config.workers,
    )
    network = CropAligner(**asdict(config.network))
    fit = AlignerFit(network, samples, held_out, options, config.out)
    if not fit.run(until):
        log.info("time is up at step %d of %d; run again to go on", fit.step, config.steps)
        return
    finish(config, fit.averaged, made)


def finish(config: Config, network: CropAligner, made: MadeFaces) -> None:
    """Write aligner.safetensors, aligner.json, grid.png and report.json."""
    write_tensors(config.out / "aligner.safetensors", network.state_dict())
    spec = {"kind": type(network).__name__, "args": asdict(config.network)}
    write_json(config.out / "aligner.json", spec)
    values = report(network, made, config.photos, config.canvases, config.out / "grid.png")
    write_json(config.out / "report.json", {"steps": config.steps, **values})
    log.info("wrote %s", config.out / "aligner.safetensors")
