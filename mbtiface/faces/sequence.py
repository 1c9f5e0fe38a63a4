"""A walk letter by letter: each letter goes a part of the way that is left to it."""

from collections.abc import Mapping

from mbtiface.errors import InputError
from mbtiface.personality.types import axis_of, sign_of


def sequence_axes(
    letters: str, step: float = 1 / 3, start: Mapping[str, float] | None = None
) -> list[dict[str, float]]:
    """Axis values after 0, 1, ... n letters.

    A letter moves its axis by `step` of the distance to that letter's average, so that every letter
    moves the face its own way, none leads past the averages, and going back is no retracing:
    steps of equal length would show the same face twice in `ENTPENTJISFPIP`.

    Args:
        letters: such as `ENTP`, any case, at least one.
        step: above 0, at most 1.
        start: axis values to walk on from; an axis that it does not name is at 0.

    Raises:
        InputError: a letter is none of the eight, there are none, or the step is out of range.
    """
    if not letters:
        raise InputError("The sequence has no letters. Give some of EISNTFJP, such as ENTP.")
    if not 0.0 < step <= 1.0:
        raise InputError(f"Step is {step}, but must be above 0 and at most 1.")
    values = dict(start or {})
    frames = [dict(values)]
    for letter in letters.upper():
        axis = axis_of(letter)
        value = values.get(axis, 0.0)
        values[axis] = value + step * (sign_of(letter) - value)
        frames.append(dict(values))
    return frames
