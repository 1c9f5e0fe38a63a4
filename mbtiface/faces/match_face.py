"""The face of a match: the averages of the types that go best with somebody, blended into one.

Its address names who asks, as a code or as four axis values, never the blend: the rules of
`personality.matching` say which types take part. Texts and sums alone, no torch.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mbtiface.errors import InputError
from mbtiface.personality.matching import clamped, shares
from mbtiface.personality.types import AXES, check_gender, letter_toward, parse_code

if TYPE_CHECKING:
    from torch import Tensor

DECIMALS = 4
"""Of an axis value in an address; every value of the survey is a sixteenth."""
VALUE = re.compile(r"0|-?(?:1|0\.\d{0,3}[1-9])")
"""An axis value as `match_start` writes it; another text for it would be drawn and kept twice."""


def match_start(code_or_axes: str | Mapping[str, float], gender: str) -> str:
    """Return the start of a match's face: `match:ENTP:female`, `match:0.25,-1,0,0.5:female`.

    Raises:
        InputError: an unknown code or gender, or axis values that are not four finite numbers.
    """
    return f"match:{_text(code_or_axes)}:{check_gender(gender)}"


def parse_wanted(text: str) -> str | dict[str, float]:
    """Read who asks for a match: a code, or `EI,SN,TF,JP` as four values from -1 to 1.

    Raises:
        InputError: the text is neither.
    """
    if "," not in text:
        return parse_code(text)
    parts = text.split(",")
    if len(parts) != len(AXES) or not all(VALUE.fullmatch(part) for part in parts):
        raise InputError(
            f"Axis values {text[:40]!r} must be four numbers from -1 to 1 with at most {DECIMALS} "
            f"decimals, in the order {', '.join(AXES)}, such as 0.25,-1,0,0.5."
        )
    return dict(zip(AXES, map(float, parts), strict=True))


def match_w(
    code_or_axes: str | Mapping[str, float], mean_of: Callable[[str], "Tensor"]
) -> "Tensor":
    """Return the w+ of a match's face: the best matches' means, weighted by their shares.

    Args:
        code_or_axes: who asks.
        mean_of: code -> that type's mean, `[num_ws, w_dim]`.

    Raises:
        InputError: an unknown code, or axis values that are not four finite numbers.
    """
    parts = [share * mean_of(code) for code, share in shares(code_or_axes).items()]
    blend = parts[0]
    for part in parts[1:]:
        blend = blend + part
    return blend


def _text(code_or_axes: str | Mapping[str, float]) -> str:
    if isinstance(code_or_axes, str):
        return parse_code(code_or_axes)
    values = [round(value, DECIMALS) + 0.0 for value in clamped(code_or_axes).values()]
    if all(abs(value) == 1.0 for value in values):
        return "".join(letter_toward(*each) for each in zip(AXES, values, strict=True))
    return ",".join(f"{value:g}" for value in values)
