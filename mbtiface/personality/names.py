"""What types, letters, axes and moves are called in each language."""

from typing import Any

from mbtiface.errors import InputError
from mbtiface.personality.types import axis_of, letter_toward, parse_axis, parse_code
from mbtiface.texts import read_texts

MOVES = {0.0: "none", 0.5: "half", 1.0: "whole"}
"""Size of what an answer is worth -> which line says so."""


def type_name(code: str, lang: str = "ko") -> str:
    """Return the short name of a type, at most 14 characters in Korean.

    Raises:
        InputError: the code or the language is unknown.
    """
    return str(_names(lang)["types"][parse_code(code)])


def letter_name(letter: str, lang: str = "ko") -> str:
    """Return a letter's name with the letter, such as `외향(E)` or `extraversion (E)`.

    Raises:
        InputError: the letter or the language is unknown.
    """
    entry = _letter_entry(letter, lang)
    return str(_names(lang)["letter_form"]).format(name=entry["name"], letter=letter)


def letter_word(letter: str, lang: str = "ko") -> str:
    """Return the one word that describes a letter, such as `활기` or `lively`.

    Raises:
        InputError: the letter or the language is unknown.
    """
    return str(_letter_entry(letter, lang)["word"])


def axis_label(axis: str, lang: str = "ko") -> str:
    """Return what an axis is about, such as `하루를 보내는 법` for JP.

    Raises:
        InputError: the axis or the language is unknown.
    """
    return str(_names(lang)["axes"][parse_axis(axis)])


def move_line(axis: str, step: float, lang: str = "ko") -> str:
    """Return the line after an answer, such as `외향(E) 쪽으로 한 걸음`.

    `step` is what the answer is worth (`Item.step`): -1, -0.5, 0, 0.5 or 1, not yet divided by the
    number of items.

    Raises:
        InputError: the axis or the language is unknown, or the step is none of the five.
    """
    lines = _names(lang)["moves"]
    letter = letter_name(letter_toward(axis, _parse_step(step)), lang)
    return str(lines[MOVES[abs(step)]]).format(letter=letter)


def _parse_step(step: float) -> float:
    if isinstance(step, bool) or not isinstance(step, int | float) or abs(step) not in MOVES:
        raise InputError(f"Step {step!r} is not allowed. Use -1, -0.5, 0, 0.5 or 1.")
    return step


def _letter_entry(letter: str, lang: str) -> dict[str, str]:
    axis_of(letter)  # says what is wrong with an unknown letter
    entry: dict[str, str] = _names(lang)["letters"][letter]
    return entry


def _names(lang: str) -> dict[str, Any]:
    names: dict[str, Any] = read_texts(lang)["names"]
    return names
