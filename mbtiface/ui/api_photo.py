"""The public endpoint `invert`: a photo in, its face as a latent out, nothing kept."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict

from PIL import Image

from mbtiface.faces.inversion_request import InversionRequest
from mbtiface.faces.marking import encode, mark
from mbtiface.services import MEGABYTE, Services
from mbtiface.ui.api_values import (
    BundleName,
    Latent,
    Picture,
    Upload,
    bundle_name,
    picture_file,
    take_upload,
)
from mbtiface.ui.photo_answer import boxes, data_uri, plain_jpeg

if TYPE_CHECKING:
    from mbtiface.faces.inversion import Inversion


class InvertedPhoto(TypedDict):
    """A photo's face. Nothing is said about the person: no type, no trait, no age."""

    w: Latent
    aligned: str
    reconstruction: Picture
    method: str
    warnings: list[str]
    faces: list[dict[str, list[float]]]
    crop: list[float] | None
    bundle: BundleName


class ReadOnce(dict[str, Any]):
    """A result that is empty once it was read.

    Gradio keeps a session's last results in memory; of this one it must keep nothing.
    """

    def items(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        """Yield each entry and let go of it."""
        for key in list(self):
            yield key, self.pop(key)


class PhotoCalls:
    """The endpoint over one `Services`."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def invert(
        self,
        image: Upload,
        face: int = 0,
        crop: list[float] | None = None,
        aligned: bool = False,
        refine_steps: int = 0,
    ) -> InvertedPhoto:
        """Find the latent of a photo's face; the upload is deleted, nothing of it is kept.

        Args:
            image: the photo, uploaded: JPEG, PNG, WebP, GIF, HEIC, AVIF, TIFF or BMP.
            face: which of the faces found, the largest first, from 0 to 999.
            crop: a square instead: centre x and y and side in parts of the photo's width and
                height, from -10 to 10, and its angle in degrees; null finds the face.
            aligned: whether the photo is an aligned face already, as FFHQ's are.
            refine_steps: steps of optimisation after the encoder, from 0 to 100, each some 0.1 s.

        Returns:
            The latent w, the aligned photo as a data URI (it shows the photo, and a file would
                outlive the call), the reconstruction as a marked picture (JPEG), the method,
                warnings, the box of each face found, the crop used and the bundle in use.

        Raises:
            PhotoError: the photo cannot be used; InputError: another value cannot.
            BusyError: too many photos are waiting already.
        """
        # First of all: also a request that is refused leaves no upload.
        photo = [take_upload(image, self.services.settings.max_upload_mb * MEGABYTE)]
        request = InversionRequest.make(face, crop, aligned, refine_steps)
        sizes: list[tuple[int, int]] = []

        def see(photo: Image.Image) -> None:
            sizes.append(photo.size)

        inversion = self.services.photos.submit(photo.pop(), request, on_open=see).result()
        return self._result(inversion, sizes[0])

    def _result(self, inversion: "Inversion", size: tuple[int, int]) -> InvertedPhoto:
        from mbtiface.faces.latent_rows import latent_to_rows  # torch comes with it

        face = encode(mark(inversion.reconstruction))
        return ReadOnce(  # type: ignore[return-value]
            w=latent_to_rows(inversion.w),
            aligned=data_uri(plain_jpeg(inversion.aligned)),
            reconstruction=picture_file(face, "reconstruction"),
            method=inversion.method,
            warnings=list(inversion.warnings),
            faces=[{"box": box} for box in boxes(inversion, size)],
            crop=None if inversion.crop is None else [float(part) for part in inversion.crop],
            bundle=bundle_name(self.services.studio),
        )
