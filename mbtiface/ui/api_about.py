"""The public endpoint `about`: what answers here."""

from typing import TypedDict

from mbtiface.faces.address import SIZES
from mbtiface.personality.types import AXES, CODES, LETTERS
from mbtiface.services import Services
from mbtiface.texts import languages
from mbtiface.ui.api_values import BundleName, bundle_name

LIMITS = (
    "Every face is generated. {types}; faces do not show personality. Not affiliated with the "
    "owners of the MBTI mark."
)
TYPES_OF_RATERS = "Types are first impressions that people had of pictures"
TYPES_OF_PEOPLE = "Types are what people say of themselves, or a survey said of them"


class About(TypedDict):
    """The bundle in use, and what may be asked of it."""

    bundle: BundleName
    license: str
    credits: list[str]
    forbidden_use: list[str]
    notice: str
    contributions: str
    sizes: list[int]
    axes: list[str]
    letters: list[str]
    codes: list[str]
    languages: list[str]
    limits: str


class AboutCalls:
    """The endpoint over one `Services`."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def about(self) -> About:
        """What answers here.

        Returns:
            The bundle in use, its license, credits and forbidden uses, a notice where another one
                was asked for, contributions (on, away or off), and the picture sizes in px, axes,
                letters, codes, languages and limits.
        """
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
