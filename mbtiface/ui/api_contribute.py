"""The public endpoint `contribute`: a photo's face joins the average of a type that is given."""

import secrets
from typing import TYPE_CHECKING, TypedDict

import gradio as gr

from mbtiface.errors import InputError
from mbtiface.faces.inversion_request import InversionRequest
from mbtiface.faces.kept_faces import KeptFace
from mbtiface.personality.types import check_gender, parse_code
from mbtiface.services import MEGABYTE, Services
from mbtiface.ui.api_calls import Gender
from mbtiface.ui.api_photo import ReadOnce
from mbtiface.ui.api_values import (
    BundleName,
    Picture,
    Upload,
    bundle_name,
    picture_file,
    take_upload,
)
from mbtiface.ui.visitor import visitor_of_request

if TYPE_CHECKING:
    from mbtiface.community import Joined

PICTURE_PX = 256


class JoinedAverage(TypedDict):
    """An average without and with the face that joined it: pictures and counts, no latent."""

    code: str
    gender: str
    before: Picture
    after: Picture
    count_before: int
    count: int
    clipped: bool
    repeated: bool
    join_id: str
    bundle: BundleName


class ContributeCalls:
    """The endpoint over one `Services`."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def contribute(
        self,
        image: Upload,
        code: str,
        gender: Gender,
        join_id: str | None = None,
        adult: bool = False,
        own_photo: bool = False,
        face: int = 0,
        crop: list[float] | None = None,
        refine_steps: int = 0,
        request: gr.Request | None = None,
    ) -> JoinedAverage:
        """Let a photo's face join a type's average; it cannot be taken out again.

        The upload is deleted; the face's latent is added to a sum and kept nowhere else. The type
        is the one given, never read off the photo. `adult` and `own_photo` must be true: the person
        is 18 or older, and the photo is theirs. The same `join_id` (32 random hex digits) with the
        same photo counts once; without one, each call is a join of its own.

        Args:
            image: the photo, uploaded: JPEG, PNG, WebP, GIF, HEIC, AVIF, TIFF or BMP.
            code: the person's type, such as ENTP, in any case.
            gender: whose average the face joins, female or male.
            join_id: 32 hex digits by which a repeated call counts once; null makes some.
            adult: must be true: the person is 18 or older.
            own_photo: must be true: the photo is the person's own.
            face: which of the faces found, the largest first, from 0 to 999.
            crop: a square instead: centre x and y and side in parts of the photo's width and
                height, from -10 to 10, and its angle in degrees; null finds the face.
            refine_steps: steps of optimisation after the encoder, from 0 to 100, each some 0.1 s.
            request: Gradio's own; it says whose call this is.

        Returns:
            Code, gender, the average before and after as marked pictures (JPEG), its counts,
                whether the latent was clipped, whether this was a repeated call, the join_id and
                the bundle in use.

        Raises:
            PhotoError: the photo cannot be used; InputError: another value cannot.
            ContributionRefusedError: nothing was counted; the key says why.
            CommunityUnavailableError: joining is not possible, or not now.
            BusyError: too many photos are waiting already.
        """
        # First of all: also a request that is refused leaves no upload.
        photo = [take_upload(image, self.services.settings.max_upload_mb * MEGABYTE)]
        asked = InversionRequest.make(face, crop, False, refine_steps)
        if adult is not True or own_photo is not True:
            raise InputError(
                f"adult is {adult!r} and own_photo {own_photo!r}, but a face joins only where both "
                "are true: the person is 18 or older, and the photo is theirs."
            )
        cell = parse_code(code), check_gender(gender)
        join_id = secrets.token_hex(16) if join_id is None else join_id
        inversion = self.services.photos.submit(photo.pop(), asked).result()
        joined = self.services.contributions.join(
            KeptFace(inversion.w, inversion.difference),
            *cell,
            visitor_of_request(request, self.services.settings.proxies),
            join_id,
        )
        return self._result(joined)

    def _result(self, joined: "Joined") -> JoinedAverage:
        pictures = self.services.contributions.pictures(joined)
        cell = joined.receipt.cell
        before, after = (
            picture_file(
                self.services.marked(pictures[name], PICTURE_PX),
                f"{cell.code}-{cell.gender}-{name}",
            )
            for name in ("before", "after")
        )
        return ReadOnce(  # type: ignore[return-value]
            code=cell.code,
            gender=cell.gender,
            before=before,
            after=after,
            count_before=joined.count_before,
            count=joined.count,
            clipped=joined.clipped,
            repeated=joined.repeated,
            join_id=joined.receipt.join_id,
            bundle=bundle_name(self.services.studio),
        )
