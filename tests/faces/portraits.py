"""A photograph of a real person, in the public domain, and where FFHQ's crop lies in it."""

import numpy as np
from PIL import Image
from skimage.data import astronaut

from mbtiface.faces.alignment import quad_side

# From 68 landmarks that another detector (dlib's) found, by FFHQ's rule.
ASTRONAUT_QUAD = np.array([[142.3, 15.5], [133.7, 189.0], [307.1, 197.6], [315.7, 24.1]])


def portrait() -> Image.Image:
    """NASA's portrait of Eileen Collins, 512 x 512, one frontal face."""
    return Image.fromarray(astronaut())


def distance_px(quad: np.ndarray, expected: np.ndarray) -> float:
    """Distance of two quads' corners (root mean square), in pixels of a crop of 256 px."""
    distances = np.square(quad - expected).sum(1)
    return float(np.sqrt(distances.mean()) * 256 / quad_side(expected))
