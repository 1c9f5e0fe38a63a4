"""What answers add up to."""

import itertools
import random

import pytest

from mbtiface.errors import InputError
from mbtiface.personality import survey
from mbtiface.personality.types import AXES, CODES, NEGATIVE, POSITIVE, sign_of

FORMS = pytest.mark.parametrize("form", survey.FORMS)


def toward(code, form, strength=2):
    """Answers that lean `strength` options (0..2) from the middle toward each letter of a code."""
    signs = {axis: sign_of(letter) for axis, letter in zip(AXES, code, strict=True)}
    return {
        item.id: 2 + strength * item.key * signs[item.axis] for item in survey.items("ko", form)
    }


def on_axis(axis, options, form="quick"):
    ids = [item.id for item in survey.items("ko", form) if item.axis == axis]
    return dict(zip(ids, options, strict=True))


def test_result_of_a_hand_counted_form():
    # EI: keys + - - +, SN: - + + -, TF: + - - +, JP: - + + -
    answers = {"EI1": 4, "SN1": 0, "TF1": 2, "JP1": 1} | {"EI2": 3, "SN2": 4, "TF2": 4, "JP2": 0}
    answers |= {"EI3": 0, "SN3": 3, "TF3": 3, "JP3": 0} | {"EI4": 2, "SN4": 1, "TF4": 1, "JP4": 2}
    result = survey.score(answers)
    assert result.axes == {"EI": 0.375, "SN": 0.75, "TF": -0.5, "JP": -0.375}
    assert result.code == "ENTP"
    assert result.percent == {
        "E": 69, "I": 31, "N": 88, "S": 12, "F": 25, "T": 75, "J": 31, "P": 69,
    }  # fmt: skip
    assert result.second == "INTP"
    assert result.close == ()
    assert result.steps[:5] == (
        ("EI1", "EI", 0.25), ("SN1", "SN", 0.25), ("TF1", "TF", 0.0), ("JP1", "JP", 0.125),
        ("EI2", "EI", -0.125),
    )  # fmt: skip


@FORMS
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("strength", [1, 2])
def test_leaning_one_way_throughout_reaches_the_code(form, code, strength):
    result = survey.score(toward(code, form, strength))
    assert result.code == code
    assert {abs(value) for value in result.axes.values()} == {strength / 2}
    lead = {1: 75, 2: 100}[strength]
    assert [result.percent[letter] for letter in code] == [lead] * 4
    assert result.close == ()


@pytest.mark.parametrize("axis", AXES)
def test_every_set_of_answers_on_an_axis(axis):
    entries = [item for item in survey.items("ko") if item.axis == axis]
    for options in itertools.product(range(5), repeat=4):
        result = survey.score(on_axis(axis, options))
        leaned = [item.key * (o - 2) for item, o in zip(entries, options, strict=True) if o != 2]
        value = sum(leaned) / 8
        assert result.axes[axis] == value
        decides = value or (leaned[-1] if leaned else -1)
        letter = (POSITIVE if decides > 0 else NEGATIVE)[axis]
        assert result.code[AXES.index(axis)] == letter
        shares = [result.percent[POSITIVE[axis]], result.percent[NEGATIVE[axis]]]
        assert sum(shares) == 100
        assert abs(shares[0] - (50 + 50 * value)) <= 0.5
        assert (shares[0] == 50) == (value == 0)
        assert (axis in result.close) == (abs(value) <= 0.125)


@pytest.mark.parametrize("axis", AXES)
def test_every_extreme_of_the_full_form_on_an_axis(axis):
    entries = [item for item in survey.items("ko", "full") if item.axis == axis]
    for options in itertools.product((0, 4), repeat=8):
        pairs = zip(entries, options, strict=True)
        value = sum(item.key * (option - 2) / 2 for item, option in pairs) / 8
        result = survey.score(on_axis(axis, options, "full"))
        assert result.axes[axis] == value
        assert -1 <= value <= 1


@FORMS
def test_steps_add_up_to_the_axes_and_each_is_a_known_size(form):
    rng = random.Random(7)
    entries = survey.items("ko", form)
    unit = 4 / len(entries)
    for _ in range(200):
        result = survey.score({item.id: rng.randrange(5) for item in entries})
        assert [step.item_id for step in result.steps] == [item.id for item in entries]
        assert all(abs(step.size) in (0, unit / 2, unit) for step in result.steps)
        reached = dict.fromkeys(AXES, 0.0)
        for _, axis, size in result.steps:
            reached[axis] += size
        assert reached == result.axes  # exact: every size is a whole number of sixteenths


@FORMS
def test_percents_of_every_value_mirror_each_other(form):
    for code, mirror in (("ENFJ", "ISTP"), ("ESTJ", "INFP")):
        for strength in (1, 2):
            answers = toward(code, form, strength)
            for item_id in list(answers)[::3]:
                answers[item_id] = 2
            turned = {item_id: 4 - option for item_id, option in answers.items()}
            here, there = survey.score(answers), survey.score(turned)
            assert [here.percent[a] for a in code] == [there.percent[b] for b in mirror]
            for axis in AXES:
                assert here.percent[axis[0]] + here.percent[axis[1]] == 100


def test_the_order_of_the_answers_does_not_matter():
    answers = toward("ENTP", "full", 1) | {"EI1": 0, "JP8": 0, "SN3": 2}
    turned = dict(reversed(list(answers.items())))
    assert survey.score(turned) == survey.score(answers)


