"""`python -m train mobile --heads --bundle DIR --out RUN`: heads for small pictures of a bundle."""

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from mbtiface.errors import SourceError
from mbtiface.networks.mobile import MobileGenerator
from mbtiface.networks.small_head import SmallHead
from mbtiface.weights.bundle import load_generator, open_bundle
from train.mobile.head_crops import CropSource, channels_after
from train.mobile.head_data import CropCache
from train.mobile.head_report import report
from train.mobile.heads import FitOptions, HeadFit
from train.runs.budget import deadline
from train.runs.checkpoint import write_tensors
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

PSI = (0.5, 1.0)
"""Range of the truncation that latents are drawn with: averages to far-out samples."""
MIXED_PICTURES = 20
"""Whole pictures of mixed w+ in the report."""
NOT_COMPARED = ("dry_run", "budget_minutes", "workers")
"""Options that a run may be continued with other values of."""


@dataclass(frozen=True)
class Config:
    """Fit the heads that make small pictures from a mobile generator's early features."""

    bundle: str
    """Bundle folder, or `embedded`."""
    out: Path
    """Run folder: crops, state, logs, heads.safetensors, report.json, grid.jpg."""
    heads: bool = False
    """Fit heads only; the one thing that this command does now."""
    sizes: tuple[int, ...] = (256, 512)
    """Picture sizes that get a head."""
    count: int = 3648
    """Pictures (latents) to fit on."""
    steps: int = 9000
    """Steps of each head's fit."""
    batch: int = 32
    """Crops in a step."""
    learning_rate: float = 4e-3
    """Highest learning rate."""
    weight_decay: float = 0.01
    """Decay of the weight matrices."""
    seed: int = 1
    """Seed of latents, crops and first weights."""
    report_pictures: int = 120
    """Unseen whole pictures in the report."""
    budget_minutes: float | None = None
    """Stop after this time with the state saved; the same command goes on."""
    workers: int = os.cpu_count() or 1
    """Processes that make crops."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Make crops, fit each head, write the heads and what they are worth.

    Raises:
        SourceError: `heads` is off, the bundle has no mobile generator, or the run folder has
            another config.
    """
    if not announce(config):
        return
    if not config.heads:
        raise SourceError("Only the heads can be fitted now. Give --heads.")
    until = deadline(config.budget_minutes)
    generator = load_generator(open_bundle(config.bundle))
    if not isinstance(generator, MobileGenerator):
        raise SourceError(
            f"The bundle {config.bundle} holds a {type(generator).__name__}; "
            "small heads belong to a MobileGenerator."
        )
    keep_config(config.out, config, NOT_COMPARED)
    run(config, generator, until)


def run(config: Config, generator: MobileGenerator, until: float | None = None) -> None:
    """Go on from wherever the run folder stands, until a deadline (`train.runs.budget`)."""
    config.out.mkdir(parents=True, exist_ok=True)
    sizes = tuple(sorted(config.sizes))
    source = CropSource(digest(generator), config.seed, sizes, PSI)
    cache = CropCache(config.out / "crops", source)
    cache.fill(generator, config.count, config.workers)
    options = FitOptions(
        config.steps, config.batch, config.learning_rate, config.weight_decay, config.seed
    )
    heads: dict[str, SmallHead] = {}
    for size in sizes:
        fit = HeadFit(generator, cache, size, config.count, options, config.out)
        if not fit.run(until):
            log.info("time is up at step %d of %d px; run again to go on", fit.step, size)
            return
        heads[str(size)] = fit.head
    finish(config, generator, heads)


def finish(config: Config, generator: MobileGenerator, heads: dict[str, SmallHead]) -> None:
    """Write heads.safetensors, report.json and grid.jpg."""
    tensors = {
        f"synthesis.small_heads.{size}.{name}": value
        for size, head in heads.items()
        for name, value in head.state_dict().items()
    }
    write_tensors(config.out / "heads.safetensors", tensors)
    whole = with_heads(generator, tensors, config.sizes)
    values = report(whole, config.report_pictures, MIXED_PICTURES, PSI, config.out / "grid.jpg")
    write_json(config.out / "report.json", {"latents": config.count, **values})
    log.info("wrote %s", config.out / "heads.safetensors")


def with_heads(
    generator: MobileGenerator, tensors: dict[str, torch.Tensor], sizes: tuple[int, ...]
) -> MobileGenerator:
    """The same generator with these small heads."""
    synthesis = generator.synthesis
    whole = MobileGenerator(
        generator.z_dim,
        generator.w_dim,
        generator.img_resolution,
        [channels_after(synthesis, k) for k in range(len(synthesis.blocks))],
        generator.mapping.num_layers,
        head_sizes=sizes,
    )
    state = {n: v for n, v in generator.state_dict().items() if ".small_heads." not in n}
    whole.load_state_dict(state | tensors)
    return whole.eval().requires_grad_(False)


def digest(generator: MobileGenerator) -> str:
    """sha256 of the weights that pictures depend on; heads that it already has do not count."""
    total = hashlib.sha256()
    for name, value in sorted(generator.state_dict().items()):
        if ".small_heads." not in name:
            total.update(name.encode() + value.numpy().tobytes())
    return total.hexdigest()
