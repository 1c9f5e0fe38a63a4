"""FFHQ's alignment: from landmarks to a square of the photo, from the square to a picture.

The rule is that of the FFHQ data set (Karras et al. 2019, arXiv 1812.04948, appendix A), which
every generator trained on it expects. A quad is `[4, 2]` float64 in pixels of the photo: upper
left, lower left, lower right and upper right corner of the crop, x before y. Nothing here knows
detectors.
"""

import math

import cv2
import numpy as np
from PIL import Image

from mbtiface.errors import PhotoError

MAX_CROP_SIDE = 8.0
"""Largest side of a crop by hand, in widths of the photo."""


def face_quad(landmarks: np.ndarray) -> np.ndarray:
    """FFHQ's crop of one face.

    Args:
        landmarks: `[68, 2]` (the usual 68 points) or `[5, 2]` (left and right eye as seen in the
            picture, nose, left and right mouth corner), in pixels.

    Raises:
        ValueError: other shapes.
    """
    if landmarks.shape == (68, 2):
        left, right = landmarks[36:42].mean(0), landmarks[42:48].mean(0)
        mouth = (landmarks[48] + landmarks[54]) / 2
    elif landmarks.shape == (5, 2):
        left, right = landmarks[0], landmarks[1]
        mouth = (landmarks[3] + landmarks[4]) / 2
    else:
        raise ValueError(f"landmarks have shape {landmarks.shape}, not (68, 2) or (5, 2)")
    eyes = (left + right) / 2
    across, down = right - left, mouth - eyes
    # Half a side of the crop: the mean direction of both, by the larger of both sizes.
    x = across - _turned(down)
    x = x / np.hypot(*x) * max(2.0 * np.hypot(*across), 1.8 * np.hypot(*down))
    return square(eyes + 0.1 * down, x)


