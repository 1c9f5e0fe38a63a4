"""What a visitor is shown of their photo: pictures as data URIs, boxes, texts in their language.

Nothing is said about the person: no type, no trait, no age.
"""

import base64
import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from mbtiface.faces.inversion_request import InversionRequest
from mbtiface.faces.marking import encode, mark
from mbtiface.ui.page import Page

if TYPE_CHECKING:
    from mbtiface.faces.inversion import Inversion

PREVIEW_PX = 640
"""Longest side of the photo as it is shown."""
QUALITY = 88


class PhotoAnswer:
    """Gathers what is known of one photo; lives as long as its request."""

    def __init__(self, page: Page, language: str) -> None:
        self._page = page
        self._language = language
        self._size = (0, 0)
        self._seen: dict[str, Any] = {}

    def see_photo(self, photo: Image.Image) -> None:
        """Take a preview of the upright photo, which is shown even where no face is found."""
        preview = photo.copy()
        preview.thumbnail((PREVIEW_PX, PREVIEW_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
        self._size = photo.size
        self._seen = {"preview": data_uri(plain_jpeg(preview)), "size": list(photo.size)}

    def error(self, key: str) -> dict[str, Any]:
        """Return the answer for a photo that did not become a face."""
        text = self._text(f"photo_error_{key}", "photo_error_failed")
        return {"error": {"key": key, "text": text}} | self._seen

    def found(self, inversion: "Inversion", asked: InversionRequest) -> dict[str, Any]:
        """Return the answer for a face, all but its token."""
        return {
            "faces": [{"box": box} for box in boxes(inversion, self._size)],
            "face": asked.face if inversion.faces else None,
            "crop": None if inversion.crop is None else [float(part) for part in inversion.crop],
            **self._seen,
            "aligned": data_uri(plain_jpeg(inversion.aligned)),
            "reconstruction": data_uri(encode(mark(inversion.reconstruction))),
            "warnings": [
                {"key": key, "text": self._text(f"photo_warning_{key}", "photo_error_failed")}
                for key in inversion.warnings
            ],
            "method": inversion.method,
        }

    def _text(self, key: str, otherwise: str) -> str:
        known = self._page.messages[self._language]
        limit = self._page.settings.max_upload_mb
        return self._page.text(key if key in known else otherwise, self._language, limit=limit)


def boxes(inversion: "Inversion", size: tuple[int, int]) -> list[list[float]]:
    """Return the boxes of the faces found: x0, y0, x1, y1 in 0..1 of a photo of `size` px."""
    width, height = size
    return [
        [round(float(part), 5) for part in (x0 / width, y0 / height, x1 / width, y1 / height)]
        for x0, y0, x1, y1 in (face.box for face in inversion.faces)
    ]


def plain_jpeg(image: Image.Image) -> bytes:
    """Return a picture of a photo as a JPEG without any metadata."""
    bare = image.convert("RGB").copy()
    bare.info.clear()  # a comment of the file would be carried over
    buffer = io.BytesIO()
    bare.save(buffer, "jpeg", quality=QUALITY)
    return buffer.getvalue()


def data_uri(jpeg: bytes) -> str:
    """Return a JPEG as text that pages show as a picture; it leaves no file anywhere."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
