"""What each public endpoint does; see `api` for how they reach the outside."""

import dataclasses
from typing import Any, Literal, TypedDict

from mbtiface.errors import InputError
from mbtiface.faces.address import SIZES, FaceAddress
from mbtiface.faces.clips import FORMATS, ClipFormat
from mbtiface.personality import survey
from mbtiface.personality.types import AXES, CODES, LETTERS, axis_of, parse_code
from mbtiface.services import Services
from mbtiface.texts import languages
from mbtiface.ui.api_values import (
    BundleName,
    Latent,
    Picture,
    bundle_name,
    checked_axes,
    checked_choice,
    checked_keep,
    checked_layers,
    checked_number,
    checked_size,
    picture_file,
    read_latent,
)
from mbtiface.ui.walk_clip import SIZES as CLIP_SIZES
from mbtiface.ui.walk_clip import checked_letters, walk_clip

Language = Literal["ko", "en"]
Form = Literal["quick", "full"]
Gender = Literal["female", "male"]
MovedBy = Literal["female", "male", "both"]
SequenceFormat = Literal["frames", "strip", "gif", "webp", "mp4"]
SEQUENCE_FORMATS = ("frames", *FORMATS)
FIRST_LABEL = "Start"
"""What stands under the first picture of a clip."""
FORMS = ("quick", "full")
MAX_LETTERS = 64
MAX_STEP = 2.0
MAX_STRENGTH = 10.0
LIMITS = (
    "Every face is generated. {types}; faces do not show personality. Not affiliated with the "
    "owners of the MBTI mark."
)
TYPES_OF_RATERS = "Types are first impressions that people had of pictures"
TYPES_OF_PEOPLE = "Types are what people say of themselves, or a survey said of them"


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

    def survey_items(self, lang: Language = "en", form: Form = "quick") -> list[dict[str, Any]]:
        """The survey's items in a language: id, axis, text and options of each."""
        checked_choice("lang", lang, languages())
        checked_choice("form", form, FORMS)
        return [dataclasses.asdict(item) for item in survey.items(lang, form=form)]

    def score(self, answers: dict[str, int], form: Form | None = None) -> dict[str, Any]:
        """Score answers {item id: option index}: code, axes, percent, second, close, steps."""
        result = survey.score(answers, form=form)
        return dataclasses.asdict(result) | {"steps": [step._asdict() for step in result.steps]}

    def type_average(self, code: str, gender: Gender = "female", size: int = 512) -> TypeAverage:
        """The average face of a type: marked picture, count, latent and impression."""
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
        layers: str | list[int] = "all",
        keep: list[str] | str | float | None = None,
        size: int = 512,
        w: Latent | None = None,
        bundle: BundleName | None = None,
    ) -> Morph:
        """Move a face along the axes; it starts at an address text or at a latent `w`."""
        studio = self.services.studio
        moved = studio.morph(
            self._start(start, w, bundle),
            checked_axes(axes),
            checked_choice("gender", gender, ("female", "male", "both")),
            strength=checked_number("strength", strength, 0.0, MAX_STRENGTH),
            layers=checked_layers(layers),
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
        layers: str | list[int] = "all",
        keep: list[str] | str | float | None = None,
        format: SequenceFormat = "frames",
    ) -> MorphSequence:
        """Move a face a part (step, 1/3) of the way left to each letter: start and one for each."""
        checked_choice("format", format, SEQUENCE_FORMATS)
        studio = self.services.studio
        step = checked_number("step", step, 0.0, MAX_STEP)
        frames = studio.sequence(
            self._start(start, w, bundle),
            self._letters(letters),
            checked_choice("gender", gender, ("female", "male", "both")),
            step=1 / 3 if step is None else step,
            strength=checked_number("strength", strength, 0.0, MAX_STRENGTH),
            layers=checked_layers(layers),
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

    def about(self) -> dict[str, Any]:
        """What answers here: the bundle, its license and credits, sizes, axes, codes and limits."""
        manifest = self.services.studio.manifest
        return {
            "bundle": bundle_name(self.services.studio),
            "license": manifest.license,
            "credits": list(manifest.credits),
            "forbidden_use": list(manifest.forbidden_use),
            "notice": self.services.notice,
            "contributions": self.services.contributions.state,
            "sizes": list(SIZES),
            "axes": list(AXES),
            "letters": list(LETTERS),
            "codes": list(CODES),
            "languages": list(languages()),
            "limits": LIMITS.format(
                types=TYPES_OF_PEOPLE if manifest.of_types else TYPES_OF_RATERS
            ),
        }

    def _start(self, start: str, w: Latent | None, bundle: BundleName | None) -> Any:
        studio = self.services.studio
        if w is not None:
            return read_latent(w, bundle, studio)
        if not isinstance(start, str):
            raise InputError(f"start is {start!r}, but must be a text such as average:female.")
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
