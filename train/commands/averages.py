"""`python -m train averages`: labelled latents -> a bundle's averages, directions and maps."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from mbtiface.errors import SourceError
from mbtiface.faces.projection import acting_rows
from mbtiface.faces.projection_options import REFINEMENT
from mbtiface.personality.types import AXES
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.manifest import FileSpec
from mbtiface.weights.writing import half, write_manifest, write_small
from train.data.by_eye import seen_faces
from train.data.labels import RULE_TEXT, read_labels
from train.data.latents import LATENTS, read_latents, read_projected
from train.data.ratings import RATINGS, read_ratings
from train.faces.build import ADJUSTED, HELD_STILL, OWN_GENDER, WORN, Options, build
from train.faces.directions import USED, as_markdown
from train.faces.means import raw_types
from train.faces.population import sample_population
from train.faces.pose import POSE_COMPONENTS, pose_scores, read_grey
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

RAW_MEANS = "raw_means"
"""Part of the bundle with plain means of w, to compare with; nothing but people reads it."""
DATA_CREDIT = (
    "One Million Impressions by Peterson, Uddenberg, Griffiths, Todorov & Suchow (2022), "
    "doi:10.1073/pnas.2115228119, CC BY-NC-SA 4.0: faces and ratings behind the averages."
)


@dataclass(frozen=True)
class Config:
    """Fit averages, directions and maps and put them into a bundle."""

    bundle: Path
    """Bundle folder; its faces.safetensors and manifest are written."""
    data: Path
    """Folder of ratings.csv, the pictures that the table names, and latents.safetensors unless
    `latents` says otherwise."""
    labels: Path
    """labels.csv of `python -m train label`."""
    out: Path
    """Run folder: config, report.json and directions.md."""
    latents: Path | None = None
    """Run folder of `python -m train project` over the pictures, whose mean rows are the latents;
    None = latents.safetensors of the data folder."""
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
    """Read, fit, measure, write."""
    if not announce(config):
        return
    bundle = open_bundle(config.bundle)
    network = load_generator(bundle)
    ratings = read_ratings(config.data / RATINGS)
    labels = read_labels(config.labels)
    if labels.files != ratings.files:
        raise SourceError(f"{config.labels} and {config.data}/ratings.csv list different faces.")
    acting = acting_rows(network.synthesis, REFINEMENT.size)
    if config.latents is None:
        w, latents = read_latents(config.data / LATENTS, len(labels.files)), config.data
    else:
        w, latents = read_projected(config.latents, labels.files, acting), config.latents
    keep_config(config.out, config)
    population = sample_population(network.mapping, network.z_dim, config.seed)
    pose = pose_scores(read_grey(config.data, ratings.files), POSE_COMPONENTS)
    options = Options(config.step, config.fine_from, config.fine_weight, num_ws=network.num_ws)
    seen = seen_faces(network.mapping, network.z_dim)
    tensors, figures = build(w, labels, ratings, pose, population, seen, options, config.seed)
    write_json(config.out / "report.json", figures)
    table = as_markdown(figures["leakage"], (*AXES, *HELD_STILL[:4]))
    (config.out / "directions.md").write_text(table, "utf-8")
    write_small(config.bundle, "faces", half(tensors))
    raw, counts = raw_types(w, labels.scores, labels.male)
    kept = {"type_means": torch.from_numpy(raw), "type_counts": torch.from_numpy(counts)}
    write_small(config.bundle, RAW_MEANS, half(kept))
    licence = config.data / "LICENSE.txt"
    if licence.is_file():
        (config.bundle / "LICENSE.labelled-faces.txt").write_bytes(licence.read_bytes())
    manifest = bundle.manifest
    provenance = dict(manifest.provenance) | {
        "faces": {
            "label_rule": RULE_TEXT,
            "labelled_faces": len(labels.files),
            "files_sha256": {
                path.name: FileSpec.of(path).sha256
                for path in (config.data / RATINGS, latents / LATENTS)
            },
            "held_still": [
                *HELD_STILL,
                *WORN,
                f"{POSE_COMPONENTS} components of pose and side light",
            ],
            "averages_adjusted_for": list(ADJUSTED),
            "direction_method": USED,
            "direction_rule": "least unusual step that moves one reading by 1 and no other, "
            "the maps' Gram matrix cleaned of chance; "
            f"{OWN_GENDER:g} own gender's map, the rest that of all faces",
            "type_mean_rule": "(n mean + prior_count letters' prediction) / (n + prior_count), "
            "prior_count cross-validated",
            "config": {"step": config.step, "fine_from": config.fine_from}
            | {"fine_weight": config.fine_weight, "seed": config.seed},
        }
    }
    credits = tuple(dict.fromkeys((*manifest.credits, DATA_CREDIT)))
    # Every page load reads the manifest; the methods not used stay in the run folder.
    used = {USED: figures["leakage"][USED]}
    metrics = dict(manifest.metrics) | {"faces": figures | {"leakage": used}}
    write_manifest(
        config.bundle, replace(manifest, provenance=provenance, credits=credits, metrics=metrics)
    )
    log.info("R2 %s", figures["r2"])
