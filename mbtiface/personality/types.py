"""The four axes, eight letters and sixteen type codes."""

from mbtiface.errors import InputError

AXES = ("EI", "SN", "TF", "JP")
LETTERS = "EISNTFJP"
POSITIVE = {"EI": "E", "SN": "N", "TF": "F", "JP": "J"}
"""The letter that the positive side of each axis leads to."""
NEGATIVE = {"EI": "I", "SN": "S", "TF": "T", "JP": "P"}
"""The letter that the negative side of each axis leads to."""
CODES = tuple(a + b + c + d for a in "EI" for b in "SN" for c in "TF" for d in "JP")
"""All sixteen codes, in the order in which a bundle's arrays hold them."""
GENDERS = ("female", "male")
"""Of the labelled faces that an average is taken from, in the order of a bundle's arrays."""


def parse_code(text: str) -> str:
    """Return the code in capitals; accepts any case and surrounding space.

    Raises:
        InputError: the text is none of the sixteen codes.
    """
    code = text.strip().upper() if isinstance(text, str) else text
    if code not in CODES:
        raise InputError(
            f"Type {text!r} is unknown. Use four letters, one each of E/I, S/N, T/F and J/P, "
            "such as ENTP."
        )
    return code


def check_gender(gender: str) -> str:
    """Return the gender if it is one of `GENDERS`, else raise `InputError`."""
    if gender not in GENDERS:
        raise InputError(f"Gender {gender!r} is unknown. Use {' or '.join(GENDERS)}.")
    return gender


def parse_axis(text: str) -> str:
    """Return the axis unchanged if it is one of the four.

    Raises:
        InputError: the text is none of `AXES`.
    """
    if text not in AXES:
        raise InputError(f"Axis {text!r} is unknown. Use one of {', '.join(AXES)}.")
    return text


def axis_of(letter: str) -> str:
    """Return the axis that a letter belongs to ("N" -> "SN").

    Raises:
        InputError: the text is none of the eight letters.
    """
    for axis in AXES:
        if isinstance(letter, str) and len(letter) == 1 and letter in axis:
            return axis
    raise InputError(f"Letter {letter!r} is unknown. Use one of {LETTERS}.")


def sign_of(letter: str) -> int:
    """Return +1 for E, N, F, J and -1 for I, S, T, P.

    Raises:
        InputError: the text is none of the eight letters.
    """
    return 1 if letter == POSITIVE[axis_of(letter)] else -1


def letter_toward(axis: str, value: float) -> str:
    """Return the letter that a signed value leads to; 0 gives the negative one (I, S, T, P).

    Raises:
        InputError: the axis is none of the four.
    """
    return (POSITIVE if value > 0 else NEGATIVE)[parse_axis(axis)]
