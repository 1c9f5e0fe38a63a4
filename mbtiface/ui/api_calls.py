"""The public endpoints of faces and moves; see `api` for how they reach the outside."""

from typing import Any, Literal, TypedDict

from mbtiface.errors import InputError
from mbtiface.faces.address import SIZES, FaceAddress
from mbtiface.faces.clips import FORMATS, ClipFormat
from mbtiface.personality.types import LETTERS, axis_of, parse_code
from mbtiface.services import Services
from mbtiface.ui.api_values import (
    BundleName,
    Latent,
    Picture,
    bundle_name,
    check_bundle,
    checked_axes,
    checked_choice,
    checked_keep,
    checked_layers,
    checked_number,
    checked_size,
    picture_file,
    read_latent,
    shown,
)
from mbtiface.ui.walk_clip import SIZES as CLIP_SIZES
from mbtiface.ui.walk_clip import checked_letters, walk_clip

Gender = Literal["female", "male"]
MovedBy = Literal["female", "male", "both"]
Layers = Literal["all", "coarse", "middle", "fine"]
"""The names of `faces.layer_ranges.LAYERS`, as programs see them."""
SequenceFormat = Literal["frames", "strip", "gif", "webp", "mp4"]
SEQUENCE_FORMATS = ("frames", *FORMATS)
FIRST_LABEL = "Start"
"""What stands under the first picture of a clip."""
MAX_LETTERS = 64
MAX_STEP = 2.0
MAX_STRENGTH = 10.0


class TypeAverage(TypedDict):
    """The average face of a type."""

    code: str
    gender: str
    count: int
    picture: Picture
    w: Latent
    impression: dict[str, float]
    bundle: BundleName


class Morph(TypedDict):
    """A moved face."""

    picture: Picture
    w: Latent
    impression: dict[str, float]
    bundle: BundleName


class MorphSequence(TypedDict):
    """The start and one frame for each letter; `w` is the latent of the last one.

    Of `pictures` and `clip` one is filled: as frames, or as one file with each letter's name.
    """

    letters: str
    pictures: list[Picture]
    clip: Picture | None
    w: Latent
    bundle: BundleName


