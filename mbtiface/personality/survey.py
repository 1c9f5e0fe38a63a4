"""The survey: its items in each language, and what a set of answers adds up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from mbtiface.errors import InputError
from mbtiface.personality.assets import read_asset
from mbtiface.personality.types import AXES, NEGATIVE, POSITIVE, letter_toward
from mbtiface.texts import FIRST, parse_language, read_texts

FORMS = ("quick", "full")
"""Quick: 16 items, 4 an axis. Full: 32 items, 8 an axis, the quick ones first."""
OPTION_VALUES = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""What option 0 (disagree) to 4 (agree) is worth before the item's key turns it."""
CLOSE_VALUE = 0.125
"""An axis at most this far from 0 is close: one option in the quick form, two in the full one."""


@dataclass(frozen=True)
class Item:
    """One statement to agree or disagree with."""

    id: str
    """Stable name, the axis and a number, such as `EI1`."""
    axis: str
    """The axis that the answer moves."""
    text: str
    """The statement, in the language asked for."""
    options: tuple[str, ...]
    """Five labels, from disagree (index 0) to agree (index 4)."""
    key: int
    """+1 where agreeing leads to E, N, F or J; -1 where it leads to I, S, T or P."""

    def step(self, option_index: int) -> float:
        """Return what an option is worth on the axis: -1, -0.5, 0, 0.5 or 1, + toward E, N, F, J.

        Raises:
            InputError: the option is no whole number from 0 to 4.
        """
        # bool is an int to isinstance, yet True is no option that anybody chose
        if type(option_index) is not int or not 0 <= option_index < len(OPTION_VALUES):
            raise InputError(
                f"Option {option_index!r} for item {self.id} is not allowed. "
                "Use a whole number from 0 (disagree) to 4 (agree)."
            )
        return self.key * OPTION_VALUES[option_index] + 0.0  # + 0.0 turns -0.0 into 0.0


class Step(NamedTuple):
    """How far one answer moved one axis; an axis's steps add up to its value."""

    item_id: str
    axis: str
    size: float
    """Signed, in axis units: what the option is worth over the axis's number of items."""


@dataclass(frozen=True)
class Result:
    """What a set of answers adds up to."""

    code: str
    """The type code, such as `ENTP`."""
    axes: dict[str, float]
    """Axis -> value from -1 to 1, + toward E, N, F, J."""
    percent: dict[str, int]
    """Letter -> whole percent; the two letters of an axis add up to 100."""
    second: str
    """The second-nearest code: the axis nearest to 0 flipped, the first such in `AXES` order."""
    close: tuple[str, ...]
    """The axes at most `CLOSE_VALUE` from 0, in `AXES` order."""
    steps: tuple[Step, ...]
    """One step for each answer given, in form order."""


def items(lang: str, form: str = "quick") -> tuple[Item, ...]:
    """Return the items of a form in the order to show them, texts in language `lang`.

    Raises:
        InputError: the language or the form is unknown.
    """
    return _items(parse_language(lang), _parse_form(form))


def score(answers: Mapping[str, int], form: str | None = None) -> Result:
    """Return what the answers `{item id: option index 0..4}` add up to.

    The form is the quick one unless an answered item is in the full form only; `form` sets it,
    which a full survey needs while only its first items are answered. An unanswered item makes no
    step and still counts among its axis's items, so values never jump when it is answered later.

    A tie (an axis at exactly 0) takes the letter of the last answer in form order that leaned on
    that axis, which favours no letter because the items are keyed both ways; if none leaned, the
    letter is I, S, T or P. A tie is always listed in `close`; `tie_rule` has the rule in words.

    Raises:
        InputError: no answer, an unknown item, form or option, or an item outside the form.
    """
    form_items = _items(FIRST, _form_of(answers, form))
    answered = [item for item in form_items if item.id in answers]
    per_axis = len(form_items) // len(AXES)
    worth = [(item, item.step(answers[item.id])) for item in answered]
    steps = tuple(Step(item.id, item.axis, value / per_axis) for item, value in worth)
    axes = {axis: sum(step.size for step in steps if step.axis == axis) + 0.0 for axis in AXES}
    letters = {axis: _letter(axis, axes[axis], steps) for axis in AXES}
    nearest = min(AXES, key=lambda axis: abs(axes[axis]))
    return Result(
        code="".join(letters.values()),
        axes=axes,
        percent={letter: n for axis in AXES for letter, n in _percent(axis, axes[axis]).items()},
        second="".join(
            axis.replace(letter, "") if axis == nearest else letter
            for axis, letter in letters.items()
        ),
        close=tuple(axis for axis in AXES if abs(axes[axis]) <= CLOSE_VALUE),
        steps=steps,
    )


def tie_rule(lang: str) -> str:
    """Return the rule that settles a tie, in words for the person who answered.

    Raises:
        InputError: the language is unknown.
    """
    return str(read_texts(lang)["survey"]["tie_rule"])


@lru_cache
def _items(lang: str, form: str) -> tuple[Item, ...]:
    asset = read_asset("survey/items.json")
    entries = asset["items"][: asset["quick_count"] if form == "quick" else None]
    said = read_texts(lang)["survey"]
    options = tuple(said["options"])
    return tuple(
        Item(entry["id"], entry["axis"], said["items"][entry["id"]], options, entry["key"])
        for entry in entries
    )


def _parse_form(form: str) -> str:
    if form not in FORMS:
        raise InputError(f"Form {form!r} is unknown. Use one of {', '.join(FORMS)}.")
    return form


def _form_of(answers: Mapping[str, int], form: str | None) -> str:
    """Return the form that the answers belong to, once every item id is known to be in it."""
    if not isinstance(answers, Mapping):
        raise InputError(
            f"Answers are {answers!r}, but must be a mapping from item ids to option indices, "
            'such as {"EI1": 4}.'
        )
    if not answers:
        raise InputError("There are 0 answers. Answer at least one item.")
    quick, full = ({item.id for item in _items(FIRST, name)} for name in FORMS)
    for item_id in answers:
        if item_id not in full:
            raise InputError(
                f"Item {item_id!r} is unknown. Use the ids that survey.items gives, EI1 to JP8."
            )
    beyond = [item_id for item_id in answers if item_id not in quick]
    if form is None:
        return "full" if beyond else "quick"
    if _parse_form(form) == "quick" and beyond:
        raise InputError(
            f"Item {beyond[0]!r} is not in the quick form. Leave it out or use form 'full'."
        )
    return form


def _letter(axis: str, value: float, steps: tuple[Step, ...]) -> str:
    if value == 0:  # sums of sixteenths are exact in floating point
        leaned = [step.size for step in steps if step.axis == axis and step.size != 0]
        value = leaned[-1] if leaned else 0.0
    return letter_toward(axis, value)


def _percent(axis: str, value: float) -> dict[str, int]:
    # halves go to the leading letter, so that E at 62.5 and I at 62.5 both read 63
    lead = 50 + int(50 * abs(value) + 0.5)
    positive = lead if value > 0 else 100 - lead
    return {POSITIVE[axis]: positive, NEGATIVE[axis]: 100 - positive}
