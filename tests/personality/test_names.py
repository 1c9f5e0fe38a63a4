import re

import pytest

from mbtiface.errors import InputError
from mbtiface.personality import names
from mbtiface.personality.types import AXES, CODES, LETTERS

OWNED_EN = re.compile(
    "architect|logician|commander|debater|advocate|mediator|protagonist|campaigner|logistician|"
    "defender|executive|consul|virtuoso|adventurer|entrepreneur|entertainer|inspector|protector|"
    "counselor|mastermind|crafter|composer|healer|promoter|performer|champion|inventor|"
    "supervisor|provider|teacher|marshal",
    re.IGNORECASE,
)
OWNED_KO = re.compile(
    "전략가|논리술사|통솔자|변론가|옹호자|중재자|선도자|활동가|현실주의자|수호자|경영자|집정관|"
    "장인|모험가|사업가|연예인|과학자|예언자|발명가|지도자|스파크|소금|권력|잔다르크"
)
LANGS = pytest.mark.parametrize("lang", ["ko", "en"])


@LANGS
def test_every_type_has_a_name_of_its_own(lang):
    found = [names.type_name(code, lang) for code in CODES]
    assert len(set(found)) == 16
    assert all(bool(re.search("[가-힣]", name)) == (lang == "ko") for name in found)
    assert not any(re.search("[!?]|mbti", name.lower()) for name in found)
    assert names.type_name(" entp", lang) == names.type_name("ENTP", lang)


def test_a_korean_name_has_at_most_14_characters():
    assert max(len(names.type_name(code)) for code in CODES) <= 14


def test_no_name_is_one_that_a_tests_owner_uses():
    for code in CODES:
        assert not OWNED_EN.search(names.type_name(code, "en"))
        assert not OWNED_KO.search(names.type_name(code, "ko"))


@LANGS
def test_every_letter_and_axis_is_named(lang):
    assert len({names.letter_name(letter, lang) for letter in LETTERS}) == 8
    assert len({names.letter_word(letter, lang) for letter in LETTERS}) == 8
    assert all(" " not in names.letter_word(letter, lang) for letter in LETTERS)
    assert all(names.letter_name(letter, lang).endswith(f"({letter})") for letter in LETTERS)
    assert len({names.axis_label(axis, lang) for axis in AXES}) == 4


def test_names_as_the_page_shows_them():
    assert names.type_name("ENTP") == "불쑥 새 길을 내는 사람"
    assert names.letter_name("E") == "외향(E)"
    assert names.letter_name("N", "en") == "intuition (N)"


@pytest.mark.parametrize(
    ("axis", "step", "korean", "english"),
    [
        ("EI", 1.0, "외향(E) 쪽으로 한 걸음", "One step toward extraversion (E)"),
        ("EI", -0.5, "내향(I) 쪽으로 반 걸음", "Half a step toward introversion (I)"),
        ("SN", 0.5, "직관(N) 쪽으로 반 걸음", "Half a step toward intuition (N)"),
        ("SN", -1, "감각(S) 쪽으로 한 걸음", "One step toward sensing (S)"),
        ("TF", 1, "감정(F) 쪽으로 한 걸음", "One step toward feeling (F)"),
        ("TF", -1.0, "사고(T) 쪽으로 한 걸음", "One step toward thinking (T)"),
        ("JP", 0.5, "판단(J) 쪽으로 반 걸음", "Half a step toward judging (J)"),
        ("JP", -0.5, "인식(P) 쪽으로 반 걸음", "Half a step toward perceiving (P)"),
        ("JP", 0.0, "이번에는 그대로예요", "No move this time"),
    ],
)
def test_the_line_after_an_answer(axis, step, korean, english):
    assert names.move_line(axis, step, "ko") == korean
    assert names.move_line(axis, step, "en") == english


@pytest.mark.parametrize("step", [0.25, 2, -1.5, True, "1", None, float("nan")])
def test_a_step_that_no_answer_makes_is_named(step):
    with pytest.raises(InputError, match=r"is not allowed\. Use -1, -0\.5, 0, 0\.5 or 1") as caught:
        names.move_line("EI", step, "ko")
    assert f"Step {step!r}" in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: names.type_name("XXXX"), "Type 'XXXX' is unknown"),
        (lambda: names.type_name("ENTP", "fr"), "Language 'fr' is unknown"),
        (lambda: names.letter_name("X"), "Letter 'X' is unknown"),
        (lambda: names.letter_name("E", "fr"), "Language 'fr' is unknown"),
        (lambda: names.letter_word("X"), "Letter 'X' is unknown"),
        (lambda: names.letter_word("E", "fr"), "Language 'fr' is unknown"),
        (lambda: names.axis_label("IE"), "Axis 'IE' is unknown"),
        (lambda: names.axis_label("EI", "fr"), "Language 'fr' is unknown"),
        (lambda: names.move_line("IE", 1), "Axis 'IE' is unknown"),
        (lambda: names.move_line("EI", 1, "fr"), "Language 'fr' is unknown"),
    ],
)
def test_an_unknown_name_is_told(call, message):
    with pytest.raises(InputError, match=message):
        call()
