"""`python -m train fairness`: whether groups of faces, as raters saw them, are served alike."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mbtiface.errors import SourceError
from mbtiface.faces.cascade_detector import CascadeDetector
from mbtiface.faces.loading import load
from mbtiface.faces.projection import acting_rows
from mbtiface.faces.projection_options import REFINEMENT
from mbtiface.weights.bundle import load_generator, open_bundle
from train.data.by_eye import seen_faces
from train.data.labels import label
from train.data.latents import read_projected_rows
from train.data.ratings import RATINGS, read_ratings
from train.faces import ridge
from train.faces.directions import METHODS, USED, RatedFaces
from train.faces.known import held_still
from train.faces.population import sample_population
from train.faces.pose import POSE_COMPONENTS, pose_scores, read_grey
from train.faces.telling_age import WORN, WORN_ALPHA
from train.metrics import fairness
from train.metrics.inversion import rendering
from train.psp.perceptual_weights import perceptual_features
from train.psp.pictures import read_images
from train.runs.bundle_parts import note
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """Measure reconstruction, detection and directions for each group of the labelled faces."""

    bundle: Path
    """Bundle folder."""
    data: Path
    """Folder of ratings.csv and the pictures that it names."""
    latents: Path
    """Run folder of `python -m train project` over the pictures."""
    out: Path
    """Run folder: fairness.json and fairness.md."""
    method: str = USED
    """Which way of making directions is measured."""
    size: int = 256
    """Side in px at which reconstructions are compared."""
    seed: int = 0
    """Of the population's latents and the halvings."""
    note: bool = False
    """Write table and groups that fare worse into the bundle's manifest."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Read, measure, write.

    Raises:
        SourceError: something cannot be read, or the method is unknown.
    """
    if not announce(config):
        return
    if config.method not in METHODS:
        raise SourceError(f"Method {config.method!r} is unknown. Use {', '.join(METHODS)}.")
    ratings = read_ratings(config.data / RATINGS)
    network = load_generator(open_bundle(config.bundle))
    ws = read_projected_rows(config.latents, ratings.files, network.num_ws)
    keep_config(config.out, config, ("dry_run", "note"))
    originals = read_images([config.data / file for file in ratings.files], config.size)
    w = ws[:, : acting_rows(network.synthesis, REFINEMENT.size)].mean(1)
    pose = pose_scores(read_grey(config.data, ratings.files), POSE_COMPONENTS)
    faces = RatedFaces(w, label(ratings).scores, held_still(ratings, pose))
    seen = seen_faces(network.mapping, network.z_dim)
    leakage = fairness.group_leakage(
        METHODS[config.method],
        faces,
        fairness.groups(ratings),
        ridge.choose_alphas(w, faces.targets, ratings.folds),
        ridge.fit(seen.w, seen.worn, [WORN_ALPHA] * len(WORN)).weight,
        sample_population(network.mapping, network.z_dim, config.seed),
        config.seed,
    )
    errors = fairness.face_errors(
        torch.from_numpy(ws).float(),
        originals,
        rendering(load(str(config.bundle), "cpu")),
        perceptual_features(),
    )
    detector = CascadeDetector()
    found = np.array([bool(detector.find(original)) for original in originals])
    predicted = ridge.nested_predictions(w, faces.scores, ratings.folds)
    members = fairness.groups(ratings)
    rows = fairness.table(members, errors, found, leakage, faces.scores, predicted)
    said = fairness.worse(rows)
    write_json(config.out / "fairness.json", {"rows": rows, "worse": said})
    (config.out / "fairness.md").write_text(fairness.as_markdown(rows), "utf-8")
    log.info("%s\n%s", fairness.as_markdown(rows), "\n".join(said))
    if config.note:
        note(config.bundle, "fairness", {"rows": rows, "worse": said})
