"""A distillation from whatever its run folder holds to its bundle."""

import json
import logging
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from mbtiface.errors import BundleError, SourceError
from mbtiface.networks.generator import Generator
from mbtiface.networks.mobile import MobileGenerator
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import Bundle, load_generator, open_bundle
from mbtiface.weights.inversion_parts import load_perceptual
from train.mobile.adversary import Adversary, choose_discriminator
from train.mobile.distil_bundle import Distilled, distilled_generator, write_student_bundle
from train.mobile.distil_fit import DistilFit, Judges
from train.mobile.distil_options import EMBEDDED_START, NO_START, DistilOptions
from train.mobile.distil_report import HeldOutLatents, costs
from train.mobile.student import Origins, make_student, student_arguments
from train.psp.perceptual_weights import perceptual_features
from train.runs.budget import passed
from train.runs.bundle_parts import without_paths
from train.runs.config import resolved, write_json
from train.runs.distributed import Ranks, agree, wait
from train.runs.run_log import RunLog

log = logging.getLogger(__name__)

BUNDLE = "bundle"
"""Folder of the new bundle in the run folder."""


@dataclass(frozen=True)
class Cast:
    """Who takes part in a distillation."""

    bundle: Bundle
    """Of the teacher."""
    teacher: Generator
    start: Bundle | None
    """Whose generator the student starts from; None = everything is new."""
    arguments: dict[str, Any]
    """The student's constructor arguments."""
    student: MobileGenerator
    origins: Origins
    """Where its tensors come from."""


def choose_cast(teacher: str, options: DistilOptions) -> Cast:
    """Open the bundles and make the student.

    Raises:
        BundleError: a bundle cannot be opened.
        SourceError: the teacher is no StyleGAN2, the start no mobile generator, or the options do
            not fit the teacher.
    """
    bundle = open_bundle(teacher)
    network = load_generator(bundle)
    if not isinstance(network, Generator):
        raise SourceError(
            f"The bundle {teacher} holds a {type(network).__name__}; only a Generator (StyleGAN2) "
            "can be distilled."
        )
    start, state = None, None
    if options.start != NO_START:
        start = open_bundle(options.start)
        mobile = load_generator(start)
        if not isinstance(mobile, MobileGenerator):
            raise SourceError(
                f"The bundle {options.start} holds a {type(mobile).__name__}; a student starts "
                f"from a MobileGenerator: give `{EMBEDDED_START}`, another bundle or `{NO_START}`."
            )
        state = mobile.state_dict()
    teacher_args = bundle.manifest.networks["generator"].args
    arguments = student_arguments(network, teacher_args, options.channels, options.width)
    student, origins = make_student(network, arguments, state, options.seed)
    return Cast(bundle, network, start if origins.taken else None, arguments, student, origins)


def choose_judges(cast: Cast, options: DistilOptions, ranks: Ranks) -> Judges:
    """Perceptual features and discriminator, where their terms have a weight.

    Raises:
        SourceError: published weights cannot be had, or the batch does not suit.
    """
    if options.batch % ranks.count:
        raise SourceError(
            f"{options.batch} pictures cannot be shared by {ranks.count} processes. "
            "Choose a batch that they divide."
        )
    perceptual = None
    if options.weights.perceptual:
        perceptual = features_of(cast.bundle).to(ranks.device)
    adversary = None
    if options.weights.adversarial:
        discriminator = choose_discriminator(
            cast.bundle,
            cast.teacher.img_resolution,
            options.discriminator_base,
            options.discriminator_max,
            options.batch // ranks.count,
            options.seed,
        )
        adversary = Adversary(
            discriminator,
            ranks,
            options.discriminator_rate,
            options.r1_gamma,
            options.r1_interval,
        )
    return Judges(perceptual, adversary)


def features_of(bundle: Bundle) -> PerceptualFeatures:
    """The bundle's own perceptual features, else the published ones."""
    return load_perceptual(bundle) if bundle.files("perceptual") else perceptual_features()


