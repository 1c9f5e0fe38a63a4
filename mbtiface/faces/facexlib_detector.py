"""facexlib, tamed: the only file that knows it.

What is kept away from the rest: its import takes seconds; it downloads by itself and says so on
standard output; it takes pictures as BGR arrays; it keeps results on the network between calls; it
chooses a device of its own unless it gets one; its reading of heat maps fails with today's NumPy.
"""

import logging
import threading
import warnings
from typing import Protocol, cast

import numpy as np
import torch
from PIL import Image
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.faces.alignment import face_quad, quad_side
from mbtiface.faces.finding import FoundFace, distinct
from mbtiface.weights.detector_files import DETECTOR, LANDMARKS, cached, fetch, read_state

log = logging.getLogger(__name__)

SEARCH_PX = 640
"""Longer side in pixels of what is searched."""
LEAST_SCORE = 0.8
PROFILE = 0.5
"""How far beside the middle of the eyes the nose of a profile lies, in distances of the eyes.

A nose stands out by about half a distance: this is a head turned by some 45 degrees.
"""
_LANDMARKS_PX, _HEATMAP_PX = 256, 64
# Landmarks of both networks may differ by this much of the crop; more, and the second one is lost.
_AGREE = 0.15
_MOST_FACES = 4  # The largest ones get the better landmarks: each takes a good part of a second.


class _RetinaFace(Protocol):
    """What is used of facexlib's detector; also an `nn.Module`."""

    def detect_faces(self, image: np.ndarray, conf_threshold: float) -> np.ndarray:
        """BGR bytes `[height, width, 3]` -> box, score, five landmarks: `[faces, 15]`."""
        ...


