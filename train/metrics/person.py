"""Does a face stay the same person while it moves? Distances of dlib's embeddings to the start."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from tqdm import tqdm

from mbtiface.faces.drift_words import OTHER
from mbtiface.faces.studio import Studio
from mbtiface.personality.types import AXES
from mbtiface.weights.card import EXTREMES, FRAMES
from train.metrics.identity import SAME_PERSON, FaceIdentity, distances

LETTERS = "ENTPENTJISFPIP"
CORNERS = list(product((1.0, -1.0), repeat=len(AXES)))
"""The survey's most extreme results: every answer all the way to one side."""
CORNERS_A_FACE = 2


@dataclass(frozen=True)
class Person:
    """Distances of moved faces to their starts; under `SAME_PERSON` they are one person's."""

    frames: np.ndarray
    """Of the frames of `LETTERS`, `[faces, 14]`."""
    corners: np.ndarray
    """Of the most extreme results, `[faces, CORNERS_A_FACE]`."""
    frame_drifts: np.ndarray
    """What the app's own measure says of the frames, 1 = its limit, `[faces, 14]`."""
    corner_drifts: np.ndarray
    """And of the extreme results, `[faces, CORNERS_A_FACE]`."""

    def figures(self) -> dict[str, object]:
        """Shares and quantiles, for the report."""
        return {
            "faces": len(self.frames),
            FRAMES: share(self.frames.max(1)),
            "last frame": quantiles(self.frames[:, -1]),
            "farthest frame": quantiles(self.frames.max(1)),
            EXTREMES: share(self.corners),
            "extreme results": quantiles(self.corners),
            **self._drift_figures(),
        }

    def _drift_figures(self) -> dict[str, object]:
        """How far the app's drift, which knows no recogniser, says the same."""
        drifts = np.concatenate([self.frame_drifts.ravel(), self.corner_drifts.ravel()])
        apart = np.concatenate([self.frames.ravel(), self.corners.ravel()])
        kept, other = apart[drifts <= 1], apart[drifts >= OTHER]
        return {
            "correlation of drift and distance": round(float(np.corrcoef(drifts, apart)[0, 1]), 3),
            "moves within the drift's limit": len(kept),
            "of them the same person": share(kept) if len(kept) else None,
            "moves that the drift calls another person": len(other),
            "of them another person": round(1 - share(other), 3) if len(other) else None,
        }


def share(values: np.ndarray) -> float:
    """Part of the distances that lie under `SAME_PERSON`."""
    return round(float((values < SAME_PERSON).mean()), 3)


def quantiles(values: np.ndarray) -> dict[str, float]:
    """Median and 95th percentile."""
    return {
        "median": round(float(np.median(values)), 3),
        "p95": round(float(np.quantile(values, 0.95)), 3),
    }


def measure_person(
    studio: Studio,
    identity: FaceIdentity,
    seeds: Sequence[int],
    size: int = 256,
    strength: float | None = None,
) -> Person:
    """Move made-up adults through the sequence and to extreme results, and compare.

    Args:
        studio: of the bundle to judge.
        identity: dlib's networks.
        seeds: one face each, drawn with psi 0.7; every second is moved by the other gender's
            directions, as a visitor's photo may be.
        size: side in pixels at which they are compared.
        strength: of the moves; None = the bundle's own.
    """
    rng = np.random.default_rng(0)
    apart, drifts = [], []
    for seed in tqdm(seeds, desc="person", leave=False):
        start = studio.sample(seed, psi=0.7)
        by = ("female", "male")[seed % 2]
        moved = list(studio.sequence(start, LETTERS, by, strength=strength))
        for index in rng.choice(len(CORNERS), CORNERS_A_FACE, replace=False):
            axes = dict(zip(AXES, CORNERS[index], strict=True))
            moved.append(studio.morph(start, axes, by, strength=strength))
        pictures = studio.render(torch.stack(moved), size)
        assert isinstance(pictures, list)
        embedded = identity.embed(pictures)
        apart.append(distances(embedded[1:], embedded[:1]))
        drifts.append([studio.drift(face, start) for face in moved[1:]])
    # [faces, 14 + CORNERS_A_FACE] each, cut into frames and corners
    cut = [np.split(np.array(each), [len(LETTERS)], axis=1) for each in (apart, drifts)]
    return Person(*cut[0], *cut[1])
