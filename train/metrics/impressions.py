"""How well impressions can be read from faces: latents against plain features of the pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d

from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.personality.types import AXES, POSITIVE
from train.data.labels import label, raw_scores
from train.data.ratings import Ratings, standardise
from train.faces import ridge
from train.faces.held_out import rotated
from train.faces.rule_search import cleaned
from train.psp.pictures import read_batch

SIZE, PIXELS = 256, 32
"""Side in px at which features and pixels look."""
GRIDS = (4, 8)
"""Places a side over which features are averaged; one row of the table each."""
STAGES = (3, 4)
"""Of EfficientNet-Lite0, counted from 0: earlier ones read less, alone and beside these."""
RAW = (
    *("outgoing", "happy", "trustworthy", "dominant", "smug", "smart", "dorky", "alert"),
    *("well-groomed", "memorable", "typical", "liberal", "attractive", "cute", "electable"),
)
"""Ratings whose reading is shown as the raters gave them."""


@dataclass(frozen=True)
class Target:
    """What is read from faces."""

    name: str
    values: np.ndarray
    """`[faces]`."""


@torch.inference_mode()
def picture_features(
    paths: Sequence[Path], network: PerceptualFeatures, batch: int = 32
) -> dict[str, np.ndarray]:
    """Inputs of ridge maps that know no generator, by name: `[faces, dims]` each.

    Features have unit deviation over the faces and each stage counts alike.
    """
    pixels: list[np.ndarray] = []
    pooled: dict[tuple[int, int], list[np.ndarray]] = {}
    for start in range(0, len(paths), batch):
        pictures = read_batch(paths[start : start + batch], SIZE)
        pixels.append(adaptive_avg_pool2d(pictures, PIXELS).flatten(1).numpy())
        features = network(pictures)
        for grid in GRIDS:
            for stage in STAGES:
                means = adaptive_avg_pool2d(features[stage], grid).flatten(1)
                pooled.setdefault((grid, stage), []).append(means.numpy())
    found = {f"{PIXELS}-px pixels": even(np.concatenate(pixels))}
    for grid in GRIDS:
        stages = [even(np.concatenate(pooled[grid, stage])) for stage in STAGES]
        found[f"EfficientNet, {grid} x {grid} places"] = np.hstack(stages)
    return found


def even(x: np.ndarray) -> np.ndarray:
    """Every column with unit deviation (0 where it never changes), rows of length 1 on average."""
    centred = x - x.mean(0, dtype=np.float64)
    deviation = centred.std(0)
    return centred / np.where(deviation > 1e-6, deviation, np.inf) / np.sqrt(x.shape[1])


def latent_inputs(ws: np.ndarray, covariance: np.ndarray) -> dict[str, np.ndarray]:
    """Ways to show latents `[faces, acting rows, w_dim]` to a ridge map, by name.

    Args:
        ws: the rows that act.
        covariance: of the generator's w, for the whitened way.
    """
    w = ws.mean(1)
    values, vectors = np.linalg.eigh(covariance)
    groups = np.split(ws, [4, 8], axis=1)  # coarse, middle, fine; small generators lack some
    coarse_to_fine = [rows.mean(1) for rows in groups if rows.shape[1]]
    return {
        "latents, mean of the rows": w,
        "latents, half whitened": w @ (vectors * values**-0.25),
        "latents, coarse, middle and fine apart": np.hstack(coarse_to_fine),
    }


def axis_targets(ratings: Ratings) -> list[Target]:
    """The axes as labelled, each before whitening, and E and F each without the other."""
    whitened, alone = label(ratings).scores, cleaned(ratings, raw_scores(ratings))
    letters = [POSITIVE[axis] for axis in AXES]
    targets = [Target(name, column) for name, column in zip(letters, whitened.T, strict=True)]
    targets += [
        Target(f"{name} before whitening", column)
        for name, column in zip(letters, alone.T, strict=True)
    ]
    e, f = alone[:, AXES.index("EI")], alone[:, AXES.index("TF")]
    shared = (e * f).mean()
    targets.append(Target("E without F", standardise(e - shared * f)))
    targets.append(Target("F without E", standardise(f - shared * e)))
    return targets


def raw_targets(ratings: Ratings) -> list[Target]:
    """Those of `RAW` that the table has, as rated."""
    names = [name for name in RAW if name in ratings.values]
    return [Target(name, ratings.values[name]) for name in names]


def scores(
    inputs: Mapping[str, np.ndarray], targets: Sequence[Target], folds: np.ndarray
) -> dict[str, dict[str, float]]:
    """Cross-validated R2, strengths chosen inside the training folds: input -> target -> R2."""
    y = np.stack([standardise(target.values) for target in targets], axis=1)
    found = {}
    for name, x in inputs.items():
        r2 = ridge.r2(y, ridge.nested_predictions(rotated(x), y, folds))
        found[name] = {
            target.name: round(float(value), 3) for target, value in zip(targets, r2, strict=True)
        }
    return found


def short_of(
    found: Mapping[str, Mapping[str, float]], latents: str, names: Sequence[str]
) -> dict[str, float]:
    """Where a map of latents reads less than the best of the other inputs, and how much less."""
    others = [row for name, row in found.items() if not name.startswith("latents")]
    gaps = {name: max(row[name] for row in others) - found[latents][name] for name in names}
    return {name: round(gap, 3) for name, gap in gaps.items() if gap > 0}


def as_markdown(found: Mapping[str, Mapping[str, float]]) -> str:
    """One row a target, one column an input."""
    lines = ["| R2 | " + " | ".join(found) + " |", "|" + " --- |" * (len(found) + 1)]
    for target in next(iter(found.values())):
        cells = [f"{row[target]:.2f}" for row in found.values()]
        lines.append(f"| {target} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
