"""What may be asked about a photo: which face, which square, how many steps closer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mbtiface.errors import InputError, PhotoError

MAX_FACE = 999
MAX_REFINE_STEPS = 100
"""Steps of refinement after the encoder; about a tenth of a second each on two cores."""
MAX_PLACE = 10.0
"""Centre and side of a square, in photo widths and heights; a square may reach beyond a photo."""


@dataclass(frozen=True)
class InversionRequest:
    """How to invert a photo, as `Studio.invert` takes it. Checked when it is made."""

    face: int = 0
    """Which of the faces found, the largest first."""
    crop: tuple[float, float, float, float] | None = None
    """The square to use instead of a face found; units as `Inversion.crop`."""
    aligned: bool = False
    """Whether the picture is aligned already."""
    refine_steps: int = 0

    def __post_init__(self) -> None:
        _check_count("face", self.face, MAX_FACE)
        _check_count("refine_steps", self.refine_steps, MAX_REFINE_STEPS)
        if not isinstance(self.aligned, bool):
            raise InputError(f"aligned is {self.aligned!r}, but must be true or false.")
        if self.crop is not None:
            _check_crop(self.crop)

    @classmethod
    def make(
        cls, face: object, crop: object, aligned: object, refine_steps: object
    ) -> "InversionRequest":
        """Make a request of values of any type.

        Raises:
            InputError: a value is not allowed; `PhotoError` with key `bad_crop` for the square.
        """
        if isinstance(crop, Sequence) and not isinstance(crop, str):
            crop = tuple(crop)
        return cls(face, crop, aligned, refine_steps)  # type: ignore[arg-type]  # checked above


def _check_count(name: str, value: object, most: int) -> None:
    if type(value) is not int or not 0 <= value <= most:
        raise InputError(f"{name} is {value!r}, but must be a whole number from 0 to {most}.")


def _check_crop(crop: object) -> None:
    if not isinstance(crop, tuple) or len(crop) != 4 or not all(map(_is_number, crop)):
        raise PhotoError("bad_crop", f"The crop is {crop!r}, but must be x, y, side and angle.")
    x, y, side, angle = crop
    if not (abs(x) <= MAX_PLACE and abs(y) <= MAX_PLACE and 0 < side <= MAX_PLACE):
        raise PhotoError(
            "bad_crop",
            f"The crop {crop!r} lies too far off or has no size. Give the centre as parts of the "
            "photo's width and height, and the side as a part of its width.",
        )
    if abs(angle) > 360:
        raise PhotoError("bad_crop", f"The crop's angle is {angle}, but must be -360 to 360.")


def _is_number(value: object) -> bool:
    # Compared and not converted: an integer may be too large for a float.
    return type(value) in (int, float) and abs(value) < math.inf  # type: ignore[arg-type]
