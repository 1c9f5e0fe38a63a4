"""`python -m train averages`: labelled latents -> a bundle's averages, directions and maps."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.faces.projection import acting_rows
from mbtiface.faces.projection_options import REFINEMENT
from mbtiface.networks import FaceGenerator
from mbtiface.personality.types import AXES
from mbtiface.weights.bundle import Bundle, load_generator, open_bundle
from mbtiface.weights.card import write_card
from mbtiface.weights.manifest import FileSpec
from mbtiface.weights.writing import half, write_manifest, write_small
from train.data.by_eye import SeenFaces, seen_faces
from train.data.cells import thin_cells, warn_of_thin
from train.data.labels import Labels, counts, read_labels
from train.data.latents import LATENTS, read_latents, read_projected
from train.data.ratings import RATINGS, Ratings, read_ratings
from train.faces.build import Options, build
from train.faces.directions import USED, as_markdown
from train.faces.known import known_of_rated, known_of_typed
from train.faces.means import check_letters, raw_types
from train.faces.population import sample_population
from train.faces.pose import POSE_COMPONENTS, pose_scores, read_grey
from train.faces.provenance import Origin, without_older_figures
from train.faces.telling_age import tell_age
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

RAW_MEANS = "raw_means"
"""Part of the bundle with plain means of w, to compare with; nothing but people reads it."""


@dataclass(frozen=True)
class Config:
    """Fit averages, directions and maps and put them into a bundle.

    Labels come from ratings (`label --ratings`) or from a maker's table of types (`label --csv`).
    """

    bundle: Path
    """Bundle folder; its faces.safetensors, card and manifest are written."""
    labels: Path
    """labels.csv of `python -m train label`. Number columns of a table of types are held still and
    adjusted for, as ratings are; `age`, in years, also makes the map that tells adults."""
    out: Path
    """Run folder: config, report.json and directions.md."""
    data: Path | None = None
    """Folder of the pictures that the labels name, from which pose is read; of rated faces of
    ratings.csv too; and of latents.safetensors unless `latents` says otherwise. None = of typed
    faces pose is not held still."""
    latents: Path | None = None
    """Run folder of `python -m train project` over the pictures, whose mean rows are the latents;
    None = latents.safetensors of the data folder."""
    trained_on_adults: bool = False
    """The generator was trained on photos of adults only, and so were the weights it started from:
    every face may count as an adult's where no map of age can be had, because the labels have no
    age that the latents show, and nobody judged this generator's faces by eye."""
    step: float = 1.75
    """How far a move from 0 to 1 goes at the default strength, in deviations of the population."""
    fine_from: int = 8
    """First row of w+ (64 px and finer) that moves less: it changes the person and the ground more
    than the impression."""
    fine_weight: float = 0.5
    """Factor on the directions from that row on."""
    seed: int = 0
    """Of the population's latents and the halvings."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Read, fit, measure, write.

    Raises:
        InputError: neither latents nor a folder of them.
        SourceError: data that cannot be used or do not belong together, too few faces of a letter
            or gender, or no way to tell children among the generator's samples.
    """
    if not announce(config):
        return
    bundle = open_bundle(config.bundle)
    network = load_generator(bundle)
    labels = read_labels(config.labels)
    ratings = _ratings(config, labels)
    check_letters(labels.scores, labels.male)
    w, latents = _latents(config, labels, network)
    pose = _pose(config, labels)
    if ratings is not None:
        known = known_of_rated(ratings, pose)
    else:
        known = known_of_typed(labels, pose, network.w_dim)
    telling = tell_age(w, labels, known.age, _seen(network), config.trained_on_adults)
    _warn_of_few(labels)
    keep_config(config.out, config)
    population = sample_population(network.mapping, network.z_dim, config.seed)
    options = Options(config.step, config.fine_from, config.fine_weight, num_ws=network.num_ws)
    tensors, figures = build(w, labels, known, telling, population, options, config.seed)
    write_json(config.out / "report.json", figures)
    table = as_markdown(figures["leakage"], (*AXES, *known.names[:4]))
    (config.out / "directions.md").write_text(table, "utf-8")
    raw, raw_counts = raw_types(w, labels.scores, labels.male)
    kept = {"type_means": torch.from_numpy(raw), "type_counts": torch.from_numpy(raw_counts)}
    rated_by = config.labels if ratings is None else _folder(config) / RATINGS
    origin = Origin(labels, known, telling, (rated_by, latents), config.seed)
    _write(config, bundle, half(tensors), half(kept), figures, origin, options)
    log.info("R2 %s", figures["r2"])
    if unseen := figures.get("unseen_axes"):
        log.warning(
            "held-out faces do not show %s: averages and directions there are chance, and the card "
            "says so",
            ", ".join(unseen),
        )


