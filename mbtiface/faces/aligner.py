"""From a rough square around a face to FFHQ's crop, by a small network.

A detector that knows no landmarks gives squares that are some way off. The network looks at the
square and its surroundings and says how FFHQ's crop lies in them; a second look corrects the first.
"""

import logging
import math
from collections.abc import Callable

import cv2
import numpy as np
import torch
from PIL import Image

from mbtiface.faces.alignment import quad_side, square
from mbtiface.faces.pixels import from_bytes

log = logging.getLogger(__name__)

LOOSE = 1.4
"""Side of the crop that the network sees, in sides of the quad."""
PASSES = 2
MAX_SHIFT, MAX_LOG_SCALE, MAX_ANGLE = 0.4, math.log(2.2), math.radians(75)
"""A prediction beyond these lies outside of what the network was trained on."""
MAX_LAST_MOVE = 0.35
"""How far a corner may move in the last pass, in sides: a sure network hardly moves it."""

Predict = Callable[[torch.Tensor], torch.Tensor]
"""Loose crops `[batch, 3, size, size]`, -1..1 -> `[batch, 4]`."""


class Aligner:
    """Moves quads toward FFHQ's crop; may be called from several threads."""

    def __init__(
        self,
        network: Predict,  # A `CropAligner` in evaluation mode, or what answers as it does.
        img_resolution: int,  # Picture size that it sees, in px.
    ) -> None:
        self._network = network
        self._size = img_resolution

    def refine_quad(self, image: Image.Image, quad: np.ndarray) -> np.ndarray:
        """Move a quad `[4, 2]` (pixels of the photo) to where FFHQ's crop should be.

        The same quad comes back where the predictions are too far out to be believed.
        """
        moved = quad
        for _ in range(PASSES):
            numbers = self.predict(image, moved)
            if not believable(numbers):
                log.info("alignment kept: the prediction %s is too far out", numbers.round(3))
                return quad
            before, moved = moved, move_quad(moved, numbers)
        step = float(np.hypot(*(moved - before).T).max()) / quad_side(before)
        if step > MAX_LAST_MOVE:
            log.info("alignment kept: pass %d still moved by %.2f sides", PASSES, step)
            return quad
        return moved

    @torch.inference_mode()
    def predict(self, image: Image.Image, quad: np.ndarray) -> np.ndarray:
        """The network's four numbers for a quad, float64 `[4]`."""
        crop = torch.from_numpy(loose_crop(image, quad, self._size))
        return self._network(from_bytes(crop[None]))[0].double().numpy()


def believable(numbers: np.ndarray) -> bool:
    """Whether four predicted numbers lie within what the network was trained on."""
    x, y, log_scale, angle = numbers
    return bool(
        np.isfinite(numbers).all()
        and math.hypot(x, y) <= MAX_SHIFT
        and abs(log_scale) <= MAX_LOG_SCALE
        and abs(angle) <= MAX_ANGLE
    )


def loose_crop(image: Image.Image, quad: np.ndarray, size: int) -> np.ndarray:
    """Cut a quad and its surroundings out of a photo, mirrored beyond its edge.

    Args:
        image: the photo, RGB.
        quad: `[4, 2]`, pixels of the photo.
        size: side of the result in pixels.

    Returns:
        uint8 `[size, size, 3]`; `LOOSE` times the quad's side.
    """
    matrix = crop_matrix(quad, size)
    corners = matrix[:, :2] @ np.array([[0, 0, size, size], [0, size, 0, size]]) + matrix[:, 2:]
    low = np.clip(np.floor(corners.min(1)) - 2, 0, np.array(image.size) - 1).astype(int)
    high = np.clip(np.ceil(corners.max(1)) + 3, low + 1, image.size).astype(int)
    region = image.crop((*low.tolist(), *high.tolist()))
    matrix[:, 2] -= low
    # Averaged down first by a whole factor, so that bilinear sampling skips no pixels.
    factor = max(int(LOOSE * quad_side(quad) / size), 1)
    if factor > 1:
        region = region.reduce(factor)
        matrix /= factor
        matrix[:, 2] += 0.5 / factor - 0.5
    return cv2.warpAffine(
        np.asarray(region),
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )


def crop_matrix(quad: np.ndarray, size: int) -> np.ndarray:
    """Where the pixels of a quad's loose crop lie: `[2, 3]`, (x, y, 1) of the crop -> photo."""
    right = LOOSE * (quad[3] - quad[0]) / size
    down = LOOSE * (quad[1] - quad[0]) / size
    middle = (size - 1) / 2  # whole numbers are centres of pixels, in the crop and in the photo
    return np.column_stack([right, down, quad.mean(0) - middle * (right + down)])


def move_quad(quad: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Where four numbers of the network (`CropAligner.forward`) move a quad."""
    x, y, log_scale, angle = numbers
    right = quad[3] - quad[0]
    center = quad.mean(0) + LOOSE * (x * right + y * _turned(right, math.pi / 2))
    return square(center, math.exp(log_scale) / 2 * _turned(right, angle))


def rough_quad(truth: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The quad that four numbers move to `truth`: the inverse of `move_quad`."""
    x, y, log_scale, angle = numbers
    right = math.exp(-log_scale) * _turned(truth[3] - truth[0], -angle)
    center = truth.mean(0) - LOOSE * (x * right + y * _turned(right, math.pi / 2))
    return square(center, right / 2)


def numbers_between(quad: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The four numbers that move `quad` to `truth`, float64 `[4]`."""
    right, aim = quad[3] - quad[0], truth[3] - truth[0]
    side = np.hypot(*right)
    offset = (truth.mean(0) - quad.mean(0)) / (LOOSE * side)
    axes = np.stack([right, _turned(right, math.pi / 2)]) / side
    turn = math.atan2(right[0] * aim[1] - right[1] * aim[0], right @ aim)
    return np.array([*(axes @ offset), math.log(np.hypot(*aim) / side), turn])


def _turned(vector: np.ndarray, angle: float) -> np.ndarray:
    """A vector turned from right to down, radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([cos * vector[0] - sin * vector[1], sin * vector[0] + cos * vector[1]])
