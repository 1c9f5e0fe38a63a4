"""The public endpoints of the survey: its items, and what answers add up to."""

from collections.abc import Mapping
from typing import Literal, TypedDict

from mbtiface.errors import InputError
from mbtiface.personality import survey
from mbtiface.services import Services
from mbtiface.texts import languages
from mbtiface.ui.api_values import BundleName, bundle_name, checked_choice, shown

Language = Literal["ko", "en"]
Form = Literal["quick", "full"]
FORMS = ("quick", "full")


class SurveyItem(TypedDict):
    """One statement to agree or disagree with."""

    id: str
    axis: str
    text: str
    options: list[str]
    key: int
    bundle: BundleName


class Step(TypedDict):
    """How far one answer moved one axis."""

    item_id: str
    axis: str
    size: float


class Score(TypedDict):
    """What a set of answers adds up to."""

    code: str
    axes: dict[str, float]
    percent: dict[str, int]
    second: str
    close: list[str]
    steps: list[Step]
    bundle: BundleName


class SurveyCalls:
    """The endpoints over one `Services`."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def survey_items(self, lang: Language = "en", form: Form = "quick") -> list[SurveyItem]:
        """The survey's items in the order to show them.

        Args:
            lang: language of the texts, ko or en.
            form: quick for 16 items, full for 32, the quick ones first.

        Returns:
            One object for each item: id, axis, text, five options from disagree (0) to agree (4),
                key (+1 where agreeing leads to E, N, F or J, else -1) and the bundle in use.

        Raises:
            InputError: a value is not allowed.
        """
        checked_choice("lang", lang, languages())
        checked_choice("form", form, FORMS)
        bundle = bundle_name(self.services.studio)
        return [
            {
                "id": item.id,
                "axis": item.axis,
                "text": item.text,
                "options": list(item.options),
                "key": item.key,
                "bundle": bundle,
            }
            for item in survey.items(lang, form=form)
        ]

    def score(self, answers: dict[str, int], form: Form | None = None) -> Score:
        """Score answers to the survey.

        Args:
            answers: item id to option, from 0 (disagree) to 4 (agree); one item or more.
            form: the form that they answer, quick or full; null takes it from the ids.

        Returns:
            The type's code, axes from -1 to 1 (+ toward E, N, F, J), percent of each letter, the
                second-nearest code, the axes that are close to 0, a step for each answer, and the
                bundle in use.

        Raises:
            InputError: an item or option is unknown, or no answer is given.
        """
        if not isinstance(answers, Mapping):
            raise InputError(
                f"answers is {shown(answers)}, but must be an object such as {{'EI1': 4}}."
            )
        result = survey.score(answers, form=form)
        return {
            "code": result.code,
            "axes": dict(result.axes),
            "percent": dict(result.percent),
            "second": result.second,
            "close": list(result.close),
            "steps": [{"item_id": i, "axis": axis, "size": size} for i, axis, size in result.steps],
            "bundle": bundle_name(self.services.studio),
        }
