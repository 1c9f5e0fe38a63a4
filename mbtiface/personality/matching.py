"""Which types go well together: a custom, counted by four rules, for fun.

Each axis has one rule: points where two types share the letter, points where they differ. The
rules look at the pair and not at who comes first, so a score is the same both ways.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mbtiface.errors import InputError
from mbtiface.personality.assets import read_asset
from mbtiface.personality.types import AXES, CODES, LETTERS, letter_toward, parse_code, sign_of
from mbtiface.texts import FIRST, parse_language, read_texts

PARTS = 3
"""Types that the face of a match is blended of."""
SAME = 1e-9
"""Points that two scores may differ by and still count as equal."""


@dataclass(frozen=True)
class Rule:
    """What one axis adds to a pair's score."""

    axis: str
    share: float
    """Points where both have the same letter, at full clearness."""
    differ: float
    """Points where the letters differ, at full clearness."""
    reason: str
    """What people say about it."""


@dataclass(frozen=True)
class Match:
    """One type and how well it goes with the one asked about."""

    code: str
    score: int
    """Whole points, 0 to 100; the ranking itself goes by the unrounded `score`."""
    reason: str
    """Two short sentences made from the letters of this pair."""


def rules(lang: str = "ko") -> tuple[Rule, ...]:
    """Return the four rules, the heaviest first; the best pair gets 100 points in all.

    Raises:
        InputError: the language is unknown.
    """
    return _rules(parse_language(lang))


def score(first: str | Mapping[str, float], second: str | Mapping[str, float]) -> float:
    """Return the points, 0 to 100, of two types (codes or axis values); the same both ways.

    A code stands for axis values of -1 and +1. On each axis the product of the two values tells
    how clearly the letters agree: 1 earns the rule's `share`, -1 its `differ`, anything between is
    in proportion. So an axis near 0 hardly tells one type from another. Values beyond -1..1 count
    as -1 or 1.

    Raises:
        InputError: an unknown code, or axis values that are not four finite numbers.
    """
    return _score(_values(first), _values(second))


def ranking(
    code_or_axes: str | Mapping[str, float], lang: str = "ko", code: str | None = None
) -> tuple[Match, ...]:
    """Return all sixteen types, best first; equal scores stand in the order of `CODES`.

    Axis values weigh the rules by how clear each axis is (see `score`). The reasons name letters:
    those of `code` where given (a survey's code, which settles ties), else those of the values'
    signs, 0 read as I, S, T, P.

    Raises:
        InputError: an unknown code or language, axis values that are not four finite numbers, or
            a `code` that contradicts a value's sign.
    """
    parse_language(lang)
    values = _values(code_or_axes)
    own = "".join(letter_toward(axis, values[axis]) for axis in AXES)
    if code is not None:
        own = _agreeing_code(parse_code(code), values)
    points = {other: _score(values, _values(other)) for other in CODES}
    # sorted is stable, so equal scores keep the order of CODES
    order = sorted(CODES, key=lambda other: -points[other])
    return tuple(
        Match(other, math.floor(points[other] + 0.5), reason(own, other, lang)) for other in order
    )


def shares(code_or_axes: str | Mapping[str, float]) -> dict[str, float]:
    """Return what each of the best matches adds to the face of one's match: code -> share, sum 1.

    The three best take part, each with the points that it has above the fourth: as axis values
    change, a type fades in and out instead of jumping, and an axis at 0 lets both its letters
    count alike. Where four or more tie for the first place, all of these count alike.

    Raises:
        InputError: an unknown code, or axis values that are not four finite numbers.
    """
    values = _values(code_or_axes)
    points = {other: _score(values, _values(other)) for other in CODES}
    order = sorted(CODES, key=lambda other: -points[other])
    above = {code: points[code] - points[order[PARTS]] for code in order[:PARTS]}
    above = {code: more for code, more in above.items() if more > SAME}
    if not above:
        above = {code: 1.0 for code in order if points[order[0]] - points[code] <= SAME}
    total = sum(above.values())
    return {code: more / total for code, more in above.items()}


def clamped(axes: Mapping[str, float]) -> dict[str, float]:
    """Return axis values in the order of `AXES`, those beyond -1..1 as -1 or 1.

    Raises:
        InputError: they are not four finite numbers.
    """
    return _values(axes)


def reason(first: str, second: str, lang: str = "ko") -> str:
    """Return two sentences on a pair of codes: one on the middle letters, one on the outer ones.

    Raises:
        InputError: a code or the language is unknown.
    """
    a, b = parse_code(first), parse_code(second)
    said = read_texts(lang)["matching"]
    # where the letters differ, a sentence names the code that holds each; elsewhere it names none
    holders = {letter: code for code in (a, b) for letter in code}
    sentences = (
        said["middle"][_pair_key(a[1:3], b[1:3])],
        said["outer"][_pair_key(a[0] + a[3], b[0] + b[3])],
    )
    return " ".join(sentences).format(**holders)


def note(lang: str) -> str:
    """Return what stands beside every ranking.

    Raises:
        InputError: the language is unknown.
    """
    return str(read_texts(lang)["matching"]["note"])


def _pair_key(a: str, b: str) -> str:
    """Return how two letters of one code meet those of another: `NN TF`, or `ST NF` if none agree.

    The letter that comes first in its axis's name stands first, so the key is the same both ways.
    """
    columns = ["".join(sorted(pair, key=LETTERS.index)) for pair in zip(a, b, strict=True)]
    if not any(column[0] == column[1] for column in columns):
        return f"{a} {b}" if a[0] == columns[0][0] else f"{b} {a}"
    return " ".join(columns)


def _score(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    total = 0.0
    for rule in _rules(FIRST):
        agreement = first[rule.axis] * second[rule.axis]
        total += (rule.share * (1 + agreement) + rule.differ * (1 - agreement)) / 2
    return total


def _values(code_or_axes: str | Mapping[str, float]) -> dict[str, float]:
    """Return axis values in -1..1 for a code or for axis values."""
    if not isinstance(code_or_axes, Mapping):
        return {
            axis: float(sign_of(n)) for axis, n in zip(AXES, parse_code(code_or_axes), strict=True)
        }
    if set(code_or_axes) != set(AXES):
        raise InputError(
            f"Axis values are given for {list(code_or_axes)!r}. Give one for each of "
            f"{', '.join(AXES)}."
        )
    for axis, value in code_or_axes.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise InputError(
                f"The value {value!r} of axis {axis} is not allowed. Use a number, -1 to 1."
            )
    return {axis: max(-1.0, min(1.0, float(code_or_axes[axis]))) for axis in AXES}


def _agreeing_code(code: str, values: Mapping[str, float]) -> str:
    for axis, letter in zip(AXES, code, strict=True):
        if values[axis] * sign_of(letter) < 0:
            raise InputError(
                f"Code {code!r} contradicts the value {values[axis]:g} of axis {axis}, which leads "
                f"to {letter_toward(axis, values[axis])}. Leave the code out or pass the one that "
                "goes with the values."
            )
    return code


@lru_cache
def _rules(lang: str) -> tuple[Rule, ...]:
    entries = read_asset("matching/rules.json")["rules"]
    said = read_texts(lang)["matching"]["rules"]
    return tuple(
        Rule(entry["axis"], entry["share"], entry["differ"], said[entry["axis"]])
        for entry in entries
    )
