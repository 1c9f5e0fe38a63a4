"""Looks for traces of a photo in folders: its bytes, its pixels at any size, its name."""

import base64
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

ALIKE = 0.9
"""Correlation of small grey copies above which two pictures show the same."""
SMALL = (16, 12)
BASE64_PICTURE = re.compile(rb"(?:/9j/|iVBORw0KGgo|UklGR)[A-Za-z0-9+/=]{200,}")


class Traces:
    """One photo to look for; `found` names each place with what was found there."""

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name.rsplit(".", 1)[0].encode()
        # Headers are alike in all files; samples from the rest are this photo's alone.
        step = max(1, (len(data) - 1000) // 40)
        self._samples = [data[at : at + 32] for at in range(1000, len(data) - 32, step)]
        image = Image.open(io.BytesIO(data)).convert("RGB")
        self._views = [_small(view) for view in (image, *_squares(image))]
        for size in (image.size, (640, 480), (256, 256)):
            pixels = np.asarray(image.resize(size))
            self._samples += [pixels[row].tobytes()[60:120] for row in range(0, size[1], 17)]

    def found(self, *folders: Path) -> list[str]:
        """Return `place: what` for every trace under the folders, which may be files too."""
        files = [
            file
            for folder in folders
            for file in ([folder] if folder.is_file() else folder.rglob("*"))
        ]
        return [f"{file}: {what}" for file in files for what in self._in_file(file)]

    def _in_file(self, file: Path) -> list[str]:
        what = ["name of the file"] if self._name in file.name.encode() else []
        if not file.is_file():
            return what
        content = file.read_bytes()
        if self._name in content:
            what.append("name inside")
        if any(sample in content for sample in self._samples):
            what.append("bytes")
        inner = [base64.b64decode(_whole(text)) for text in BASE64_PICTURE.findall(content)]
        if any(self._shows(data) for data in (content, *inner)):
            what.append("pixels")
        return what

    def _shows(self, data: bytes) -> bool:
        try:
            with Image.open(io.BytesIO(data)) as image:
                seen = _small(image.convert("RGB"))
        except (OSError, ValueError, SyntaxError):
            return False
        return any(float(np.corrcoef(seen, view)[0, 1]) > ALIKE for view in self._views)


def _whole(text: bytes) -> bytes:
    return text[: len(text) // 4 * 4]


def _small(image: Image.Image) -> np.ndarray:
    grey = np.asarray(image.convert("L").resize(SMALL, Image.Resampling.BOX), np.float64).ravel()
    return grey + np.linspace(0, 1e-6, grey.size)  # a plain picture has no correlation


def _squares(image: Image.Image) -> list[Image.Image]:
    """Return crops of the middle as an aligned face might be cut."""
    width, height = image.size
    squares = []
    for part in (0.4, 0.5, 0.6, 0.75):
        half = part * width / 2
        box = (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)
        squares.append(image.crop(tuple(map(round, box))))
    return squares
