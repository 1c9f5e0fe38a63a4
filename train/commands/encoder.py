"""`python -m train encoder --bundle B --data MADE --out RUN`: an encoder, photo -> w+."""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from PIL import Image

from mbtiface.errors import SourceError
from mbtiface.networks import FaceGenerator
from mbtiface.weights.bundle import load_generator, open_bundle
from train.data.made_faces import MadeFaces
from train.data.ratings import SELECT_FOLD, TEST_FOLD, fold_of
from train.faces.population import Population, sample_population
from train.psp.encoder_fit import EncoderFit
from train.psp.encoder_options import EncoderOptions, Sources
from train.psp.encoder_terms import Terms
from train.psp.encoders import exported
from train.psp.face_samples import FaceSamples, batches
from train.psp.held_out import HeldOut, held_out_files
from train.psp.latent_codes import code_basis
from train.psp.latent_discriminator import LatentDiscriminatorFit
from train.psp.perceptual_weights import perceptual_features
from train.psp.pictures import list_pictures
from train.psp.published_terms import published_terms
from train.psp.published_weights import PublishedChoices
from train.psp.pullback_metric import cached_metric
from train.psp.reconstruction import Reconstruction
from train.runs.budget import deadline, passed
from train.runs.checkpoint import write_tensors
from train.runs.config import announce, keep_config, write_json
from train.runs.distributed import Ranks, agree, join, wait
from train.runs.run_log import RunLog

log = logging.getLogger(__name__)

MAY_CHANGE = ("dry_run", "budget_minutes", "workers", "device", "threads")


@dataclass(frozen=True)
class Config:
    """Train an encoder; the same command goes on where a run was stopped."""

    out: Path
    """Run folder: state, logs, grids, encoder.safetensors, encoder.json, report.json."""
    sources: Sources
    """Faces to train on and to select by."""
    bundle: str = "embedded"
    """Bundle whose generator is inverted: a folder or `embedded`."""
    options: EncoderOptions = field(default_factory=EncoderOptions)
    """Network, steps, loss."""
    published: PublishedChoices = field(default_factory=PublishedChoices)
    """Published weights of the terms `lpips`, `identity` and `moco`, if not the usual ones."""
    budget_minutes: float | None = None
    """Stop after this time with the state saved; the same command goes on."""
    workers: int = 1
    """Processes that read and disturb pictures."""
    threads: int | None = None
    """Threads of torch; None = its own choice."""
    device: str = "auto"
    """`auto`, `cpu` or `cuda`; several GPUs by torchrun."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Train to the last step or the end of the budget, write the best encoder so far."""
    if not announce(config):
        return
    end = deadline(config.budget_minutes)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    ranks = join(config.device)
    generator = load_generator(open_bundle(config.bundle))
    if ranks.first:
        keep_config(config.out, config, MAY_CHANGE)
    wait(ranks)
    population = sample_population(generator.mapping, generator.z_dim, 0)
    made = MadeFaces(config.sources.data)
    w, crossover = made.latents(generator.num_ws)
    terms = make_terms(config, generator, population, w, ranks)
    fit = EncoderFit(generator, population, terms, config.options, ranks, config.out)
    if config.sources.start is not None and not fit.state_file.exists():
        fit.start_from(config.sources.start)
    fit.load()
    run(config, fit, made, w, crossover, end)


