"""Faces in a photo: what a detector says of each."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class FoundFace:
    """One face of a photo, in pixels of the upright photo."""

    box: tuple[float, float, float, float]
    """x0, y0, x1, y1."""
    quad: np.ndarray
    """FFHQ's crop, `[4, 2]`: upper left, lower left, lower right, upper right corner."""
    score: float
    """The detector's certainty, 0..1."""
    warnings: tuple[str, ...] = ()
    """Keys of `inversion.WARNINGS` that the face alone shows."""

    @property
    def area(self) -> float:
        """Area of the box, in pixels."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


class Detector(Protocol):
    """Finds faces; several threads may use one at a time."""

    name: str
    """For people."""
    simple: bool
    """Whether it stands in for a better one."""

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        """All faces of an RGB photo, in any order; warnings on shape only (profile, covered)."""
        ...


def overlap(one: FoundFace, other: FoundFace) -> float:
    """Shared area of two boxes over that of the smaller one, 0..1."""
    width = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    height = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return max(width, 0) * max(height, 0) / max(min(one.area, other.area), 1e-6)


def distinct(faces: list[FoundFace]) -> tuple[FoundFace, ...]:
    """Drop every face that lies over a more certain one; the rest, largest first."""
    kept: list[FoundFace] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(overlap(face, other) < 0.4 for other in kept):
            kept.append(face)
    return tuple(sorted(kept, key=lambda face: -face.area))
