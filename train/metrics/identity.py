"""How alike two faces are to dlib's face network (King 2017): evaluation only, never trained on.

Distances under 0.6 are one person's, by the threshold that the network was trained with; different
people lie about 0.8 apart.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mbtiface.errors import SourceError

SAME_PERSON = 0.6
MODELS = "face_recognition_models"
NETWORK = "dlib_face_recognition_resnet_model_v1.dat"
LANDMARKS = "shape_predictor_5_face_landmarks.dat"
DETECTED_PX = 256
"""Side at which the face is looked for; its embedding is taken at the picture's own size."""
USUAL_BOX = (0.18, 0.316, 0.785, 0.922)
"""Where dlib sees the face of a picture aligned as FFHQ's: left, top, right, bottom, of the side.
Taken where it finds none, so that a bad reconstruction counts instead of dropping out."""


class FaceIdentity:
    """dlib's detector, landmarks and embedding."""

    def __init__(self) -> None:
        """Load the networks.

        Raises:
            SourceError: the packages that carry them are not installed.
        """
        folder = _models_folder()
        try:
            import dlib
        except ImportError as error:
            raise SourceError(
                "Identity needs dlib (PyPI: dlib-bin). Install the extra `train`."
            ) from error
        self._dlib: Any = dlib
        self._detect = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(str(folder / LANDMARKS))
        self._network = dlib.face_recognition_model_v1(str(folder / NETWORK))

    def embed(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Square pictures of one aligned face each, RGB -> embeddings `[n, 128]`."""
        found = [self._embed(image) for image in images]
        return np.stack(found) if found else np.zeros((0, 128))

    def box(self, image: Image.Image) -> tuple[float, float, float, float] | None:
        """The largest face's box: left, top, right, bottom in parts of the side; None = none."""
        small = image.resize((DETECTED_PX, DETECTED_PX), Image.Resampling.BOX)
        pixels = np.asarray(small.convert("RGB"))
        # Doubling the picture finds a few faces more at four times the cost.
        boxes = self._detect(pixels, 0) or self._detect(pixels, 1)
        if not boxes:
            return None
        largest = max(boxes, key=lambda each: each.area())
        edges = (largest.left(), largest.top(), largest.right(), largest.bottom())
        left, top, right, bottom = (edge / DETECTED_PX for edge in edges)
        return left, top, right, bottom

    def _embed(self, image: Image.Image) -> np.ndarray:
        pixels = np.ascontiguousarray(image.convert("RGB"))
        edges = [round(edge * image.width) for edge in self.box(image) or USUAL_BOX]
        landmarks = self._landmarks(pixels, self._dlib.rectangle(*edges))
        return np.array(self._network.compute_face_descriptor(pixels, landmarks))


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distances of pairs of embeddings `[n, 128]`: `[n]`."""
    return np.linalg.norm(a - b, axis=1)


def _models_folder() -> Path:
    # Looked up, not imported: its own code needs the pkg_resources of an old setuptools.
    spec = importlib.util.find_spec(MODELS)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "models"
        if (folder / NETWORK).is_file():
            return folder
    raise SourceError(f"Identity needs the networks of {MODELS} (PyPI). Install the extra `train`.")
