"""The page over a studio that finds several faces in a wide photo, served by its own process."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from mbtiface.faces.finding import FoundFace
from mbtiface.faces.inversion import Inversion
from tests.fakes import FakeStudio
from tests.ui.fake_page import serve, served

UPLOAD_MB = 2
STEP_S = 0.12


class PhotoStudio(FakeStudio):
    """Finds a face in each square of a photo that is wide, and takes its time to come closer."""

    step_s = STEP_S

    def invert(self, image: Image.Image, *args: Any, **named: Any) -> Inversion:
        """As the made-up studio, but cropped around the face asked for."""
        if named.get("crop") or image.width // image.height < 2:
            return super().invert(image, *args, **named)
        faces = self._find(image, named["face"])
        x0, y0, x1, y1 = faces[named["face"]].box
        square = (
            (x0 + x1) / 2 / image.width,
            (y0 + y1) / 2 / image.height,
            1.2 * (x1 - x0) / image.width,
            0.0,
        )
        return replace(super().invert(image, *args, **named | {"crop": square}), faces=faces)

    def _find(self, image: Image.Image, face: int) -> tuple[FoundFace, ...]:
        count = image.width // image.height
        if count < 2:
            return super()._find(image, face)
        side = image.width / count
        sizes = [0.7 - 0.1 * index for index in range(count)]
        boxes = [
            ((index + 0.5 - size / 2) * side, (1 - size) / 2 * image.height)
            for index, size in enumerate(sizes)
        ]
        return tuple(_face(x, y, size * side) for (x, y), size in zip(boxes, sizes, strict=True))


def _face(x: float, y: float, side: float) -> FoundFace:
    corners = [[x, y], [x, y + side], [x + side, y + side], [x + side, y]]
    return FoundFace((x, y, x + side, y + side), np.array(corners, np.float32), 0.9)


@contextlib.contextmanager
def photo_page() -> Iterator[str]:
    """Serve the page on a free port until the block ends; yields its address."""
    limit = {"MBTIFACE_MAX_UPLOAD_MB": str(UPLOAD_MB)}
    with served("tests.browser.photo_studio", **limit) as address:
        yield address


if __name__ == "__main__":
    serve(PhotoStudio())