def announce_origins(origins: Origins, start: str, folder: Path) -> None:
    """Log every tensor of the student with where it comes from; keep the list in the run folder."""
    texts = {
        "teacher": "the teacher's, not trained",
        "taken": f"taken from {start}",
        "new": "new",
    }
    for key, names in origins.to_json().items():
        log.info("%d tensors %s: %s", len(names), texts[key], ", ".join(names) or "none")
    write_json(folder / "origins.json", origins.to_json())


def run(cast: Cast, fit: DistilFit, ranks: Ranks, folder: Path, end: float | None) -> None:
    """Go on from wherever the fit stands to its last step or `end`, then write the bundle."""
    options = fit.options
    run_log, held_out = None, None
    if ranks.first:
        run_log = RunLog(folder)
        held_out = HeldOutLatents(fit.teacher, fit.teach, fit.draw, options.held_out)
    totals: dict[str, list[float]] = {}
    since, started = 0, time.monotonic()
    while fit.step < options.steps:
        for name, value in fit.advance().items():
            totals.setdefault(name, []).append(value)
        since += 1
        ends = fit.step == options.steps or agree(passed(end), ranks)
        if run_log is not None and (fit.step % options.save_steps == 0 or ends):
            fit.save()
        if fit.step % options.report_steps == 0 or ends:
            if run_log is not None and held_out is not None:
                means = {name: math.fsum(each) / len(each) for name, each in totals.items()}
                means["seconds_a_step"] = (time.monotonic() - started) / since
                look(fit, held_out, run_log, folder, means)
            totals, since, started = {}, 0, time.monotonic()
        if ends:
            log.info("stopped at step %d of %d", fit.step, options.steps)
            break
    if held_out is not None:
        finish(cast, fit, held_out, folder)
    wait(ranks)


def look(
    fit: DistilFit,
    held_out: HeldOutLatents,
    run_log: RunLog,
    folder: Path,
    means: dict[str, float],
) -> None:
    """Log the terms of the last steps and what held-out latents say; write the grid."""
    values, grid = held_out.look(fit.averaged, fit.judges.perceptual, fit.options.perceptual_size)
    run_log.scalars(fit.step, means | {f"held_out_{key}": value for key, value in values.items()})
    run_log.picture(fit.step, "teacher_student", grid)
    Image.fromarray(grid.numpy()).save(folder / "grid.jpg", quality=92)


def finish(cast: Cast, fit: DistilFit, held_out: HeldOutLatents, folder: Path) -> None:
    """Write report.json and the bundle, from the averaged student."""
    perceptual = fit.judges.perceptual
    if perceptual is None:
        perceptual = features_of(cast.bundle).to(fit.ranks.device)
    values, _ = held_out.look(fit.averaged, perceptual, fit.options.perceptual_size)
    figures = {
        "step": fit.step,
        "steps": fit.options.steps,
        "latents": held_out.count,
        **{name: float(f"{value:.5g}") for name, value in values.items()},
        "cost": costs(fit.teacher, fit.averaged),
    }
    write_json(folder / "report.json", figures)
    log.info("%s", json.dumps(figures, indent=2))
    provenance = {
        "config": without_paths(resolved(fit.options)),
        "taken": len(cast.origins.taken),
        "new": len(cast.origins.new),
    }
    generator = distilled_generator(cast.arguments, fit.teacher.mapping, fit.averaged)
    distilled = Distilled(cast.arguments, generator, figures, provenance)
    try:
        write_student_bundle(folder / BUNDLE, cast.bundle, distilled, cast.start)
    except (OSError, OverflowError) as error:
        raise BundleError(
            f"{folder / BUNDLE} cannot be written ({error}). The state is kept: the same command "
            "tries again."
        ) from error
    log.info("wrote %s", folder / BUNDLE)