class FacexlibDetector:
    """RetinaFace's boxes and five landmarks; 68 landmarks where that network is given."""

    name = "facexlib RetinaFace"
    simple = False

    def __init__(self, detector: _RetinaFace, landmarks: nn.Module | None = None) -> None:
        """Networks as `build_detector` and `build_landmarks` make them."""
        self._detector = detector
        self._landmarks = landmarks
        self._searching = threading.Lock()  # The detector keeps scales of the last picture.
        if landmarks is not None:
            self.name = "facexlib RetinaFace, 68 landmarks"

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        """All faces of an RGB photo, largest first."""
        with self._searching, torch.inference_mode():
            found = self._detect(image)  # [faces, 15]
            found = found[np.argsort(-(found[:, 2] - found[:, 0]))]
            return distinct([self._face(image, row, at) for at, row in enumerate(found)])

    def _detect(self, image: Image.Image) -> np.ndarray:
        """Box, score and five landmarks (x, y) of each face, in pixels of the photo."""
        scale = min(1.0, SEARCH_PX / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        bgr = np.ascontiguousarray(np.asarray(small)[:, :, ::-1])
        found = np.asarray(self._detector.detect_faces(bgr, LEAST_SCORE), dtype=np.float64)
        places = [at for at in range(15) if at != 4]
        found[:, places] *= np.tile(np.array(image.size) / size, 7)
        return found

    def _face(self, image: Image.Image, row: np.ndarray, rank: int) -> FoundFace:
        points = row[5:].reshape(5, 2)
        x0, y0, x1, y1 = row[:4].tolist()
        quad = face_quad(points)
        if self._landmarks is not None and rank < _MOST_FACES:
            better = face_quad(self._points68(image, row[:4]))
            off = np.abs(better - quad).max() / quad_side(quad)
            if off < _AGREE:
                quad = better
            else:
                log.info("five landmarks kept: the 68 are off by %.2f of the crop", off)
        return FoundFace(
            box=(x0, y0, x1, y1),
            quad=quad,
            score=float(row[4]),
            warnings=("profile",) if is_profile(points) else (),
        )

    def _points68(self, image: Image.Image, box: np.ndarray) -> np.ndarray:
        """The usual 68 landmarks of a face, `[68, 2]`, in pixels of the photo."""
        from facexlib.alignment.convert_98_to_68_landmarks import landmark_98_to_68

        assert self._landmarks is not None
        face = image.resize(
            (_LANDMARKS_PX, _LANDMARKS_PX), Image.Resampling.BILINEAR, box=_inside(box, image.size)
        )
        device = next(self._landmarks.parameters()).device
        pixels = torch.from_numpy(np.array(face)).to(device).permute(2, 0, 1)[None] / 255
        heatmaps = self._landmarks(pixels)[0][-1][0, :-1]  # [98, 64, 64]; the last is the outline
        points = heatmap_points(heatmaps.float().cpu().numpy()) / _HEATMAP_PX
        x0, y0, x1, y1 = _inside(box, image.size)
        return landmark_98_to_68(points * (x1 - x0, y1 - y0) + (x0, y0)).astype(np.float64)


def _inside(box: np.ndarray, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The part of a box that lies in a photo, at least a pixel of it."""
    x0, y0 = min(max(box[0], 0), size[0] - 1), min(max(box[1], 0), size[1] - 1)
    x1, y1 = min(max(box[2], x0 + 1), size[0]), min(max(box[3], y0 + 1), size[1])
    return float(x0), float(y0), float(x1), float(y1)


def is_profile(points: np.ndarray) -> bool:
    """Whether five landmarks `[5, 2]` show a head turned far to one side."""
    left, right, nose = points[:3]
    across = right - left
    distance = float(np.hypot(*across))
    return abs(float((nose - (left + right) / 2) @ across)) > PROFILE * max(distance**2, 1e-6)


def heatmap_points(heatmaps: np.ndarray) -> np.ndarray:
    """Where heat maps `[points, height, width]` peak: x, y in their pixels, `[points, 2]`.

    The peak is moved by a quarter of a pixel to its larger neighbour on either axis.
    """
    count, width = heatmaps.shape[0], heatmaps.shape[2]
    y, x = np.divmod(heatmaps.reshape(count, -1).argmax(1), width)
    maps, padded = np.arange(count), np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), "edge")
    lean_x = np.sign(padded[maps, y + 1, x + 2] - padded[maps, y + 1, x])
    lean_y = np.sign(padded[maps, y + 2, x + 1] - padded[maps, y, x + 1])
    return np.stack([x + 0.5 + 0.25 * lean_x, y + 0.5 + 0.25 * lean_y], axis=1)


def weights_here() -> bool:
    """Whether the detector's weights lie on this machine; needs neither facexlib nor a network."""
    return cached(DETECTOR) is not None


def load_facexlib(device: str = "cpu") -> FacexlibDetector:
    """Fetch the weights and build the detector; the five landmarks must do where 68 cannot be had.

    Raises:
        SourceError: the detector's weights cannot be had, or do not fit.
    """
    detector_file = fetch(DETECTOR)  # First: without it the slow import is not needed.
    detector = _filled(build_detector(device), detector_file.name, read_state(detector_file))
    try:
        landmarks_file = fetch(LANDMARKS)
        state = read_state(landmarks_file)
        landmarks: nn.Module | None = _filled(build_landmarks(device), landmarks_file.name, state)
    except SourceError as error:
        log.info("five landmarks a face: %s", error)
        landmarks = None
    return FacexlibDetector(cast(_RetinaFace, detector), landmarks)


def build_detector(device: str = "cpu") -> nn.Module:
    """RetinaFace with random weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It calls torchvision in a way of years ago.
        from facexlib.detection.retinaface import RetinaFace

        network: nn.Module = RetinaFace(network_name="resnet50", device=torch.device(device))
    return network.eval().requires_grad_(False)


def build_landmarks(device: str = "cpu") -> nn.Module:
    """The network of 98 landmarks with random weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from facexlib.alignment.awing_arch import FAN

        network: nn.Module = FAN(num_modules=4, num_landmarks=98, device=torch.device(device))
    return network.to(device).eval().requires_grad_(False)


def _filled(network: nn.Module, name: str, state: dict[str, torch.Tensor]) -> nn.Module:
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise SourceError(
            f"{name} does not fit facexlib's network: {error} Install the facexlib of "
            "requirements.txt."
        ) from error
    return network
