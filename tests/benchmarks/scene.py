"""The photo that is measured: 12 megapixels as a phone makes them, with one real face in it."""

import io

import numpy as np
from PIL import Image

from tests.faces.portraits import portrait

WIDTH, HEIGHT = 4000, 3000
NOISE = 4.0
"""Deviation of the sensor's noise, in grey levels; without it a JPEG decodes too easily."""
QUALITY = 92


def phone_photo() -> bytes:
    """A JPEG of 4000 x 3000 px: the portrait at full height before a wall, with sensor noise."""
    wall = np.linspace(90, 190, WIDTH, dtype=np.float32)[None, :, None]
    canvas = np.broadcast_to(wall, (HEIGHT, WIDTH, 3)).copy()
    person = portrait().resize((HEIGHT, HEIGHT), Image.Resampling.LANCZOS)
    left = (WIDTH - HEIGHT) // 2
    canvas[:, left : left + HEIGHT] = np.asarray(person)
    noise = np.random.default_rng(0).standard_normal(canvas.shape, dtype=np.float32)
    pixels = np.clip(np.rint(canvas + NOISE * noise), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "jpeg", quality=QUALITY)
    return buffer.getvalue()
