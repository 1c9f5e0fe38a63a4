"""What each public endpoint does; see `api` for how they reach the outside."""

import dataclasses
from typing import Any, Literal, TypedDict

from mbtiface.errors import InputError
from mbtiface.faces.address import SIZES, FaceAddress
from mbtiface.personality import matching, survey
from mbtiface.personality.names import type_name
from mbtiface.personality.types import AXES, CODES, LETTERS, axis_of, check_gender, parse_code
from mbtiface.services import Services
from mbtiface.ui.api_values import (
    BundleName,
    Latent,
    Picture,
    bundle_name,
    checked_axes,
    checked_choice,
    checked_layers,
    checked_names,
    checked_number,
    checked_size,
    picture_file,
    read_latent,
)
from mbtiface.ui.messages import LANGUAGES

Language = Literal["ko", "en"]
Form = Literal["quick", "full"]
Gender = Literal["female", "male"]
MovedBy = Literal["female", "male", "both"]
FORMS = ("quick", "full")
FACES_SHOWN = 3
MAX_LETTERS = 64
MAX_STEP = 2.0
MAX_STRENGTH = 10.0
LIMITS = (
    "Every face is generated. Types are first impressions that people had of pictures; faces do "
    "not show personality. Not affiliated with the owners of the MBTI mark."
)


class TypeAverage(TypedDict):
    """The average face of a type."""

    code: str
    gender: str
    count: int
    picture: Picture
    w: Latent
    impression: dict[str, float]
    bundle: BundleName


class Match(TypedDict):
    """One place of a ranking; `picture` is None unless a gender was given and it is in front."""

    code: str
    name: str
    score: float
    reason: str
    picture: Picture | None


class Morph(TypedDict):
    """A moved face."""

    picture: Picture
    w: Latent
    impression: dict[str, float]
    bundle: BundleName


class MorphSequence(TypedDict):
    """The start and one frame for each letter; `w` is the latent of the last one."""

    letters: str
    pictures: list[Picture]
    w: Latent
    bundle: BundleName


class Calls:
    """The endpoints over one `Services`; every method raises `InputError` for a bad argument."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def survey_items(self, lang: Language = "en", form: Form = "quick") -> list[dict[str, Any]]:
        """The survey's items in a language: id, axis, text and options of each."""
        checked_choice("lang", lang, LANGUAGES)
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

    def ideal_match(
        self, code: str, lang: Language = "en", gender: Gender | None = None
    ) -> list[Match]:
        """All sixteen types as matches of one, best first; a gender adds the first three faces."""
        code = parse_code(code)
        checked_choice("lang", lang, LANGUAGES)
        if gender is not None:
            check_gender(gender)
        return [
            {
                "code": match.code,
                "name": type_name(match.code, lang),
                "score": match.score,
                "reason": match.reason,
                "picture": self._type_picture(match.code, gender) if rank < FACES_SHOWN else None,
            }
            for rank, match in enumerate(matching.ranking(code, lang=lang))
        ]

    def morph(
        self,
        start: str = "average:female",
        axes: dict[str, float] | None = None,
        gender: MovedBy = "female",
        strength: float | None = None,
        layers: str | list[int] = "all",
        keep: list[str] | None = None,
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
            keep=checked_names("keep", keep),
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
    ) -> MorphSequence:
        """Move a face a part (step, 1/3) of the way left to each letter: start and one for each."""
        studio = self.services.studio
        step = checked_number("step", step, 0.0, MAX_STEP)
        frames = studio.sequence(
            self._start(start, w, bundle),
            self._letters(letters),
            checked_choice("gender", gender, ("female", "male", "both")),
            step=1 / 3 if step is None else step,
            strength=checked_number("strength", strength, 0.0, MAX_STRENGTH),
        )
        size = checked_size(size, SIZES)
        return {
            "letters": letters,
            "pictures": [
                picture_file(self.services.marked(frame, size), f"step-{number:02d}")
                for number, frame in enumerate(frames)
            ],
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
            "sizes": list(SIZES),
            "axes": list(AXES),
            "letters": list(LETTERS),
            "codes": list(CODES),
            "languages": list(LANGUAGES),
            "limits": LIMITS,
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

    def _type_picture(self, code: str, gender: str | None) -> Picture | None:
        if gender is None or self.services.studio.type_count(code, gender) == 0:
            return None
        address = FaceAddress(start=f"type:{code}:{gender}", by=gender)
        return picture_file(self.services.picture(address, 512), f"{code}-{gender}")

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
