"""A finished survey: the answers as a short text, and everything that the result shows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress, parse_start
from mbtiface.personality import matching, survey
from mbtiface.personality.names import letter_word, type_name
from mbtiface.personality.types import AXES, GENDERS
from mbtiface.texts import FIRST
from mbtiface.ui.match import ranked
from mbtiface.ui.page import Page

MATCHES_SHOWN = 3


@dataclass(frozen=True)
class Answers:
    """All answers of one form and the face that they move. Checked when it is made."""

    form: str
    options: str
    """One digit 0..4 for each item, in the form's order."""
    start: str = "average:female"
    by: str = "female"

    def __post_init__(self) -> None:
        count = len(survey.items(FIRST, self.form))
        if len(self.options) != count or set(self.options) - set("01234"):
            raise InputError(
                f"Answers are {self.options[:40]!r}, but form {self.form!r} needs {count} digits "
                "from 0 (disagree) to 4 (agree)."
            )
        FaceAddress(self.start, self.by)

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Answers":
        """Read `form`, `answers`, `start` and `by`; the last two may be left out.

        Raises:
            InputError: a value is missing or not allowed.
        """
        return cls(
            _text(query, "form"),
            _text(query, "answers"),
            _text(query, "start", cls.start),
            _text(query, "by", cls.by),
        )

    def result(self) -> survey.Result:
        """Return what the answers add up to."""
        items = survey.items(FIRST, self.form)
        chosen = {item.id: int(n) for item, n in zip(items, self.options, strict=True)}
        return survey.score(chosen, self.form)

    def code(self) -> str:
        """Return the type code."""
        return self.result().code

    def address(self) -> FaceAddress:
        """Return the face after all answers."""
        return FaceAddress(self.start, self.by, self.result().axes)

    def genders(self) -> tuple[str, ...]:
        """Return whose type averages stand beside the face: the start's, else those asked for.

        Never read off the picture: a made-up face and a visitor's own go with the averages that
        the visitor chose.
        """
        _, _, gender = parse_start(self.start)
        if gender:
            return (gender,)
        return GENDERS if self.by == "both" else (self.by,)


def _text(query: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = query.get(name, default)
    if not isinstance(value, str):
        raise InputError(f"{name} is {value!r}, but must be a text.")
    return value


def outcome(page: Page, answers: Answers, language: str) -> dict[str, Any]:
    """Return the result as plain JSON values: code, names, bars, faces and matches.

    `ranking` is what the match tab shows of it, so that it need not ask.
    """
    result = answers.result()
    code = result.code
    return {
        "code": code,
        "axes": result.axes,
        "name": type_name(code, language),
        "final": answers.address().query(),
        "averages": [average(page, code, gender, language) for gender in answers.genders()],
        "bars": bars(result, language),
        "neighbour": _neighbour(page, result, language),
        "matches": [
            {
                "code": match.code,
                "name": type_name(match.code, language),
                "reason": match.reason,
                "faces": [average(page, match.code, gender, language) for gender in GENDERS],
            }
            for match in matching.ranking(result.axes, language, code)[:MATCHES_SHOWN]
        ],
        "note": matching.note(language),
        "ranking": ranked({"axes": result.axes, "code": code, "lang": language}),
        "gender": answers.genders()[0],
    }


def average(page: Page, code: str, gender: str, language: str) -> dict[str, str]:
    """Return the start, picture addresses, label and alt text of a type's average face."""
    count = page.services.studio.type_count(code, gender)
    return {
        "start": f"type:{code}:{gender}",
        "by": gender,
        "label": page.text(f"survey_type_{gender}", language, code=code),
        "alt": page.text(f"survey_alt_type_{gender}", language, code=code, count=count),
    }


def bars(result: survey.Result, language: str) -> list[dict[str, Any]]:
    """Return one entry an axis: both letters with word and percent, the one chosen, closeness."""
    return [
        {
            "axis": axis,
            "sides": [
                {
                    "letter": letter,
                    "word": letter_word(letter, language),
                    "percent": result.percent[letter],
                }
                for letter in axis
            ],
            "chosen": next(letter for letter in axis if letter in result.code),
            "close": axis in result.close,
        }
        for axis in AXES
    ]


def _neighbour(page: Page, result: survey.Result, language: str) -> dict[str, str] | None:
    if not result.close:
        return None
    name = type_name(result.second, language)
    return {
        "code": result.second,
        "line": page.text("survey_neighbour", language, code=result.second, name=name),
    }
