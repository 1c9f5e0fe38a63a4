"""Pictures of the same shot: copies, sizes, crops and mirror images of one photo.

Compared by features, not by a perceptual hash. Two copies of a photo are cropped by a detector that
errs by a few per cent, and all aligned faces are alike from afar. Measured on OMI's 854 faces and
copies of them, moved by 2 %, turned by 2 degrees and scaled by 2 %: a DCT hash of 64 bits is off by
0.16 for such copies (median, part of the bits) while different faces come as near as 0.06; one of
256 bits 0.27 and 0.18. EfficientNet-Lite0's fourth stage (4 x 4 places, less the picture's mean,
one minus cosine) is off by 0.08 (at most 0.10) for them, 0.04 for 1 %, under 0.06 for JPEG of
quality 50 and half the size, under 0.11 for another brightness; different faces stay beyond 0.139,
99 of 100 beyond 0.195 of their nearest one.
"""

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from mbtiface.faces.pixels import from_bytes
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.inversion_parts import load_perceptual

LIMIT = 0.12
"""Distance under which two pictures are of the same shot."""
SEEN_PX = 128
STAGE = 3
PLACES = 4


class NearDuplicates:
    """Finds, for each picture, an earlier one of the same shot."""

    def __init__(
        self,
        features: PerceptualFeatures | None = None,  # None: those of the embedded bundle.
        limit: float = LIMIT,  # Distance under which two are of one shot; 0 = none ever are.
    ) -> None:
        self._features = features or load_perceptual(open_bundle("embedded"))
        self._limit = limit
        self._names: list[str] = []
        self._known = np.empty((0, 0), np.float32)  # [room, features]

    @torch.inference_mode()
    def describe(self, picture: Image.Image) -> np.ndarray:
        """What a picture and its mirror image look like: float32 `[2, features]`, of length 1."""
        small = picture.resize((SEEN_PX, SEEN_PX), Image.Resampling.BOX)
        pixels = np.array(small)
        both = np.stack([pixels, pixels[:, ::-1]])  # [2, px, px, 3]
        stage = self._features(from_bytes(torch.from_numpy(both)))[STAGE]
        places = functional.adaptive_avg_pool2d(stage, PLACES).flatten(2)  # [2, channels, 16]
        return functional.normalize((places - places.mean(2, keepdim=True)).flatten(1)).numpy()

    def nearest(self, described: np.ndarray) -> tuple[str, float] | None:
        """The name of an earlier picture of the same shot and the distance; None if there is none.

        Args:
            described: what `describe` says of the picture.
        """
        if not self._names:
            return None
        # A mirror image of either is as near as the two themselves.
        likeness = (self._known[: len(self._names)] @ described.T).max(1)  # [names]
        distances = np.maximum(1 - likeness, 0)
        at = int(distances.argmin())
        return (self._names[at], float(distances[at])) if distances[at] < self._limit else None

    def add(self, name: str, described: np.ndarray) -> None:
        """Remember a picture that is kept."""
        count = len(self._names)
        if count == len(self._known):
            more = np.empty((max(2 * count, 256), described.shape[1]), np.float32)
            more[:count] = self._known[:count] if count else 0
            self._known = more
        self._known[count] = described[0]
        self._names.append(name)
