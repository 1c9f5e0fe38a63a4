"""Aligned faces drawn with a few shapes: enough to be found, quick to make."""

from pathlib import Path

import cv2
import numpy as np


def draw_face(side: int, random: np.random.Generator) -> np.ndarray:
    """A head, two eyes and a mouth where FFHQ's crop has them: uint8 `[side, side, 3]`."""
    picture = np.full((side, side, 3), random.integers(0, 256, 3), np.uint8)
    skin = random.integers(120, 256, 3).tolist()

    def spot(x: float, y: float, width: float, height: float, color: list[int]) -> None:
        center, axes = (
            (round(x * side), round(y * side)),
            (round(width * side), round(height * side)),
        )
        cv2.ellipse(picture, center, axes, 0, 0, 360, color, -1)

    spot(0.5, 0.55, 0.3, 0.42, skin)
    for x in (0.375, 0.625):
        spot(x, 0.475, 0.07, 0.05, random.integers(0, 80, 3).tolist())
    spot(0.5, 0.75, 0.13, 0.04, [int(random.integers(120, 200)), 0, 0])
    return picture


def write_faces(paths: list[Path], side: int) -> None:
    """Write one face a path."""
    random = np.random.default_rng(0)
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), draw_face(side, random)[..., ::-1])
