"""`python -m train moves --bundle B --out RUN`: what moving a face does, seen in its pictures."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from mbtiface.errors import SourceError
from mbtiface.faces.loading import load
from mbtiface.faces.projection import acting_rows
from mbtiface.faces.projection_options import REFINEMENT
from mbtiface.faces.studio import Studio
from mbtiface.personality.types import AXES
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.manifest import Manifest
from train.data.by_eye import seen_faces
from train.data.labels import label
from train.data.latents import read_projected
from train.data.ratings import RATINGS, read_ratings
from train.faces import ridge
from train.faces.build import Options, layer_weights
from train.faces.directions import METHODS, RatedFaces, halvings
from train.faces.known import HELD_STILL, held_still
from train.faces.population import sample_population
from train.faces.pose import POSE_COMPONENTS, pose_scores, read_grey
from train.faces.telling_age import worn_maps, young_map
from train.metrics.closed_loop import as_markdown, closed_loop
from train.metrics.identity import FaceIdentity
from train.metrics.layers import Moved, measure_layers
from train.metrics.layers import as_markdown as layers_table
from train.metrics.moved_faces import LoopRun
from train.metrics.person import measure_person
from train.psp.pictures import to_tensor
from train.psp.projection_run import Projector, bundle_encoder, encoding
from train.runs.budget import deadline
from train.runs.bundle_parts import note
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

SHOWN = (*AXES, *HELD_STILL[:2])
FIRST_SEED = 10_000
"""Of the made-up people, far from the seeds that anything was fitted on."""


@dataclass(frozen=True)
class Config:
    """Does the person stay, and does a picture of a moved face show the move? Goes on if rerun."""

    bundle: Path
    """Bundle folder."""
    out: Path
    """Run folder: moves.json, moves.md, layers.md, and what was inverted."""
    people: int = 200
    """Made-up adults whose distance to themselves is measured; 0 = none."""
    layers: int = 14
    """Made-up adults that some rows of w+ are moved of alone; 0 = none."""
    strength: float | None = None
    """Of the people's moves; None = the bundle's own."""
    data: Path | None = None
    """Folder of ratings.csv and its pictures: with `latents`, the closed loop is measured too."""
    latents: Path | None = None
    """Run folder of `python -m train project` over these pictures."""
    halvings: int = 3
    """Directions come from one half of the labelled faces, readings from the other: how often."""
    faces: int = 8
    """Made-up adults a halving; each gives nine pictures to be inverted."""
    steps: int = 15
    """Of refinement after the encoder, as the labelled faces were inverted; 0 = encoder alone."""
    seed: int = 0
    """Of the halvings and the population."""
    note: bool = False
    """Write the figures into the bundle's manifest."""
    budget_minutes: float | None = None
    """Stop after this time, at the end of a batch; the same command goes on."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Measure, write.

    Raises:
        SourceError: dlib is missing, data are given without latents or the other way round, or
            the bundle's directions were not made by `averages`.
    """
    if not announce(config):
        return
    if (config.data is None) != (config.latents is None):
        raise SourceError("The closed loop needs both --data and --latents, or neither.")
    keep_config(config.out, config, ("dry_run", "budget_minutes", "note"))
    until = deadline(config.budget_minutes)
    figures: dict[str, Any] = {}
    studio = load(str(config.bundle))
    if config.people:
        seeds = range(FIRST_SEED, FIRST_SEED + config.people)
        person = measure_person(studio, FaceIdentity(), seeds, strength=config.strength)
        figures["person"] = person.figures()
        log.info("%s", figures["person"])
    if config.layers:
        found = layers_of(config, studio)
        figures["layers"] = {name: asdict(each) for name, each in found.items()}
        (config.out / "layers.md").write_text(layers_table(found), "utf-8")
        log.info("%s", layers_table(found))
    write_json(config.out / "moves.json", figures)
    if config.data is not None and config.latents is not None:
        measured = measure_loop(config, studio, config.data, config.latents, until)
        if measured is None:
            return
        figures["closed loop"] = {
            label: dict(zip(AXES, moved[:, : len(SHOWN)].round(3).tolist(), strict=True))
            for label, moved in measured
        } | {"readings": list(SHOWN)}
        table = as_markdown(SHOWN, [(label, moved[:, : len(SHOWN)]) for label, moved in measured])
        (config.out / "moves.md").write_text(table, "utf-8")
        log.info("%s", table)
    write_json(config.out / "moves.json", figures)
    if config.note:
        kept = open_bundle(config.bundle).manifest.metrics.get("moves", {})
        note(config.bundle, "moves", {**kept, **figures})


