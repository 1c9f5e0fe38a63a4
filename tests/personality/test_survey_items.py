"""What the items are: balance, order, keys, and wording that fits the page."""

import dataclasses
import re

import pytest

from mbtiface.errors import InputError
from mbtiface.personality import survey
from mbtiface.personality.types import AXES

SIZES = {"quick": 16, "full": 32}
FORMS = pytest.mark.parametrize("form", survey.FORMS)
LANGS = pytest.mark.parametrize("lang", ["ko", "en"])


@FORMS
def test_axes_take_turns(form):
    entries = survey.items("ko", form)
    assert [item.axis for item in entries] == list(AXES) * (SIZES[form] // 4)


@FORMS
@pytest.mark.parametrize("axis", AXES)
def test_half_of_an_axis_is_keyed_each_way(form, axis):
    keys = [item.key for item in survey.items("ko", form) if item.axis == axis]
    assert sorted(keys) == [-1] * (SIZES[form] // 8) + [1] * (SIZES[form] // 8)


@FORMS
def test_no_three_items_in_a_row_are_keyed_alike(form):
    keys = [item.key for item in survey.items("ko", form)]
    assert all(len(set(keys[i : i + 3])) == 2 for i in range(len(keys) - 2))


@LANGS
def test_the_quick_form_opens_the_full_one(lang):
    assert survey.items(lang) == survey.items(lang, "quick") == survey.items(lang, "full")[:16]


def test_both_languages_have_the_same_items_in_their_own_words():
    korean, english = survey.items("ko", "full"), survey.items("en", "full")
    for ko, en in zip(korean, english, strict=True):
        assert (ko.id, ko.axis, ko.key) == (en.id, en.axis, en.key)
        assert re.search("[가-힣]", ko.text)
        assert not re.search("[가-힣]", en.text + "".join(en.options))


@LANGS
def test_ids_and_texts_are_unique_and_an_id_starts_with_its_axis(lang):
    entries = survey.items(lang, "full")
    assert len({item.id for item in entries}) == len({item.text for item in entries}) == 32
    assert all(re.fullmatch(rf"{item.axis}[1-8]", item.id) for item in entries)


@pytest.mark.parametrize(
    ("lang", "ends"), [("ko", ("그렇지 않다", "그렇다")), ("en", ("Disagree", "Agree"))]
)
def test_five_options_run_from_disagree_to_agree(lang, ends):
    for item in survey.items(lang, "full"):
        assert len(set(item.options)) == 5
        assert (item.options[0], item.options[4]) == ends


@LANGS
def test_texts_hold_no_forbidden_word_or_mark(lang):
    for text in [survey.tie_rule(lang), *(item.text for item in survey.items(lang, "full"))]:
        assert "mbti" not in text.lower()
        assert not re.search(r"[!?！？]", text)
        assert text == text.strip()
        assert "  " not in text


def test_korean_is_spoken_and_says_nothing_twice_negated():
    for item in survey.items("ko", "full"):
        assert item.text.endswith("요.")
        assert not re.search(r"지 않|지 못|(^| )(안|못) |없", item.text), item.text


def test_english_is_one_plain_sentence():
    for item in survey.items("en", "full"):
        assert item.text[0].isupper()
        assert not re.search(r"\b(not|never|no|don’t|can’t|doesn’t)\b", item.text), item.text
        assert "'" not in item.text


def width_in_em(text: str) -> float:
    # generous: Pretendard's Hangul is 0.87 em wide, its Latin letters about 0.55 on average
    return sum(0.3 if c == " " else 0.95 if ord(c) >= 0x1100 else 0.62 for c in text)


@LANGS
def test_a_text_fits_three_lines_of_a_phone_without_breaking_a_word(lang):
    line_em = (390 - 2 * 24) / 22
    for item in survey.items(lang, "full"):
        lines = [""]
        for word in item.text.split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if width_in_em(longer) <= line_em:
                lines[-1] = longer
            else:
                lines.append(word)
        assert len(lines) <= 3, item.text
        assert all(width_in_em(line) <= line_em for line in lines)


@pytest.mark.parametrize("index", range(5))
def test_the_key_decides_what_an_option_is_worth(index):
    for item in survey.items("en", "full"):
        worth = item.step(index)
        assert worth == item.key * (index - 2) / 2
        assert str(worth) != "-0.0"


@pytest.mark.parametrize("option", [-1, 5, 2.0, True, False, "4", None])
def test_an_option_that_is_not_allowed_is_named(option):
    with pytest.raises(InputError, match=r"for item EI1 is not allowed\. .* 0 .* to 4") as caught:
        survey.items("ko")[0].step(option)
    assert repr(option) in str(caught.value)


def test_an_item_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        survey.items("ko")[0].text = "다른 말"


def test_an_unknown_language_or_form_is_named():
    with pytest.raises(InputError, match=r"Language 'fr' is unknown\. Use one of ko, en"):
        survey.items("fr")
    with pytest.raises(InputError, match=r"Form 'long' is unknown\. Use one of quick, full"):
        survey.items("ko", "long")
    with pytest.raises(InputError, match="Form None is unknown"):
        survey.items("ko", None)


def test_the_tie_rule_is_told_in_both_languages():
    assert "마지막" in survey.tie_rule("ko")
    assert "last answer" in survey.tie_rule("en")
    with pytest.raises(InputError, match="Language 'fr'"):
        survey.tie_rule("fr")
