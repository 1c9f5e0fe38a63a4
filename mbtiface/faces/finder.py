"""Finds the faces of a photo by the best detector at hand, and says what is wrong with each."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image

from mbtiface.errors import SourceError
from mbtiface.faces.alignment import crop_quad, quad_side
from mbtiface.faces.cascade_detector import CascadeDetector, QuadRefiner
from mbtiface.faces.finding import Detector, FoundFace

log = logging.getLogger(__name__)

TINY_PX = 128
"""Side of a crop in pixels of the photo, below which half of what the encoder sees is missing."""
DARK, BRIGHT = 70, 250
"""Grey levels: what a dark face's highlights stay under, and what counts as burnt out."""
BURNT = 0.3
"""Part of a face that is burnt out in a photo that is too bright."""
BLURRED = 12.0
"""Sharpness below which a face counts as blurred.

OMI's faces at 256 px have 31 to 306 (median 77), with a blur of sigma 2 px 3 to 19 (median 8).
"""

_LOADING_S = 60.0  # How long the first photo waits for a detector whose weights are here.


class FaceFinder:
    """facexlib where its weights are to be had, OpenCV's cascades until then and elsewhere.

    May be used from several threads.
    """

    def __init__(
        self,
        refine_quad: QuadRefiner | None = None,  # Improves the simple detector's crops.
        device: str = "cpu",
        weights_here: Callable[[], bool] | None = None,  # None: facexlib's.
        load: Callable[[str], Detector] | None = None,  # None: facexlib, which raises SourceError.
    ) -> None:
        self._simple = CascadeDetector(refine_quad)
        self._device = device
        self._weights_here = weights_here
        self._load = load
        self._better: Detector | None = None
        self._awaited = False
        self._started = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The detector that the next photo gets, for people."""
        return self._detector.name

    @property
    def simple(self) -> bool:
        """Whether the next photo gets the simpler detector."""
        return self._detector.simple

    @property
    def _detector(self) -> Detector:
        return self._better or self._simple

    def warm_up(self) -> None:
        """Start to load the better detector in the background; returns at once."""
        with self._started:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._prepare, name="mbtiface-detector", daemon=True
                )
                self._awaited = self._are_weights_here()
                self._thread.start()

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        """All faces of an upright RGB photo, largest first, each with its warnings."""
        self.warm_up()
        if self._awaited and self._thread is not None:
            # Loading takes seconds, a download minutes: only the first is worth waiting for.
            self._thread.join(_LOADING_S)
        faces = self._detector.find(image)
        shared = ("several_faces",) if len(faces) > 1 else ()
        return tuple(
            replace(face, warnings=shared + face.warnings + photo_warnings(image, face.quad))
            for face in faces
        )

    def _are_weights_here(self) -> bool:
        if self._weights_here is not None:
            return self._weights_here()
        from mbtiface.faces.facexlib_detector import weights_here

        return weights_here()

    def _prepare(self) -> None:
        """Load the better detector, or say in the log why the simpler one stays."""
        try:
            if self._load is None:
                from mbtiface.faces.facexlib_detector import load_facexlib

                self._load = load_facexlib
            self._better = self._load(self._device)
            log.info("faces are found by %s", self._better.name)
        except (SourceError, ImportError, RuntimeError) as error:
            log.info("faces are found by %s: %s", self._simple.name, error)


def photo_warnings(image: Image.Image, quad: np.ndarray) -> tuple[str, ...]:
    """What makes one face of a photo hard to see: `tiny`, `dark`, `bright`, `blurred`."""
    grey = np.asarray(crop_quad(image, quad, 256).convert("L"))
    face = grey[80:224, 64:192]  # Of FFHQ's crop, eyebrows to chin.
    found = []
    tiny = quad_side(quad) < TINY_PX
    if tiny:
        found.append("tiny")
    # Highlights, not the mean: a dark complexion in good light is no dark photo.
    if np.percentile(face, 97) < DARK:
        found.append("dark")
    if np.mean(face >= BRIGHT) > BURNT:
        found.append("bright")
    if not tiny and sharpness(face) < BLURRED:
        found.append("blurred")
    return tuple(found)


def sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian of a face `[height, width]` uint8, at equal contrast.

    Fine edges against coarse ones; light and contrast of the photo do not count.
    """
    levels = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8)  # Noise is no sharpness.
    contrast = max(float(levels.std()), 4.0)
    return float(cv2.Laplacian(levels * (50 / contrast), cv2.CV_32F).var())