def run(
    config: Config,
    fit: EncoderFit,
    made: MadeFaces,
    w: torch.Tensor,
    crossover: torch.Tensor,
    end: float | None = None,
) -> None:
    """Go on from wherever the fit stands until its last step or `end` (`train/runs/budget.py`)."""
    options, ranks = config.options, fit.ranks
    held_out = HeldOut(
        held_out_files(config.sources.held_out, made),
        options.size,
        fit.terms.reconstruction,
        fit.terms.perceptual or perceptual_features(),
        ranks.device,
    )
    samples = FaceSamples(
        made,
        len(w),
        training_photos(config.sources),
        options.photo_share,
        options.size,
        fit.terms.reconstruction.size,
        options.seed,
    )
    if options.batch % ranks.count:
        raise SourceError(
            f"{options.batch} samples cannot be shared by {ranks.count} processes. "
            "Choose a batch that they divide."
        )
    run_log = RunLog(config.out) if ranks.first else None
    totals: dict[str, float] = {}
    since, started = 0, time.monotonic()
    for batch in batches(
        samples,
        w,
        crossover,
        fit.network.num_ws,
        fit.step * options.batch,
        options.steps * options.batch,
        options.batch // ranks.count,
        ranks.rank,
        ranks.count,
        config.workers,
    ):
        for name, value in fit.advance(batch).items():
            totals[name] = totals.get(name, 0.0) + value
        since += 1
        ends = fit.step == options.steps or agree(passed(end), ranks)
        if run_log is not None and (fit.step % options.report_steps == 0 or ends):
            means = {name: value / since for name, value in totals.items()}
            seconds = (time.monotonic() - started) / since
            report(config, fit, held_out, run_log, means | {"seconds_a_step": seconds})
        if run_log is not None and (fit.step % options.save_steps == 0 or ends):
            fit.save()
        if fit.step % options.report_steps == 0:
            totals, since, started = {}, 0, time.monotonic()
        if ends:
            log.info("stopped at step %d of %d", fit.step, options.steps)
            break
    wait(ranks)


def report(
    config: Config, fit: EncoderFit, held_out: HeldOut, run_log: RunLog, means: dict[str, float]
) -> None:
    """Look at held-out faces, log, and keep the encoder if it is the best so far."""
    values, grid = held_out.look(fit.ema.network)
    run_log.scalars(fit.step, means | {f"held_out_{name}": v for name, v in values.items()})
    run_log.picture(fit.step, "held_out", grid)
    Image.fromarray(grid.numpy()).save(config.out / "held_out.jpg", quality=92)
    if values["score"] >= fit.best.get("score", float("inf")):
        return
    fit.best = {"step": fit.step, **values}
    write_tensors(config.out / "encoder.safetensors", exported(fit.averaged))
    write_json(config.out / "encoder.json", {"kind": fit.spec.kind, "args": dict(fit.spec.args)})
    write_json(
        config.out / "report.json",
        {"held_out": fit.best, "pictures": len(held_out.files), "size": held_out.size},
    )


def make_terms(
    config: Config,
    generator: FaceGenerator,
    population: Population,
    w: torch.Tensor,
    ranks: Ranks,
) -> Terms:
    """The loss on its device, with published weights where a term needs them.

    Raises:
        SourceError: weights of a term that is switched on cannot be had.
    """
    options, weights = config.options, config.options.weights
    reconstruction = Reconstruction(generator.synthesis, options.picture_size).to(ranks.device)
    perceptual = perceptual_features().to(ranks.device)
    w_avg = torch.from_numpy(population.mean).float()
    _, to_codes = code_basis(population)
    metric = torch.zeros_like(to_codes)
    if weights.seen:
        if not ranks.first:
            wait(ranks)  # until the first process has made it
        faces = w[-options.metric_faces :, 0]
        metric = cached_metric(config.sources.data, reconstruction, perceptual, faces, population)
        if ranks.first:
            wait(ranks)
    discriminator = None
    if weights.adversarial:
        discriminator = LatentDiscriminatorFit(
            generator.mapping, generator.z_dim, options.seed, ranks.device
        )
    return Terms(
        weights,
        reconstruction,
        w_avg.to(ranks.device),
        to_codes.to(ranks.device),
        metric.to(ranks.device),
        perceptual,
        published_terms(
            {name: getattr(weights, name) for name in ("lpips", "identity", "moco")},
            ranks,
            config.published,
        ),
        discriminator,
    )


def training_photos(sources: Sources) -> list[Path]:
    """Photos to train on: all but those of the folds that select and test."""
    if sources.photos is None:
        return []
    held = (TEST_FOLD, *((SELECT_FOLD,) if sources.held_out is not None else ()))
    return [path for path in list_pictures(sources.photos) if fold_of(path.name) not in held]