def layers_of(config: Config, studio: Studio) -> dict[str, Moved]:
    """What rows of w+ do when they move alone, read by the bundle's encoder."""
    encoder = bundle_encoder(open_bundle(config.bundle), torch.device("cpu"))

    def encode(pictures: Sequence[Image.Image]) -> torch.Tensor:
        with torch.no_grad():
            return encoder(to_tensor(list(pictures)))

    seeds = range(FIRST_SEED, FIRST_SEED + config.layers)
    weights = row_weights(studio.manifest, studio.num_ws)
    return measure_layers(studio, FaceIdentity(), encode, seeds, weights)


def row_weights(manifest: Manifest, num_ws: int) -> np.ndarray:
    """Factor of each row in the bundle's directions, `[num_ws]`.

    Raises:
        SourceError: the manifest does not say how they were made.
    """
    rule = manifest.provenance.get("faces", {}).get("config")
    if rule is None:
        raise SourceError(
            f"{manifest.name} does not say how its directions were made. Run `python -m train "
            "averages` first, or leave out --layers, --data and --latents."
        )
    options = Options(rule["step"], rule["fine_from"], rule["fine_weight"], num_ws)
    return layer_weights(options)


def measure_loop(
    config: Config, studio: Studio, data: Path, latents: Path, until: float | None
) -> list[tuple[str, np.ndarray]] | None:
    """What a unit moves in latents and in pictures, `[4, maps]` each; None if time was up."""
    bundle = open_bundle(config.bundle)
    device = torch.device("cpu")
    projector = Projector.of(bundle, load_generator(bundle), device)
    network = projector.network
    ratings = read_ratings(data / RATINGS)
    acting = acting_rows(network.synthesis, REFINEMENT.size)
    w = read_projected(latents, ratings.files, acting)
    pose = pose_scores(read_grey(data, ratings.files), POSE_COMPONENTS)
    faces = RatedFaces(w, label(ratings).scores, held_still(ratings, pose))
    alphas = ridge.choose_alphas(w, faces.targets, ratings.folds)
    population = sample_population(network.mapping, network.z_dim, config.seed)
    seen = seen_faces(network.mapping, network.z_dim)
    worn = worn_maps(seen, young_map(seen)[0])
    weights = row_weights(bundle.manifest, network.num_ws)
    directions_of = METHODS[bundle.manifest.provenance["faces"]["direction_method"]]
    weights = weights / weights[:acting].mean()
    encoder = bundle_encoder(bundle, device)
    options = replace(REFINEMENT, steps=config.steps)
    method = projector.method(options, encoder) if config.steps else encoding(encoder)
    measured = []
    halves = halvings(faces, alphas, worn, population, config.seed, config.halvings)
    for number, (made, held) in enumerate(halves):
        first = FIRST_SEED + number * config.faces
        people = range(first, first + config.faces)
        starts = torch.stack([studio.sample(seed, psi=0.7) for seed in people])
        run = LoopRun(config.out / f"halving-{number}", network.synthesis, method, until)
        found = closed_loop(starts, directions_of(made), held, run, weights, acting)
        if run.stopped:
            return None
        measured.append(found)
    latent, looped = (np.mean(each, axis=0) for each in zip(*measured, strict=True))
    return [("latent", latent), ("picture", looped)]
