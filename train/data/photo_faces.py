"""One photo -> one aligned face that is worth learning from, or the reason why not."""

import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mbtiface.errors import InputError, PhotoError, SourceError
from mbtiface.faces.aligner import Aligner
from mbtiface.faces.alignment import crop_quad, quad_side, quad_square
from mbtiface.faces.cascade_detector import CascadeDetector
from mbtiface.faces.facexlib_detector import load_facexlib
from mbtiface.faces.finding import Detector, FoundFace
from mbtiface.faces.photos import open_photo
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.inversion_parts import load_aligner

log = logging.getLogger(__name__)

MAX_BYTES = 500_000_000
SAMPLED = 4
"""A crop is sampled at this many times its size, then reduced, as FFHQ's were."""
CROWD = 0.5
"""A second face of this part of the first one's area, and nobody knows whose label it is."""
NEAREST = 0.3
"""Sides of an aligned picture by which its face may lie off the middle."""
LEAST_PART = 0.75
"""Side of a crop in sides of the picture made of it, from which on enlarging does not show."""
LEAST_SHARPNESS = 2.7
"""Sharpness under which a face is blurred.

Measured on OMI's 854 faces, sharp or blurred by a Gaussian of some px: at 256 px sharp ones have
3.6 to 7.8, those blurred by 1 px 2.3 to 3.8, by 1.5 px at most 2.8, by 2 px at most 2.4, with noise
of 3 levels and JPEG of quality 60 too; at 128 and 64 px sharp ones have 3.9 and more, those blurred
by 2 px 2.1 and 2.2 in the median. By eye a blur of 1.5 px is what spoils a picture of 256 px.
"""


@dataclass(frozen=True)
class FaceCrop:
    """A face that can be used."""

    picture: Image.Image
    """RGB, square, aligned."""
    crop: tuple[float, ...]
    """Where it lies in the upright photo: `alignment.square_quad`'s numbers; () = all of it."""
    side_px: float
    """Side of the crop in pixels of the photo."""
    sharpness: float


@dataclass(frozen=True)
class Rejected:
    """Why a photo cannot be used."""

    reason: str
    """`unreadable`, `no face`, `several faces`, `not square`, `too small`, `blurred`,
    `near-duplicate`, `no label`."""
    detail: str


def find_detector(name: str, device: str = "cpu") -> Detector | None:
    """The detector of a name: `auto`, `facexlib`, `cascade` or `none`.

    `auto` is facexlib where its weights can be had, else OpenCV's cascades, whose squares the
    embedded aligner moves to FFHQ's crop.

    Raises:
        SourceError: facexlib was asked for by name, but its weights cannot be had.
        InputError: another name.
    """
    if name == "none":
        return None
    if name not in ("auto", "facexlib", "cascade"):
        raise InputError(f"Detector {name!r} is unknown. Use auto, facexlib, cascade or none.")
    if name != "cascade":
        try:
            return load_facexlib(device)
        except SourceError as error:
            if name == "facexlib":
                raise
            log.info("faces are found by OpenCV's cascades and the embedded aligner: %s", error)
    aligner = load_aligner(open_bundle("embedded"))
    return CascadeDetector(Aligner(aligner, aligner.img_resolution).refine_quad)


class FaceReader:
    """Reads photos, or pictures that are aligned already."""

    def __init__(
        self,
        detector: Detector | None,  # None: aligned pictures are believed to show a face.
        size: int,  # Side of the pictures made, in px.
        aligned: bool,  # Whether the files are aligned faces, not photos.
        least_px: float,  # Least side of a face's crop in its photo, in px.
        least_sharpness: float,  # See `sharpness`; 0 = none is blurred.
    ) -> None:
        if detector is None and not aligned:
            raise InputError("Photos need a detector; only aligned pictures do without one.")
        self._detector, self._size, self._aligned = detector, size, aligned
        self._least_px, self._least_sharpness = least_px, least_sharpness

    def read(self, path: Path) -> FaceCrop | Rejected:
        """The face of one file, or why it cannot be used."""
        try:
            image = open_photo(path, MAX_BYTES)
        except PhotoError as error:
            return Rejected("unreadable", str(error))
        found = self._of_aligned(image) if self._aligned else self._of_photo(image)
        if isinstance(found, Rejected):
            return found
        if found.side_px < self._least_px:
            detail = f"{found.side_px:.0f} px, fewer than {self._least_px:g}"
            return Rejected("too small", detail)
        if found.sharpness < self._least_sharpness:
            detail = f"sharpness {found.sharpness:.2f}, under {self._least_sharpness:g}"
            return Rejected("blurred", detail)
        return found

    def _of_photo(self, image: Image.Image) -> FaceCrop | Rejected:
        """Find the face and cut it out by FFHQ's rule."""
        assert self._detector is not None
        faces = self._detector.find(image)
        if not faces:
            return Rejected("no face", f"by {self._detector.name}")
        if len(faces) > 1 and faces[1].area > CROWD * faces[0].area:
            return Rejected("several faces", f"{len(faces)}; crop the photo to the one meant")
        quad = faces[0].quad
        crop = quad_square(quad, image.width, image.height)
        return _face_crop(
            crop_quad(image, quad, self._size, SAMPLED * self._size), crop, quad_side(quad)
        )

    def _of_aligned(self, image: Image.Image) -> FaceCrop | Rejected:
        """Take the whole picture, if it is a face's."""
        width, height = image.size
        if width != height:
            return Rejected("not square", f"{width} x {height} px; leave --aligned off for photos")
        if self._detector is not None:
            faces = self._detector.find(image)
            if not any(_in_the_middle(face, width) for face in faces):
                return Rejected("no face", f"in the middle, by {self._detector.name}")
        if width != self._size:
            image = image.resize((self._size, self._size), Image.Resampling.LANCZOS)
        return _face_crop(image, (), float(width))


def sharpness(grey: np.ndarray) -> float:
    """How much of a face's fine detail a further blur would take: about 4 if sharp, 1 if blurred.

    The energy of the Laplacian before and after a Gaussian of 1.5 px, after one of 1 px that takes
    noise away. A ratio, so that contrast, light and a smooth complexion do not count (the idea of
    Crete et al. 2007, The blur effect, section 2, with Laplacians): blurring what is blurred
    already changes little.

    Args:
        grey: aligned face, uint8 `[size, size]`; measured from eyebrows to chin.
    """
    side = grey.shape[0]
    face = grey[round(side * 0.31) : round(side * 0.88), round(side * 0.25) : round(side * 0.75)]
    once = cv2.GaussianBlur(face.astype(np.float32), (0, 0), 1.0)
    twice = cv2.GaussianBlur(once, (0, 0), 1.5)
    energies = [float(cv2.Laplacian(levels, cv2.CV_32F).var()) for levels in (once, twice)]
    return energies[0] / max(energies[1], 1e-3)


def _face_crop(picture: Image.Image, crop: tuple[float, ...], side_px: float) -> FaceCrop:
    return FaceCrop(picture, crop, side_px, sharpness(np.asarray(picture.convert("L"))))


def _in_the_middle(face: FoundFace, side: int) -> bool:
    """Whether a face's crop is about the whole picture."""
    off = np.abs(face.quad.mean(0) / side - 0.5).max()
    return bool(off < NEAREST and 0.5 < quad_side(face.quad) / side < 2)