class Calls:
    """The endpoints over one `Services`; every method raises `InputError` for a bad argument."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def type_average(self, code: str, gender: Gender = "female", size: int = 512) -> TypeAverage:
        """The average face of a type.

        Args:
            code: one of the sixteen types, such as ENTP, in any case.
            gender: whose average, female or male.
            size: side of the picture in px: 256, 512 or 1024.

        Returns:
            The marked picture (JPEG), the count of faces behind it, its latent w, its impression
                (where it stands on each axis) and the bundle in use.

        Raises:
            InputError: a value is not allowed; BusyError: too many pictures are waiting.
        """
        studio = self.services.studio
        code, gender = parse_code(code), checked_choice("gender", gender, ("female", "male"))
        start = FaceAddress(start=f"type:{code}:{gender}", by=gender)
        data = self.services.picture(start, checked_size(size, SIZES))
        w = studio.type_mean(code, gender)
        return {
            "code": code,
            "gender": gender,
            "count": studio.type_count(code, gender),
            "picture": picture_file(data, f"{code}-{gender}"),
            "w": _rows(w),
            "impression": studio.impression(w),
            "bundle": bundle_name(studio),
        }

    def morph(
        self,
        start: str = "average:female",
        axes: dict[str, float] | None = None,
        gender: MovedBy = "female",
        strength: float | None = None,
        layers: Layers | list[int] = "all",
        keep: list[str] | str | float | None = None,
        size: int = 512,
        w: Latent | None = None,
        bundle: BundleName | None = None,
    ) -> Morph:
        """Move a face along the axes.

        Args:
            start: an address text, such as average:female, type:ENTP:male or seed:7.
            axes: axis (EI, SN, TF, JP) to units moved, from -1.5 to 1.5, + toward E, N, F, J; null
                moves nothing.
            gender: whose directions, female, male or both (their mean).
            strength: what a unit is multiplied by, from 0 to 10; null takes the bundle's own.
            layers: rows of w that move: all, coarse, middle, fine, or a list of row numbers from 0.
            keep: what must not change: a map such as age, a list of maps, person for a bounded
                drift, or that bound from 0 to 1000000 (1 is person); null keeps nothing.
            size: side of the picture in px: 256, 512 or 1024.
            w: a latent to start from instead, as another call returned it.
            bundle: the bundle that w came with; the call is refused where another one is in use.

        Returns:
            The marked picture (JPEG), the latent w of the moved face, its impression (where it
                stands on each axis) and the bundle in use.

        Raises:
            InputError: a value is not allowed; BusyError: too many pictures are waiting.
        """
        studio = self.services.studio
        moved = studio.morph(
            self._start(start, w, bundle),
            checked_axes(axes),
            checked_choice("gender", gender, ("female", "male", "both")),
            strength=checked_number("strength", strength, 0.0, MAX_STRENGTH),
            layers=checked_layers(layers, studio.num_ws),
            keep=checked_keep(keep),
        )
        data = self.services.marked(moved, checked_size(size, SIZES))
        return {
            "picture": picture_file(data, "morph"),
            "w": _rows(moved),
            "impression": studio.impression(moved),
            "bundle": bundle_name(studio),
        }

    def morph_sequence(
        self,
        letters: str = "ENTPENTJISFPIP",
        start: str = "average:female",
        gender: MovedBy = "female",
        step: float | None = None,
        strength: float | None = None,
        size: int = 256,
        w: Latent | None = None,
        bundle: BundleName | None = None,
        layers: Layers | list[int] = "all",
        keep: list[str] | str | float | None = None,
        format: SequenceFormat = "frames",
    ) -> MorphSequence:
        """Move a face toward one letter after the other: the start and one frame for each.

        Args:
            letters: 1 to 64 of E, I, S, N, T, F, J, P (32 for a clip), each moved toward in turn.
            start: an address text, such as average:female, type:ENTP:male or seed:7.
            gender: whose directions, female, male or both (their mean).
            step: part of the way left to the letter that a frame goes, from 0 to 2; null is 1/3.
            strength: what a unit is multiplied by, from 0 to 10; null takes the bundle's own.
            size: side of a frame in px: 256, 512 or, as frames alone, 1024.
            w: a latent to start from instead, as another call returned it.
            bundle: the bundle that w came with; the call is refused where another one is in use.
            layers: rows of w that move: all, coarse, middle, fine, or a list of row numbers from 0.
            keep: what must not change: a map such as age, a list of maps, person for a bounded
                drift, or that bound from 0 to 1000000 (1 is person); null keeps nothing.
            format: frames for a list of JPEGs, or one file: strip (PNG), gif, webp, mp4.

        Returns:
            The letters, the marked pictures or the one clip, the last frame's latent w and the
                bundle in use.

        Raises:
            InputError: a value is not allowed; BusyError: too many pictures are waiting.
        """
        checked_choice("format", format, SEQUENCE_FORMATS)
        studio = self.services.studio
        step = checked_number("step", step, 0.0, MAX_STEP)
        frames = studio.sequence(
            self._start(start, w, bundle),
            self._letters(letters),
            checked_choice("gender", gender, ("female", "male", "both")),
            step=1 / 3 if step is None else step,
            strength=checked_number("strength", strength, 0.0, MAX_STRENGTH),
            layers=checked_layers(layers, studio.num_ws),
            keep=checked_keep(keep),
        )
        pictures: list[Picture] = []
        clip = None
        if format == "frames":
            size = checked_size(size, SIZES)
            pictures = [
                picture_file(self.services.marked(frame, size), f"step-{number:02d}")
                for number, frame in enumerate(frames)
            ]
        else:
            clip = self._clip(frames, letters, format, checked_size(size, CLIP_SIZES))
        return {
            "letters": letters,
            "pictures": pictures,
            "clip": clip,
            "w": _rows(frames[-1]),
            "bundle": bundle_name(studio),
        }

    def _start(self, start: str, w: Latent | None, bundle: BundleName | None) -> Any:
        studio = self.services.studio
        check_bundle(bundle, studio)
        if w is not None:
            return read_latent(w, studio)
        if not isinstance(start, str):
            raise InputError(f"start is {shown(start)}, but must be a text such as average:female.")
        address = FaceAddress(start=start)
        if address.photo_token() is not None:
            # The page's own; a program has the photo's latent and nothing kept for it here.
            raise InputError("A photo's face has no start here. Give the w that invert returned.")
        return studio.face(address)

    def _clip(self, frames: Any, letters: str, format: ClipFormat, size: int) -> Picture:
        letters = checked_letters(letters)
        images = [self.services.marked_image(frame, size) for frame in frames]
        made = walk_clip(images, letters, format, FIRST_LABEL)
        return picture_file(made.data, letters.lower(), made.suffix, made.mime)

    @staticmethod
    def _letters(letters: str) -> str:
        if not isinstance(letters, str) or not 1 <= len(letters) <= MAX_LETTERS:
            raise InputError(f"letters must be a text of 1 to {MAX_LETTERS} of {LETTERS}.")
        for letter in letters:
            axis_of(letter)
        return letters


def _rows(w: Any) -> Latent:
    from mbtiface.faces.latent_rows import latent_to_rows  # torch comes with it

    return latent_to_rows(w)
