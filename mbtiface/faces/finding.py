"""Faces in a photo: what a detector says of each."""

from dataclasses import dataclass

import numpy as np


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