def square(center: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The quad around a centre whose right side has its middle at `center + right`."""
    down = _turned(right)
    return np.stack(
        [center - right - down, center - right + down, center + right + down, center + right - down]
    )


def _turned(vector: np.ndarray) -> np.ndarray:
    """A vector turned by 90 degrees, from right to down."""
    return np.array([-vector[1], vector[0]])


def quad_side(quad: np.ndarray) -> float:
    """Side of a quad, in pixels of the photo."""
    return float(np.hypot(*(quad[3] - quad[0])))


def crop_quad(
    image: Image.Image,
    quad: np.ndarray,
    size: int,
    transform_size: int | None = None,
    padding: bool = True,
) -> Image.Image:
    """Cut a quad out of a photo, `size` x `size` pixels.

    Args:
        image: the photo, RGB.
        quad: `[4, 2]`, pixels of the photo; may reach beyond it.
        size: side of the result in pixels.
        transform_size: side that is sampled bilinearly before the reduction to `size`; None is
            `size` itself (as pSp does), FFHQ takes four times `size`.
        padding: continue the photo beyond its edge by a faded reflection; black otherwise.
    """
    transform_size = transform_size or size
    image, quad = _reduced(image, quad, size)
    side = quad_side(quad)
    border = max(round(side * 0.1), 3)
    image, quad = _cropped(image, quad, border)
    if padding:
        image, quad = _padded(image, quad, border, side)
    corners = tuple((quad + 0.5).flatten().tolist())
    result = image.transform(
        (transform_size, transform_size),
        Image.Transform.QUAD,
        corners,
        Image.Resampling.BILINEAR,
    )
    if transform_size > size:
        result = result.resize((size, size), Image.Resampling.LANCZOS)
    return result


def _reduced(image: Image.Image, quad: np.ndarray, size: int) -> tuple[Image.Image, np.ndarray]:
    """Shrink a photo by a whole factor, so that bilinear sampling skips no pixels."""
    factor = math.floor(quad_side(quad) / size / 2)
    if factor <= 1:
        return image, quad
    smaller = (max(round(image.width / factor), 1), max(round(image.height / factor), 1))
    return image.resize(smaller, Image.Resampling.LANCZOS), quad / factor


def _cropped(image: Image.Image, quad: np.ndarray, border: int) -> tuple[Image.Image, np.ndarray]:
    """Cut a photo down to the quad and a border around it."""
    low, high = np.floor(quad.min(0)), np.ceil(quad.max(0))
    left, top = (int(max(value - border, 0)) for value in low)
    right = int(min(high[0] + border, image.width))
    bottom = int(min(high[1] + border, image.height))
    if (right - left, bottom - top) == image.size:
        return image, quad
    return image.crop((left, top, right, bottom)), quad - (left, top)


def _padded(
    image: Image.Image, quad: np.ndarray, border: int, side: float
) -> tuple[Image.Image, np.ndarray]:
    """Continue a photo beyond its edges where the quad comes near one."""
    low, high = np.floor(quad.min(0)), np.ceil(quad.max(0))
    before = np.maximum(border - low, 0).astype(int)
    after = np.maximum(high - image.size + border, 0).astype(int)
    if max(*before, *after) <= border - 4:
        return image, quad
    least = round(side * 0.3)
    before, after = np.maximum(before, least), np.maximum(after, least)
    widths = ((before[1], after[1]), (before[0], after[0]), (0, 0))
    pixels = np.pad(np.asarray(image, dtype=np.float32), widths, "reflect")
    fade = np.maximum.outer(
        _fade(pixels.shape[0], before[1], after[1]), _fade(pixels.shape[1], before[0], after[0])
    )[..., None]  # [height, width, 1]
    pixels += (_blurred(pixels, side * 0.02) - pixels) * np.clip(3 * fade + 1, 0, 1)
    pixels += (np.median(pixels, axis=(0, 1)) - pixels) * np.clip(fade, 0, 1)
    padded = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    return padded, quad + before


def _fade(length: int, before: int, after: int) -> np.ndarray:
    """How far beyond the photo a row or column lies: 0 at its edge, 1 at the padding's end."""
    at = np.arange(length, dtype=np.float32)
    return np.maximum(1 - at / np.float32(max(before, 1)), 1 - at[::-1] / np.float32(max(after, 1)))


def _blurred(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of `[height, width, 3]`, cut off at four sigma, edges mirrored."""
    radius = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 1e-6)) ** 2)
    kernel /= kernel.sum()
    # Sums in double precision: rounded ones would show as single grey levels.
    return cv2.sepFilter2D(pixels, cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_REFLECT)


def square_quad(
    x: float, y: float, side: float, angle: float, width: int, height: int
) -> np.ndarray:
    """The quad of a crop by hand.

    Args:
        x: centre, in units of the photo's width, 0..1.
        y: centre, in units of its height, 0..1.
        side: side, in units of its width, over 0.
        angle: degrees counter-clockwise.
        width: of the photo, in pixels.
        height: of the photo, in pixels.

    Raises:
        PhotoError: `bad_crop`: the centre lies outside the photo, or the side has no sensible size.
    """
    numbers = (x, y, side, angle)
    fits = all(math.isfinite(number) for number in numbers) and 0 <= x <= 1 and 0 <= y <= 1
    if not fits or not 1 <= side * width <= MAX_CROP_SIDE * max(width, height):
        raise PhotoError(
            "bad_crop",
            f"The crop {numbers} cannot be used: its centre must lie in the photo (0..1), its side "
            "must be at least a pixel. Draw the square again.",
        )
    turn = math.radians(angle)
    right = np.array([math.cos(turn), -math.sin(turn)]) * (side * width / 2)  # y points down.
    return square(np.array([x * width, y * height]), right)


def quad_square(quad: np.ndarray, width: int, height: int) -> tuple[float, float, float, float]:
    """The inverse of `square_quad`: centre x and y, side, angle of a quad."""
    center, edge = quad.mean(0), quad[3] - quad[0]
    angle = math.degrees(math.atan2(-edge[1], edge[0]))
    return float(center[0] / width), float(center[1] / height), quad_side(quad) / width, angle
