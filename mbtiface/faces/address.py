"""A face as a short text: which face to start from and how far it has moved on each axis.

The page fetches pictures by such an address, so the same text always names the same picture:
it can be cached, fetched ahead and shared, and holds nothing about a person. The exception is a
`photo` start: it names a visitor's own face, which one server keeps for a while under a token of
32 hex digits (`kept_faces`). It is a secret: never shared, cached, logged or put into a message.

    start        average:female | average:male | seed:123 | type:ENTP:female | letter:E:male
                 | photo:0123456789abcdef0123456789abcdef
                 | community:ENTP:female | community:ENTP:female:0a1b2c3d (its edition: one that is
                 not the newest gives the newest, so only the newest may be kept)
                 | blend:fine:START|START | blend:0.5:START|START (`blend`; one half may be a photo)
                 | match:ENTP:female | match:0.25,-1,0,0.5:female (who asks, as axis values)
    by           female | male | both: whose directions move it
    axes         EI SN TF JP, signed, + toward E, N, F, J
    difference   0..3: factor on the distance of the start from the average of its gender: 0 is that
                 average, 1 the start itself, above 1 a caricature
    truncation   0..1: share of the start's distance from the mean of all faces that is left
    strength     0..2: factor on all axes
    layers       all | coarse | middle | fine: which rows of w+ the axes move
    keep         person: a move that leads too far from the start's person is shortened (`drift`)

A blend with a photo in it is as secret as the photo.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mbtiface.errors import InputError
from mbtiface.faces.blend import BLEND, parse_blend
from mbtiface.faces.layer_ranges import LAYERS
from mbtiface.faces.match_face import parse_wanted
from mbtiface.personality.types import AXES, LETTERS, check_gender, parse_code

MOVED_BY = ("female", "male", "both")
MAX_AXIS = 1.5
"""Axis values of both signs; farther out faces break."""
MAX_DIFFERENCE = 3.0
MAX_STRENGTH = 2.0
MAX_SEED = 2**31 - 1
SIZES = (256, 512, 1024)
"""Picture sizes in pixels that may be asked for."""
KEPT = ("", "person")
"""What a move may be held to."""
PHOTO = "photo"
COMMUNITY = "community"
EDITION = re.compile("[0-9a-f]{8}")
"""Names one state of a community average."""
TOKEN = re.compile("[0-9a-f]{32}")
"""128 random bits that name a visitor's own face."""


@dataclass(frozen=True)
class FaceAddress:
    """One face of a bundle: a start and a walk along the axes. Checked when it is made."""

    start: str = "average:female"
    by: str = "female"
    axes: Mapping[str, float] = field(default_factory=dict)
    difference: float = 1.0
    truncation: float = 1.0
    strength: float = 1.0
    layers: str = "all"
    keep: str = ""

    def __post_init__(self) -> None:
        parse_start(self.start)
        if self.by not in MOVED_BY:
            raise InputError(f"Moved by {self.by!r} is unknown. Use {', '.join(MOVED_BY)}.")
        for axis, value in self.axes.items():
            if axis not in AXES:
                raise InputError(f"Axis {axis!r} is unknown. Use {', '.join(AXES)}.")
            _check_number(f"axis {axis}", value, -MAX_AXIS, MAX_AXIS)
        _check_number("difference", self.difference, 0.0, MAX_DIFFERENCE)
        _check_number("truncation", self.truncation, 0.0, 1.0)
        _check_number("strength", self.strength, 0.0, MAX_STRENGTH)
        if self.layers not in LAYERS:
            raise InputError(f"Layers {self.layers!r} are unknown. Use {', '.join(LAYERS)}.")
        if self.keep not in KEPT:
            raise InputError(f"keep is {self.keep!r}, but must be person or left out.")

    def photo_token(self) -> str | None:
        """The token of a `photo` start, or of the photo in a blend; None where there is none."""
        for start in halves(self.start):
            kind, _, token = start.partition(":")
            if kind == PHOTO:
                return token
        return None

    def community_cell(self) -> tuple[str, str] | None:
        """Code and gender of a `community` start; None for every other start."""
        kind, what, gender = parse_start(self.start)
        return (str(what), gender) if kind == COMMUNITY else None

    def query(self) -> dict[str, str]:
        """The address as query parameters; `FaceAddress.from_query` reads them back."""
        parts = {"start": self.start, "by": self.by}
        parts |= {axis: f"{self.axes[axis]:.4g}" for axis in AXES if self.axes.get(axis)}
        for name in ("difference", "truncation", "strength"):
            if (value := getattr(self, name)) != 1.0:
                parts[name] = f"{value:.3g}"
        if self.layers != "all":
            parts["layers"] = self.layers
        if self.keep:
            parts["keep"] = self.keep
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
            truncation=_number("truncation", query.get("truncation", "1")),
            strength=_number("strength", query.get("strength", "1")),
            layers=query.get("layers", cls.layers),
            keep=query.get("keep", cls.keep),
        )


def parse_start(start: str) -> tuple[str, str | int, str]:
    """Split a start into kind, what (seed, code, letter, who asks, token or blend) and gender.

    What is "" for an average, gender is "" for a seed, a photo and a blend.

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
    if kind == "match":
        wanted, _, gender = rest.partition(":")
        parse_wanted(wanted)
        return kind, wanted, check_gender(gender)
    if kind == BLEND:
        _check_halves(rest)
        return kind, rest, ""
    if kind == COMMUNITY:
        code, gender, *edition = rest.split(":") if ":" in rest else (rest, "")
        if len(edition) > 1 or not all(map(EDITION.fullmatch, edition)):
            raise InputError(f"Edition {edition} of a community average must be 8 hex digits.")
        return kind, parse_code(code), check_gender(gender)
    if kind == PHOTO:
        if not TOKEN.fullmatch(rest):
            # Not repeated: nearly a token may be a token with a letter lost.
            raise InputError("A photo's start must be photo: and the 32 hex digits of its token.")
        return kind, rest, ""
    raise InputError(
        f"Start {start!r} is unknown. Use average:GENDER, seed:NUMBER, type:CODE:GENDER, "
        "letter:LETTER:GENDER, match:CODE:GENDER, "
        "community:CODE:GENDER, photo:TOKEN or blend:RANGE:START|START."
    )


def halves(start: str) -> tuple[str, ...]:
    """The starts that a start is made of: two of a blend, else itself."""
    kind, _, rest = start.partition(":")
    if kind != BLEND:
        return (start,)
    blend = parse_blend(rest)
    return blend.first, blend.second


def _check_halves(rest: str) -> None:
    blend = parse_blend(rest)
    kinds = [parse_start(half)[0] for half in (blend.first, blend.second)]
    # One secret an address; and a community average is another face after every join.
    if kinds.count(PHOTO) > 1:
        raise InputError("A blend may hold one photo. Give another start for the other half.")
    if COMMUNITY in kinds:
        raise InputError("A community average cannot be part of a blend. Give the type's own.")


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name} is {text!r}, but must be a number.") from None


def _check_number(name: str, value: float, low: float, high: float) -> None:
    if not math.isfinite(value) or not low <= value <= high:
        raise InputError(f"{name} is {value}, but must be from {low:g} to {high:g}.")
