"""A face as a short text: which face to start from and how far it has moved on each axis.

The page fetches pictures by such an address, so the same text always names the same picture:
it can be cached, fetched ahead and shared, and holds nothing about a person. The exception is a
`photo` start: it names a visitor's own face, which one server keeps for a while under a token of
32 hex digits (`kept_faces`). It is a secret: never shared, cached, logged or put into a message.

    start        average:female | average:male | seed:123 | type:ENTP:female | letter:E:male
                 | photo:0123456789abcdef0123456789abcdef
    by           female | male | both: whose directions move it
    axes         EI SN TF JP, signed, + toward E, N, F, J
    difference   1..3: caricature factor on the distance of the start from the average of its gender
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mbtiface.errors import InputError
from mbtiface.personality.types import AXES, LETTERS, check_gender, parse_code

MOVED_BY = ("female", "male", "both")
MAX_AXIS = 1.5
"""Axis values of both signs; farther out faces break."""
MAX_DIFFERENCE = 3.0
MAX_SEED = 2**31 - 1
SIZES = (256, 512, 1024)
"""Picture sizes in pixels that may be asked for."""
PHOTO = "photo"
TOKEN = re.compile("[0-9a-f]{32}")
"""128 random bits that name a visitor's own face."""


@dataclass(frozen=True)
class FaceAddress:
    """One face of a bundle: a start and a walk along the axes. Checked when it is made."""

    start: str = "average:female"
    by: str = "female"
    axes: Mapping[str, float] = field(default_factory=dict)
    difference: float = 1.0

    def __post_init__(self) -> None:
        parse_start(self.start)
        if self.by not in MOVED_BY:
            raise InputError(f"Moved by {self.by!r} is unknown. Use {', '.join(MOVED_BY)}.")
        for axis, value in self.axes.items():
            if axis not in AXES:
                raise InputError(f"Axis {axis!r} is unknown. Use {', '.join(AXES)}.")
            _check_number(f"axis {axis}", value, -MAX_AXIS, MAX_AXIS)
        _check_number("difference", self.difference, 1.0, MAX_DIFFERENCE)

    def photo_token(self) -> str | None:
        """The token of a `photo` start; None for every other start."""
        kind, _, token = self.start.partition(":")
        return token if kind == PHOTO else None

    def query(self) -> dict[str, str]:
        """The address as query parameters; `FaceAddress.from_query` reads them back."""
        parts = {"start": self.start, "by": self.by}
        parts |= {axis: f"{self.axes[axis]:.4g}" for axis in AXES if self.axes.get(axis)}
        if self.difference != 1.0:
            parts["difference"] = f"{self.difference:.3g}"
        return parts

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "FaceAddress":
        """Read an address from query parameters; names it does not know are left alone.

        Raises:
            InputError: a value is not allowed.
        """
        axes = {axis: _number(axis, query[axis]) for axis in AXES if axis in query}
        return cls(
            start=query.get("start", cls.start),
            by=query.get("by", cls.by),
            axes=axes,
            difference=_number("difference", query.get("difference", "1")),
        )


def parse_start(start: str) -> tuple[str, str | int, str]:
    """Split a start into kind, what (seed, code, letter or token) and gender.

    What is "" for an average, gender is "" for a seed and a photo.

    Raises:
        InputError: the text is no start.
    """
    kind, _, rest = start.partition(":")
    if kind == "average":
        return kind, "", check_gender(rest)
    if kind == "seed":
        # The length first: int() itself refuses texts of thousands of digits.
        if not (rest.isascii() and rest.isdigit()) or len(rest) > 10 or int(rest) > MAX_SEED:
            raise InputError(f"Seed {rest[:20]!r} must be a whole number from 0 to {MAX_SEED}.")
        return kind, int(rest), ""
    if kind == "type":
        code, _, gender = rest.partition(":")
        return kind, parse_code(code), check_gender(gender)
    if kind == "letter":
        letter, _, gender = rest.partition(":")
        if letter not in tuple(LETTERS):
            raise InputError(f"Letter {letter!r} is unknown. Use one of {LETTERS}.")
        return kind, letter, check_gender(gender)
    if kind == PHOTO:
        if not TOKEN.fullmatch(rest):
            # Not repeated: nearly a token may be a token with a letter lost.
            raise InputError("A photo's start must be photo: and the 32 hex digits of its token.")
        return kind, rest, ""
    raise InputError(
        f"Start {start!r} is unknown. Use average:GENDER, seed:NUMBER, type:CODE:GENDER, "
        "letter:LETTER:GENDER or photo:TOKEN."
    )


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name} is {text!r}, but must be a number.") from None


def _check_number(name: str, value: float, low: float, high: float) -> None:
    if not math.isfinite(value) or not low <= value <= high:
        raise InputError(f"{name} is {value}, but must be from {low:g} to {high:g}.")
