"""Faces laid on a ground: what a photo shows beyond FFHQ's frame, which no generated face has.

The seam between face and ground must not tell where the frame is: the face is cut along a random
rectangle, tilted rectangle or ellipse, sharp or soft, before the ground is laid under it.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np

MAX_CUT = (0.18, 0.25, 0.18, 0.12)
"""Most that is cut off at the left, top, right and bottom, in sides of the frame."""
GROUNDS = {"mirror": 0.3, "stretch": 0.15, "other": 0.25, "plain": 0.1, "texture": 0.2}
"""What lies beyond the cut, and how often."""


def on_ground(
    face: np.ndarray,
    other: Callable[[], np.ndarray],
    matrix: np.ndarray,
    size: int,
    random: np.random.Generator,
) -> np.ndarray:
    """Show a face on a random ground.

    Args:
        face: aligned, uint8 `[side, side, 3]`.
        other: gives another picture, of which a ground may be made, uint8 `[h, w, 3]`.
        matrix: `[2, 3]`, pixels of the result (x, y, 1) -> pixels of the face.
        size: side of the result in pixels.
        random: of the cut and the ground.

    Returns:
        uint8 `[size, size, 3]`.
    """
    kind = str(random.choice(list(GROUNDS), p=list(GROUNDS.values())))
    side = face.shape[0]
    left, top, right, bottom = _cuts(side, random)
    cut = face[top:bottom, left:right]
    inner = matrix - np.array([[0, 0, left], [0, 0, top]])
    scale = 1 / math.sqrt(abs(np.linalg.det(matrix[:, :2])))  # pixels of the result a face pixel
    if kind in ("mirror", "stretch"):
        border = cv2.BORDER_REFLECT_101 if kind == "mirror" else cv2.BORDER_REPLICATE
        seen = _warped(cut, inner, size, border)
        ground = cv2.GaussianBlur(seen, (0, 0), scale * side * random.uniform(0.003, 0.06))
        shape = _rectangle(side, (left, top, right, bottom))
    else:
        seen = _warped(face, matrix, size, cv2.BORDER_REFLECT_101)
        ground = _ground(kind, other, size, random)
        shape = _shape(side, (left, top, right, bottom), random)
    softness = side * float(np.exp(random.uniform(math.log(0.002), math.log(0.06))))
    shape = cv2.GaussianBlur(shape, (0, 0), softness)
    # A soft edge must have ended where the face's own picture does.
    shape[0] = shape[-1] = shape[:, 0] = shape[:, -1] = 0
    share = _warped(shape, matrix, size, cv2.BORDER_CONSTANT)[..., None]  # [size, size, 1]
    return (seen * share + ground * (1 - share)).round().astype(np.uint8)


def _cuts(side: int, random: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is kept of a face's picture."""
    left, top, right, bottom = (side * random.uniform(0.01, MAX_CUT)).astype(int)
    return left + 1, top + 1, side - right - 1, side - bottom - 1


def _rectangle(side: int, box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    shape = np.zeros((side, side), np.float32)
    shape[top:bottom, left:right] = 1
    return shape


def _shape(side: int, box: tuple[int, int, int, int], random: np.random.Generator) -> np.ndarray:
    """What is kept of a face's picture: 0..1, `[side, side]`."""
    left, top, right, bottom = box
    draw = random.random()
    if draw < 0.3:
        return _rectangle(side, box)
    center = ((left + right) / 2, (top + bottom) / 2)
    sides = (float(right - left), float(bottom - top))
    shape = np.zeros((side, side), np.float32)
    if draw < 0.6:
        corners = cv2.boxPoints((center, sides, random.uniform(-40, 40)))
        cv2.fillPoly(shape, [corners.round().astype(np.int32)], 1.0)
    else:
        cv2.ellipse(shape, (center, sides, random.uniform(-15, 15)), 1.0, -1)
    return shape


def _ground(
    kind: str, other: Callable[[], np.ndarray], size: int, random: np.random.Generator
) -> np.ndarray:
    """A ground that has nothing to do with the face: float32 `[size, size, 3]`."""
    if kind == "plain":
        slope = random.normal(0, 25, (2, 1, 1, 3)) * (random.random() < 0.7)
        along = np.linspace(-1, 1, size)
        ground = random.uniform(0, 255, 3) + slope[0] * along[None, :, None]
        ground = ground + slope[1] * along[:, None, None]
    elif kind == "texture":
        ground = np.full((size, size, 3), random.uniform(40, 215, 3))
        for cells in (2, 4, 8, 16, 32):
            strength = random.exponential(18)
            noise = random.normal(0, strength, (cells, cells, 3)).astype(np.float32)
            noise = 0.7 * noise.mean(2, keepdims=True) + 0.3 * noise
            ground += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    else:
        ground = _view(other(), size, random)
    return ground.clip(0, 255).astype(np.float32)


def _view(other: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """Another picture from anywhere near or far, at any angle, sometimes out of focus."""
    side = other.shape[0]
    zoom = float(np.exp(random.uniform(math.log(0.25), math.log(2.0)))) * side / size
    turn = random.uniform(-math.pi, math.pi)
    axes = zoom * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    offset = random.uniform(0, side, 2) - axes @ np.full(2, size / 2)
    view = _warped(other, np.column_stack([axes, offset]), size, cv2.BORDER_REFLECT_101)
    if random.random() < 0.5:
        view = cv2.GaussianBlur(view, (0, 0), size * random.uniform(0.005, 0.06))
    return view


def _warped(picture: np.ndarray, matrix: np.ndarray, size: int, border: int) -> np.ndarray:
    """Sample a picture at `matrix @ (x, y, 1)`: float32 `[size, size, ...]`."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        picture, matrix, (size, size), flags=flags, borderMode=border, borderValue=0
    )
    return warped.astype(np.float32)
