"""The public endpoint of the ideal match."""

from typing import TypedDict

from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.match_face import match_start
from mbtiface.personality import matching
from mbtiface.personality.names import type_name
from mbtiface.personality.types import check_gender, parse_code
from mbtiface.services import Services
from mbtiface.texts import languages
from mbtiface.ui.api_calls import Gender
from mbtiface.ui.api_survey import Language
from mbtiface.ui.api_values import (
    BundleName,
    Picture,
    bundle_name,
    checked_axes,
    checked_choice,
    picture_file,
)

FACES_SHOWN = 3
SIZE = 512


class Match(TypedDict):
    """One place of a ranking; the pictures are None unless a gender was given."""

    code: str
    name: str
    score: float
    reason: str
    picture: Picture | None
    """The type's average, for the first three."""
    share: float
    """The type's part in the face of the match; all sixteen add up to 1."""
    blend: Picture | None
    """The face of the match, with the first alone."""
    bundle: BundleName


class MatchCalls:
    """The endpoint over one `Services`."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def ideal_match(
        self,
        code: str | None = None,
        lang: Language = "en",
        gender: Gender | None = None,
        axes: dict[str, float] | None = None,
    ) -> list[Match]:
        """All sixteen types as matches of a type, best first.

        Args:
            code: the type to match, such as ENTP, in any case; null where axes say it.
            lang: language of names and reasons, ko or en.
            gender: adds the averages of the first three, female or male; null adds no picture.
            axes: instead of code, each axis (EI, SN, TF, JP) from -1 to 1 as score returns it.

        Returns:
            One object for each type: code, name, score, reason, share in the face of the match (all
                add up to 1), picture, blend (that face, with the first alone) and the bundle.

        Raises:
            InputError: a value is not allowed; BusyError: too many pictures are waiting.
        """
        checked_choice("lang", lang, languages())
        if gender is not None:
            check_gender(gender)
        own = None if code is None else parse_code(code)
        wanted = checked_axes(axes) if axes is not None else own
        if wanted is None:
            raise InputError("Neither code nor axes is given. Give a code such as ENTP, or axes.")
        shares = matching.shares(wanted)
        bundle = bundle_name(self.services.studio)
        return [
            {
                "code": match.code,
                "name": type_name(match.code, lang),
                "score": match.score,
                "reason": match.reason,
                "picture": self._average(match.code, gender) if rank < FACES_SHOWN else None,
                "share": shares.get(match.code, 0.0),
                "blend": None if rank or gender is None else self._blend(wanted, gender),
                "bundle": bundle,
            }
            for rank, match in enumerate(matching.ranking(wanted, lang, own))
        ]

    def _average(self, code: str, gender: str | None) -> Picture | None:
        if gender is None or self.services.studio.type_count(code, gender) == 0:
            return None
        address = FaceAddress(f"type:{code}:{gender}", gender)
        return picture_file(self.services.picture(address, SIZE), f"{code}-{gender}")

    def _blend(self, wanted: str | dict[str, float], gender: str) -> Picture:
        address = FaceAddress(match_start(wanted, gender), gender)
        return picture_file(self.services.picture(address, SIZE), f"match-{gender}")
