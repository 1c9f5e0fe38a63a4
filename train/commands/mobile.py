"""`python -m train mobile`: a mobile generator of a teacher, or heads for its small pictures.

`--teacher DIR --out RUN` distils a StyleGAN2 bundle, `--heads --bundle DIR --out RUN` fits heads.
"""

import hashlib
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch

from mbtiface.errors import SourceError
from mbtiface.networks.mobile import MobileGenerator
from mbtiface.networks.small_head import SmallHead
from mbtiface.weights.bundle import load_generator, open_bundle
from train.mobile.distil_fit import DistilFit
from train.mobile.distil_options import DistilOptions
from train.mobile.distil_run import announce_origins, choose_cast, choose_judges
from train.mobile.distil_run import run as run_distillation
from train.mobile.head_crops import CropSource, channels_after
from train.mobile.head_data import CropCache
from train.mobile.head_report import report
from train.mobile.heads import FitOptions, HeadFit
from train.runs.budget import deadline
from train.runs.checkpoint import write_tensors
from train.runs.config import announce, keep_config, write_json
from train.runs.distributed import join, wait

log = logging.getLogger(__name__)

PSI = (0.5, 1.0)
"""Range of the truncation that latents are drawn with: averages to far-out samples."""
MIXED_PICTURES = 20
"""Whole pictures of mixed w+ in the report."""
NOT_COMPARED = (
    *("dry_run", "budget_minutes", "workers", "threads", "device"),
    *("teacher", "distil"),  # a run of the other kind keeps them
)
"""Options that fitting heads may be continued with other values of."""


@dataclass(frozen=True)
class Config:
    """Distil a StyleGAN2 bundle into a mobile generator, or fit heads for its small pictures."""

    out: Path
    """Run folder. Distilling: state, logs, origins.json, grid.jpg, report.json, bundle/. Heads:
    crops, state, logs, heads.safetensors, report.json, grid.jpg."""
    teacher: str | None = None
    """Bundle folder of the StyleGAN2 to distil."""
    distil: DistilOptions = field(default_factory=DistilOptions)
    """Student, steps and loss of a distillation."""
    heads: bool = False
    """Fit heads only, for the mobile generator of `bundle`."""
    bundle: str | None = None
    """Bundle folder, or `embedded`, whose small pictures get heads."""
    sizes: tuple[int, ...] = (256, 512)
    """Picture sizes that get a head."""
    count: int = 3648
    """Pictures (latents) to fit heads on."""
    steps: int = 9000
    """Steps of each head's fit."""
    batch: int = 32
    """Crops in a step of a head."""
    learning_rate: float = 4e-3
    """Highest learning rate of a head."""
    weight_decay: float = 0.01
    """Decay of the weight matrices of a head."""
    seed: int = 1
    """Seed of latents, crops and first weights of heads."""
    report_pictures: int = 120
    """Unseen whole pictures in the report of heads."""
    budget_minutes: float | None = None
    """Stop after this time with the state saved; the same command goes on."""
    workers: int = os.cpu_count() or 1
    """Processes that make crops."""
    threads: int | None = None
    """Threads of torch while distilling; None = its own choice."""
    device: str = "auto"
    """Where to distil: `auto`, `cpu` or `cuda`; several GPUs by torchrun."""
    dry_run: bool = False
    """Print the resolved config and stop."""


@dataclass(frozen=True)
class DistilRun:
    """What a distillation's run folder belongs to."""

    teacher: str
    distil: DistilOptions


def main(config: Config) -> None:
    """Distil, or fit heads.

    Raises:
        SourceError: neither or both are asked for, a bundle holds the wrong kind of generator, or
            the run folder has another config.
    """
    if not announce(config):
        return
    if config.heads == (config.teacher is not None):
        raise SourceError("Give either --teacher BUNDLE to distil it, or --heads for small sizes.")
    until = deadline(config.budget_minutes)
    if config.teacher is not None:
        distil(config, config.teacher, until)
    else:
        fit_heads(config, until)


def distil(config: Config, teacher: str, until: float | None) -> None:
    """Distil a teacher on, from wherever the run folder stands, and write its bundle."""
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    ranks = join(config.device)
    cast = choose_cast(teacher, config.distil)
    judges = choose_judges(cast, config.distil, ranks)
    if ranks.first:
        keep_config(config.out, DistilRun(teacher, config.distil), ())
        announce_origins(cast.origins, config.distil.start, config.out)
    wait(ranks)
    fit = DistilFit(cast.teacher, cast.student, judges, config.distil, ranks, config.out)
    fit.load()
    run_distillation(cast, fit, ranks, config.out, until)


def fit_heads(config: Config, until: float | None) -> None:
    """Make crops, fit each head, write the heads and what they are worth."""
    if config.bundle is None:
        raise SourceError("Heads need a bundle. Give --bundle DIR or --bundle embedded.")
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
        c_dim=generator.c_dim,
        mapping_kwargs=generator.mapping_kwargs,
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
