"""OpenCV's cascades (Viola & Jones 2001): finds frontal faces without any download.

A face's box says where and how large it is, to a few per cent; its eyes, where both are found,
say how far it is tilted. From both FFHQ's crop is estimated, by constants that were fitted on
faces whose crop is known.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mbtiface.faces.alignment import square
from mbtiface.faces.finding import FoundFace, distinct

QuadRefiner = Callable[[Image.Image, np.ndarray], np.ndarray]

# Fitted on OMI's faces at random places, sizes and tilts up to 15 degrees, in sides of the crop.
SIDE_PER_BOX = 1.488
SIDE_PER_EYES = 3.95  # in distances of the eyes
CENTER_FROM_BOX = (0.005, -0.043)  # right and down, of the crop's centre from the box's
CENTER_FROM_EYES = (0.003, 0.029)
EYES_WEIGHT = 0.5  # against the box, for the side

# Longer side in pixels of what is searched first, and where that shows none, or a crowd.
_QUICK_PX, _THOROUGH_PX = 400, 1000
_CROWD = 0.12  # Largest box over the longer side, below which there may be smaller faces.
_LEAST_PX = 28
_WEAK = 8  # windows
_UNSURE = 0.5  # of the best score
_LEAST_VOTES = 8  # Measured without eyes: faces 8 to 50, mouths and hands 6 to 8.
_TILTS = (30, -30)  # degrees counter-clockwise
_FINE_TILTS = (-32, -24, -16, -8, 0, 8, 16, 24, 32)
_EYES_PX, _TILT_PX = 160, 100  # How wide a face's box is made to look for eyes, for its tilt.


@dataclass(frozen=True)
class _Hit:
    """A square that a cascade took for a face, in pixels of the photo."""

    x: float
    y: float
    side: float
    angle: float  # degrees counter-clockwise
    neighbors: int  # how many windows agreed
    profile: bool = False


@dataclass(frozen=True)
class _Eyes:
    """Both eyes of a face, in pixels of the photo."""

    middle: np.ndarray
    distance: float
    angle: float


class CascadeDetector:
    """The simple detector: frontal faces, nearly upright, and profiles."""

    name = "OpenCV cascade"
    simple = True

    def __init__(self, refine_quad: QuadRefiner | None = None) -> None:
        """`refine_quad(image, quad)` may improve each estimated crop."""
        self._refine_quad = refine_quad
        self._cascades: dict[str, cv2.CascadeClassifier] = {}
        self._searching = threading.Lock()  # A cascade keeps its state while it searches.

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        """All faces of an RGB photo, largest first."""
        with self._searching:
            seen = [self._face(image, hit) for hit in self._hits(image)]
        faces = [face for face in seen if face is not None]
        # Beside a sure face, an unsure one is more often a hand or a lamp.
        best = max((face.score for face in faces), default=0)
        return distinct([face for face in faces if face.score > _UNSURE * best])

    def _hits(self, image: Image.Image) -> list[_Hit]:
        """Search quickly, then more thoroughly as long as nothing is found."""
        grey = _reduced_grey(image, _QUICK_PX)
        hits = self._search("frontalface_alt2", grey, image)
        crowded = hits and max(hit.side for hit in hits) < _CROWD * max(image.size)
        if (not hits or crowded) and max(image.size) > _QUICK_PX:
            hits += self._search("frontalface_alt2", _reduced_grey(image, _THOROUGH_PX), image)
        if max((hit.neighbors for hit in hits), default=0) < _WEAK:  # A tilted face, or a hand.
            for tilt in _TILTS:
                hits += self._search("frontalface_alt2", grey, image, tilt)
        return hits or self._profiles(grey, image)

    def _search(
        self, name: str, grey: np.ndarray, image: Image.Image, angle: float = 0
    ) -> list[_Hit]:
        """Run one cascade over a reduced photo, faces of one tilt made upright first."""
        scale = grey.shape[1] / image.width
        height, width = grey.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
        if angle:
            grey = cv2.warpAffine(grey, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        boxes, counts = self._cascade(name).detectMultiScale2(
            grey, scaleFactor=1.1, minNeighbors=3, minSize=(_LEAST_PX, _LEAST_PX)
        )
        back = cv2.invertAffineTransform(turn)
        hits = []
        for (left, top, side, _), count in zip(boxes, counts, strict=True):
            center = back @ (left + side / 2, top + side / 2, 1)
            x, y = (center / scale).tolist()
            hits.append(_Hit(x, y, float(side / scale), angle, int(count)))
        return hits

    def _profiles(self, grey: np.ndarray, image: Image.Image) -> list[_Hit]:
        """Search faces seen from one side, then from the other."""
        one = self._search("profileface", grey, image)
        mirrored = self._search("profileface", np.ascontiguousarray(grey[:, ::-1]), image)
        other = [_Hit(image.width - hit.x, hit.y, hit.side, 0, hit.neighbors) for hit in mirrored]
        return [_Hit(hit.x, hit.y, hit.side, 0, hit.neighbors, profile=True) for hit in one + other]

    def _face(self, image: Image.Image, hit: _Hit) -> FoundFace | None:
        """Estimate the crop of one face from its box and, if they are seen, its eyes.

        None where neither eyes nor a closer look confirm that it is a face.
        """
        eyes, hit = (None, hit) if hit.profile else self._eyes(image, hit)
        if eyes is None and hit.neighbors < _LEAST_VOTES:
            return None
        quad = _quad(hit, eyes)
        if self._refine_quad is not None:
            quad = self._refine_quad(image, quad)
        half = hit.side / 2
        sure = 1 - math.exp(-hit.neighbors / 10)  # Real faces gather 10 to 60 windows.
        hidden = "profile" if hit.profile else "covered"  # Why eyes could not be found.
        return FoundFace(
            box=(hit.x - half, hit.y - half, hit.x + half, hit.y + half),
            quad=quad,
            score=sure if eyes else sure * 0.8,
            warnings=() if eyes else (hidden,),
        )

    def _eyes(self, image: Image.Image, hit: _Hit) -> tuple[_Eyes | None, _Hit]:
        """Both eyes of a face, looked for again in a levelled face; and the face's tilt."""
        eyes = self._eyes_at(image, hit, windows=4)
        if eyes is None:
            hit = self._levelled(image, hit)
            eyes = self._eyes_at(image, hit, windows=2)
        return eyes, hit

    def _eyes_at(self, image: Image.Image, hit: _Hit, windows: int) -> _Eyes | None:
        """Both eyes of a face whose tilt is about known, each agreed on by some windows."""
        patch = _patch(image, hit, _EYES_PX, (1.0, 0.62))
        for name in ("eye_tree_eyeglasses", "eye"):
            found = self._cascade(name).detectMultiScale(
                patch, scaleFactor=1.05, minNeighbors=windows, minSize=(24, 24), maxSize=(64, 64)
            )
            pair = _best_pair([(x + side / 2, y + side / 2) for x, y, side, _ in found])
            if pair is not None:
                return _eyes_in_photo(pair, hit)
        return None

    def _levelled(self, image: Image.Image, hit: _Hit) -> _Hit:
        """Tilt, place and size of a face without its eyes.

        The nearer to upright a face is turned, the more windows agree that it is one.
        """
        votes = [self._vote(image, replace(hit, angle=hit.angle + tilt)) for tilt in _FINE_TILTS]
        total = sum(vote.neighbors for vote in votes)
        if not total:
            return replace(hit, neighbors=0)
        angle = sum(vote.angle * vote.neighbors for vote in votes) / total
        return self._vote(image, replace(hit, angle=angle))

    def _vote(self, image: Image.Image, hit: _Hit) -> _Hit:
        """Look again at a face that is turned upright; the same place where none is seen now."""
        patch = _patch(image, hit, _TILT_PX, (1.4, 1.4))
        least_px = int(_TILT_PX * 0.7)
        boxes, counts = self._cascade("frontalface_alt2").detectMultiScale2(
            patch, scaleFactor=1.1, minNeighbors=1, minSize=(least_px, least_px)
        )
        if not len(boxes):
            return replace(hit, neighbors=0)
        best = int(np.argmax(counts))
        left, top, side, _ = (np.asarray(boxes[best]) / _TILT_PX).tolist()
        offset = np.array([left + side / 2 - 0.7, top + side / 2 - 0.7]) @ np.stack(
            _axes(hit.angle)
        )
        x, y = ((hit.x, hit.y) + offset * hit.side).tolist()
        return _Hit(x, y, side * hit.side, hit.angle, int(counts[best]))

    def _cascade(self, name: str) -> cv2.CascadeClassifier:
        """Load one of OpenCV's cascades on first use."""
        if name not in self._cascades:
            path = str(Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml")
            self._cascades[name] = cv2.CascadeClassifier(path)
        return self._cascades[name]


def _reduced_grey(image: Image.Image, longer_px: int) -> np.ndarray:
    """Grey photo, `[height, width]`, its longer side at most `longer_px`."""
    factor = max(1, max(image.size) // longer_px)
    reduced = image.reduce(factor).convert("L")
    scale = longer_px / max(reduced.size)
    if scale < 1:
        size = (max(1, round(reduced.width * scale)), max(1, round(reduced.height * scale)))
        reduced = reduced.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(reduced)


def _patch(image: Image.Image, hit: _Hit, px: int, extent: tuple[float, float]) -> np.ndarray:
    """A face made upright, grey, its box `px` wide.

    `extent` is width and height in boxes; a patch lower than the box shows its upper part, one
    higher than it lies around it.
    """
    reach = hit.side * max(1, *extent) * 0.75
    left, top = int(hit.x - reach), int(hit.y - reach)
    around = image.crop((left, top, int(hit.x + reach), int(hit.y + reach))).convert("L")
    scale = px / hit.side
    size = (max(1, round(around.width * scale)), max(1, round(around.height * scale)))
    grey = np.asarray(around.resize(size, Image.Resampling.BILINEAR))
    center = np.array([hit.x - left, hit.y - top]) * scale
    width, height = (int(px * number) for number in extent)
    turn = cv2.getRotationMatrix2D(center.tolist(), -hit.angle, 1)
    turn[:, 2] = turn[:, 2] + np.array([width, max(height, px)]) / 2 - center
    return cv2.warpAffine(grey, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def _best_pair(
    eyes: list[tuple[float, float]],
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The two of some eyes of a patch that lie most as eyes do, left one first; None if none do."""
    best, best_cost = None, math.inf
    for left in eyes:
        for right in eyes:
            across, down = (right[0] - left[0]) / _EYES_PX, (right[1] - left[1]) / _EYES_PX
            if not 0.3 < across < 0.56 or abs(down) > 0.45 * across:
                continue
            x, y = (left[0] + right[0]) / 2 / _EYES_PX, (left[1] + right[1]) / 2 / _EYES_PX
            # Distances from what is usual, in box sides.
            cost = abs(math.hypot(across, down) - 0.41) + abs(x - 0.5) + abs(y - 0.385)
            if cost < best_cost:
                best, best_cost = (left, right), cost
    return best


def _eyes_in_photo(pair: tuple[tuple[float, float], tuple[float, float]], hit: _Hit) -> _Eyes:
    """From a levelled patch to the photo."""
    points = (np.array(pair) - _EYES_PX / 2) * (hit.side / _EYES_PX)
    right, down = _axes(hit.angle)
    left_eye, right_eye = points @ np.stack([right, down]) + (hit.x, hit.y)
    across = right_eye - left_eye
    tilt = math.degrees(math.atan2(-across[1], across[0]))
    return _Eyes((left_eye + right_eye) / 2, float(np.hypot(*across)), tilt)


def _axes(angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors to the right and down of something tilted counter-clockwise."""
    turn = math.radians(angle)
    right = np.array([math.cos(turn), -math.sin(turn)])
    return right, np.array([-right[1], right[0]])


def _quad(hit: _Hit, eyes: _Eyes | None) -> np.ndarray:
    """Estimate FFHQ's crop."""
    angle = eyes.angle if eyes else hit.angle
    axes = np.stack(_axes(angle))
    side = hit.side * SIDE_PER_BOX
    if eyes:
        by_eyes = eyes.distance * SIDE_PER_EYES
        side = side ** (1 - EYES_WEIGHT) * by_eyes**EYES_WEIGHT
        center = eyes.middle + side * (np.array(CENTER_FROM_EYES) @ axes)
    else:
        center = np.array([hit.x, hit.y]) + side * (np.array(CENTER_FROM_BOX) @ axes)
    return square(center, axes[0] * (side / 2))
