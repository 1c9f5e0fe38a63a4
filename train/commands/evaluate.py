"""`python -m train evaluate --inversion --bundle B --data DIR --out RUN`: held-out inversions."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL import Image

from mbtiface.errors import MissingPartError, SourceError
from mbtiface.faces.loading import load
from mbtiface.faces.projection_options import BASELINE, REFINEMENT
from mbtiface.weights.bundle import load_generator, open_bundle
from train.data.ratings import FOLDS, TEST_FOLD, fold_of
from train.metrics.identity import FaceIdentity
from train.metrics.inversion import Score, as_json, as_markdown, grid, rendering, score
from train.psp.pictures import list_pictures, read_images
from train.psp.projection_run import Method, ProjectionRun, Projector, bundle_encoder, encoding
from train.runs.budget import deadline
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

MAY_CHANGE = ("dry_run", "budget_minutes", "baseline_steps", "grid_faces")
"""Options that a run may be continued with other values of."""
ENCODER = "encoder alone"


@dataclass(frozen=True)
class Config:
    """Measure inversion on held-out faces; running it again goes on."""

    bundle: str
    """Bundle folder, or `embedded`."""
    data: Path
    """Folder of aligned faces, 256 px or more; each file's name says which fold it is of."""
    out: Path
    """Run folder: a folder a method, inversion.json, inversion.md, inversion.jpg."""
    inversion: bool = False
    """Evaluate inversion; the one thing that this command does now."""
    fold: int = TEST_FOLD
    """Which faces: fold 0 was selected on, fold 1 is the test."""
    refine_steps: int = 25
    """Steps of refinement after the encoder; 0 leaves the row out."""
    baseline_steps: tuple[int, ...] = (10, 100, 1000)
    """Steps of optimisation in W from the average face, one row each."""
    count: int | None = None
    """Faces, the first of the fold; None = all."""
    long_count: int | None = 16
    """Faces of rows with more than 100 steps, which take minutes a face; None = as `count`."""
    batch: int = 8
    """Faces inverted together by optimisation; the encoder and the refinement take one at a time,
    as a visitor's photo comes."""
    grid_faces: int = 16
    """Rows of the picture."""
    budget_minutes: float | None = None
    """Stop after this time, at the end of a batch; the same command goes on."""
    dry_run: bool = False
    """Print the resolved config and stop."""


@dataclass(frozen=True)
class Row:
    """One method to measure."""

    name: str
    method: Method
    count: int
    batch: int


def main(config: Config) -> None:
    """Invert by each method, measure, write.

    Raises:
        SourceError: `inversion` is off, no face is of the fold, or the run folder has another
            config.
    """
    if not announce(config):
        return
    if not config.inversion:
        raise SourceError("Only inversion can be evaluated now. Give --inversion.")
    until = deadline(config.budget_minutes)
    paths = [each for each in list_pictures(config.data) if fold_of(each.name) == config.fold]
    paths = paths[: config.count]
    if not paths:
        raise SourceError(
            f"No picture of {config.data} is of fold {config.fold} (of {FOLDS}), or --count is 0."
        )
    studio = load(config.bundle, "cpu")
    keep_config(config.out, config, MAY_CHANGE)
    size = min(REFINEMENT.size, studio.manifest.resolution)
    originals = read_images(paths, size)
    bundle = open_bundle(config.bundle)
    projector = Projector.of(bundle, load_generator(bundle), torch.device("cpu"))
    identity = identity_or_none()
    scores: list[Score] = []
    columns = [originals[: config.grid_faces]]
    for row in rows(config, projector, len(paths)):
        folder = config.out / row.name.replace(" ", "-")
        run = ProjectionRun(folder, paths[: row.count], size, row.batch, torch.device("cpu"))
        if not run.fill(row.method, row.name, until):
            return
        found = run.found()
        render = rendering(studio)
        part = originals[: row.count]
        scores.append(
            score(row.name, found.w, found.seconds, part, render, projector.perceptual, identity)
        )
        columns.append(render(found.w[: config.grid_faces], size))
        # After every row, so that a long baseline does not keep the others waiting.
        write(config.out, scores, columns, size)
    log.info("%s", as_markdown(scores))


def rows(config: Config, projector: Projector, count: int) -> Iterator[Row]:
    """The methods in the order of the table; those that need an encoder only if there is one."""
    size = min(REFINEMENT.size, projector.network.img_resolution)
    try:
        encoder = bundle_encoder(open_bundle(config.bundle), torch.device("cpu"))
    except MissingPartError as error:
        log.warning("%s Its rows are left out.", error)
    else:
        yield Row(ENCODER, encoding(encoder), count, 1)
        if config.refine_steps:
            options = replace(REFINEMENT, steps=config.refine_steps, size=size)
            name = f"encoder and {config.refine_steps} steps"
            yield Row(name, projector.method(options, encoder), count, 1)
    for steps in config.baseline_steps:
        fewer = count if steps <= 100 or config.long_count is None else config.long_count
        options = replace(BASELINE, steps=steps, size=size)
        name = f"{steps} steps in W"
        yield Row(name, projector.method(options), min(count, fewer), config.batch)


def identity_or_none() -> FaceIdentity | None:
    """The networks of dlib, or None with a line in the log where they are not installed."""
    try:
        return FaceIdentity()
    except SourceError as error:
        log.warning("%s Identity is not measured.", error)
        return None


def write(out: Path, scores: list[Score], columns: list[list[Image.Image]], size: int) -> None:
    """inversion.json, inversion.md and inversion.jpg (originals, then a column a method)."""
    write_json(out / "inversion.json", as_json(scores))
    (out / "inversion.md").write_text(as_markdown(scores), "utf-8")
    grid(columns, size).save(out / "inversion.jpg", quality=90)