def _write(
    config: Config,
    bundle: Bundle,
    tensors: dict[str, torch.Tensor],
    raw: dict[str, torch.Tensor],
    figures: dict[str, Any],
    origin: Origin,
    options: Options,
) -> None:
    """Faces, plain means, licences, card, and the manifest last."""
    manifest = bundle.manifest
    write_small(config.bundle, "faces", tensors)
    write_small(config.bundle, RAW_MEANS, raw)
    origin.write_licences(config.bundle, config.data)
    # Every page load reads the manifest; the methods not used stay in the run folder.
    used = {USED: figures["leakage"][USED]}
    earlier = manifest.files.get("faces.safetensors")
    changed = earlier != FileSpec.of(config.bundle / "faces.safetensors")
    metrics = without_older_figures(manifest.metrics, changed)
    manifest = replace(
        manifest,
        provenance=dict(manifest.provenance) | {"faces": origin.provenance(options)},
        credits=origin.credits(manifest),
        metrics=metrics | {"faces": figures | {"leakage": used}},
    )
    write_card(config.bundle, manifest)
    write_manifest(config.bundle, manifest)


def _ratings(config: Config, labels: Labels) -> Ratings | None:
    """The ratings of rated faces; None where a maker's table gave the types."""
    if labels.typed:
        if config.data is not None and (config.data / RATINGS).exists():
            log.info("%s is not read: the labels are types of a table", config.data / RATINGS)
        return None
    ratings = read_ratings(_folder(config) / RATINGS)
    if labels.files != ratings.files:
        raise SourceError(f"{config.labels} and {config.data}/{RATINGS} list different faces.")
    return ratings


def _latents(config: Config, labels: Labels, network: FaceGenerator) -> tuple[np.ndarray, Path]:
    """The latents `[faces, w_dim]`, and the file that they lie in."""
    if config.latents is None:
        path = _folder(config) / LATENTS
        w = read_latents(path, len(labels.files))
    else:
        path = config.latents / LATENTS
        acting = acting_rows(network.synthesis, REFINEMENT.size)
        w = read_projected(config.latents, labels.files, acting)
    if w.shape[1] != network.w_dim:
        raise SourceError(
            f"{path} holds latents of {w.shape[1]} numbers, but those of this bundle have "
            f"{network.w_dim}: another generator made them. Project the pictures with this one."
        )
    return w, path


def _pose(config: Config, labels: Labels) -> np.ndarray:
    """Scores of pose `[faces, components]`; no components without pictures of typed faces."""
    if config.data is None and labels.typed:
        log.warning("no --data: without pictures pose and side light are not held still")
        return np.zeros((len(labels.files), 0))
    return pose_scores(read_grey(_folder(config), labels.files), POSE_COMPONENTS)


def _folder(config: Config) -> Path:
    if config.data is None:
        need = "latents" if config.latents is None else RATINGS
        raise InputError(f"--data is needed: it says where the {need} of the faces lie.")
    return config.data


def _seen(network: FaceGenerator) -> SeenFaces | None:
    """Made-up faces judged by eye, if this generator makes them."""
    try:
        return seen_faces(network.mapping, network.z_dim)
    except SourceError as error:
        log.info("%s", error)
        return None


def _warn_of_few(labels: Labels) -> None:
    """Name what rests on few faces, or on none."""
    cells = counts(labels)
    warn_of_thin(cells)
    if none := thin_cells(cells, least=1):
        log.warning(
            "no face at all: %s. Their averages are what their letters predict, with a count of 0.",
            ", ".join(none),
        )