@pytest.mark.parametrize("axis", AXES)
def test_a_tie_takes_the_last_answer_that_leaned(axis):
    place = AXES.index(axis)
    keys = [item.key for item in survey.items("ko") if item.axis == axis]
    for last in (1, -1):
        leans = (-last, 0, last, 0)  # the fourth answer is neutral, so the third decides
        options = [2 + 2 * key * lean for key, lean in zip(keys, leans, strict=True)]
        result = survey.score(on_axis(axis, options))
        assert result.axes[axis] == 0
        assert result.code[place] == (POSITIVE if last > 0 else NEGATIVE)[axis]
        assert result.percent[axis[0]] == result.percent[axis[1]] == 50
        assert axis in result.close


@FORMS
@pytest.mark.parametrize("option", [0, 4])
def test_giving_one_answer_throughout_ties_on_every_axis(form, option):
    result = survey.score({item.id: option for item in survey.items("ko", form)})
    assert result.axes == dict.fromkeys(AXES, 0.0)
    assert result.close == AXES
    last = {item.axis: item.key * (option - 2) for item in survey.items("ko", form)}
    expected = [(POSITIVE if last[axis] > 0 else NEGATIVE)[axis] for axis in AXES]
    assert result.code == "".join(expected)


@FORMS
def test_all_neutral_reads_istp_and_is_close_everywhere(form):
    result = survey.score({item.id: 2 for item in survey.items("ko", form)})
    assert result.code == "ISTP"
    assert result.second == "ESTP"
    assert result.close == AXES
    assert all(str(value) == "0.0" for value in result.axes.values())


@pytest.mark.parametrize("axis", AXES)
def test_the_second_code_flips_the_axis_nearest_to_zero(axis):
    answers = toward("ENFJ", "quick")
    first_id = next(item.id for item in survey.items("ko") if item.axis == axis)
    answers[first_id] = 2
    result = survey.score(answers)
    assert result.code == "ENFJ"
    assert result.second == "ENFJ".replace(POSITIVE[axis], NEGATIVE[axis])


def test_the_first_axis_flips_where_several_are_equally_near():
    assert survey.score(toward("ENTP", "quick")).second == "INTP"
    answers = toward("ENTP", "quick") | {"TF1": 2, "JP1": 2}
    assert survey.score(answers).second == "ENFP"


@pytest.mark.parametrize(
    ("answers", "form", "close"),
    [
        ({"EI1": 3}, "quick", True),  # 0.125: half a step of four items
        ({"EI1": 4}, "quick", False),  # 0.25
        ({"EI1": 4}, "full", True),  # 0.125: a whole step of eight items
        ({"EI1": 4, "EI4": 3}, "full", False),  # 0.1875
    ],
)
def test_close_ends_at_an_eighth(answers, form, close):
    assert ("EI" in survey.score(answers, form).close) is close


def test_an_unanswered_item_makes_no_step_and_still_counts():
    result = survey.score({"EI1": 4})
    assert result.axes == {"EI": 0.25, "SN": 0.0, "TF": 0.0, "JP": 0.0}
    assert result.steps == (("EI1", "EI", 0.25),)
    assert result.code == "ESTP"
    later = survey.score({"EI1": 4, "SN1": 0})
    assert later.axes["EI"] == 0.25


def test_the_ids_tell_the_form_unless_it_is_given():
    assert survey.score({"EI1": 4}).axes["EI"] == 1 / 4
    assert survey.score({"EI1": 4, "SN5": 2}).axes["EI"] == 1 / 8
    assert survey.score({"EI1": 4}, form="full").axes["EI"] == 1 / 8
    assert survey.score({"EI1": 4}, form="quick") == survey.score({"EI1": 4})


@pytest.mark.parametrize(
    ("answers", "form", "message"),
    [
        ({}, None, "There are 0 answers. Answer at least one item."),
        (
            {"EI9": 4},
            None,
            "Item 'EI9' is unknown. Use the ids that survey.items gives, EI1 to JP8.",
        ),
        ({"EI1": 4, 3: 4}, None, "Item 3 is unknown. Use the ids"),
        ({"EI1": 5}, None, "Option 5 for item EI1 is not allowed. Use a whole number from 0"),
        ({"EI1": 2, "JP8": -1}, None, "Option -1 for item JP8 is not allowed."),
        ({"EI1": True}, None, "Option True for item EI1 is not allowed."),
        ({"EI1": "4"}, None, "Option '4' for item EI1 is not allowed."),
        ({"EI1": 4.0}, None, "Option 4.0 for item EI1 is not allowed."),
        ({"EI1": None}, None, "Option None for item EI1 is not allowed."),
        ({"EI1": 4}, "long", "Form 'long' is unknown. Use one of quick, full."),
        (
            {"SN5": 4},
            "quick",
            "Item 'SN5' is not in the quick form. Leave it out or use form 'full'.",
        ),
        ([4, 2], None, "Answers are [4, 2], but must be a mapping from item ids to option indices"),
    ],
)
def test_an_answer_that_is_not_allowed_is_named(answers, form, message):
    with pytest.raises(InputError) as caught:
        survey.score(answers, form)
    assert str(caught.value).startswith(message)
