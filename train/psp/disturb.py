"""What photographs from the world do to a face that generated ones never saw.

The latent stays that of the undisturbed picture: an encoder trained so looks past a tilted crop,
blur, noise and compression. Colours and light move little, since they are to be reproduced.
"""

import cv2
import numpy as np

from train.psp.pictures import resize

ROTATION_DEG = 4.0
SCALE = 0.06
SHIFT = 0.03
"""Errors of alignment, as standard-normal draws cut off at 2: about what a detector makes."""
GAIN, GAMMA, SIDE_LIGHT = 0.05, 0.1, 0.12
JPEG_QUALITY = (30, 95)


def disturb(picture: np.ndarray, random: np.random.Generator, size: int) -> np.ndarray:
    """Disturb a square RGB picture, uint8 `[h, w, 3]` -> uint8 `[size, size, 3]`."""
    if random.random() < 0.85:
        picture = misalign(picture, random)
    if random.random() < 0.1:
        picture = cover(picture, random)
    picture = resize(picture, size)
    if random.random() < 0.6:
        picture = relight(picture, random)
    if random.random() < 0.3:
        picture = soften(picture, random)
    if random.random() < 0.3:
        noise = random.normal(0, random.uniform(1, 10), picture.shape)
        picture = (picture + noise).round().clip(0, 255).astype(np.uint8)
    if random.random() < 0.4:
        picture = compress(picture, int(random.integers(*JPEG_QUALITY)))
    if random.random() < 0.03:
        picture = np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return picture


def misalign(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Rotate, scale and shift about the centre; the edge is mirrored."""
    size = picture.shape[0]
    turn, zoom, *shift = random.normal(size=4).clip(-2, 2)
    centre = (size / 2 - 0.5, size / 2 - 0.5)
    matrix = cv2.getRotationMatrix2D(centre, ROTATION_DEG * turn, 1 + SCALE * zoom)
    matrix[:, 2] += SHIFT * size * np.array(shift)
    return cv2.warpAffine(
        picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def relight(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Change gain by channel, gamma, and light across the picture, all a little."""
    size = picture.shape[0]
    light = 1 + SIDE_LIGHT * random.normal(size=2)[:, None] * np.linspace(-1, 1, size)
    across = light[0][None, :, None] * light[1][:, None, None]  # [size, size, 1]
    gain = 1 + GAIN * random.normal() + 0.5 * GAIN * random.normal(size=3)
    gamma = np.exp(GAMMA * random.normal())
    changed = (picture / 255) ** gamma * gain * across
    return (255 * changed).round().clip(0, 255).astype(np.uint8)


def soften(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Blur, or shrink and enlarge again."""
    size = picture.shape[0]
    if random.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 1.5) * size / 128)
    return resize(resize(picture, int(size * random.uniform(0.3, 0.9))), size)


def compress(picture: np.ndarray, quality: int) -> np.ndarray:
    """Through JPEG and back."""
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None  # it was encoded just now
    return np.ascontiguousarray(decoded[..., ::-1])


def cover(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Lay a plain block over a part, as a hand or a mask does."""
    size = picture.shape[0]
    height, width = (size * random.uniform(0.1, 0.35, 2)).astype(int)
    top, left = random.integers(0, size - height), random.integers(0, size - width)
    covered = picture.copy()
    covered[top : top + height, left : left + width] = random.integers(0, 256, 3)
    return covered
