import itertools
import re

import pytest

from mbtiface.errors import InputError
from mbtiface.personality import matching, survey
from mbtiface.personality.types import AXES, CODES, sign_of

LANGS = pytest.mark.parametrize("lang", ["ko", "en"])
PAIRS = list(itertools.product(CODES, CODES))


def values_of(code, size=1.0):
    return {axis: size * sign_of(letter) for axis, letter in zip(AXES, code, strict=True)}


def test_a_score_is_the_sum_of_the_rules_that_fired():
    points = {rule.axis: (rule.share, rule.differ) for rule in matching.rules()}
    for a, b in PAIRS:
        pairs = zip(AXES, a, b, strict=True)
        expected = sum(points[axis][0 if x == y else 1] for axis, x, y in pairs)
        assert matching.score(a, b) == expected


def test_a_score_is_the_same_both_ways():
    assert all(matching.score(a, b) == matching.score(b, a) for a, b in PAIRS)
    leaning = {"EI": 0.3, "SN": -0.7, "TF": 0.0, "JP": 1.0}
    other = {"EI": -0.1, "SN": 0.2, "TF": 0.9, "JP": -0.4}
    assert matching.score(leaning, other) == matching.score(other, leaning)


@LANGS
def test_the_rules_follow_the_custom(lang):
    table = {rule.axis: rule for rule in matching.rules(lang)}
    assert set(table) == set(AXES)
    assert table["SN"].share > table["SN"].differ
    assert table["EI"].differ > table["EI"].share
    assert table["JP"].differ > table["JP"].share
    assert sum(max(rule.share, rule.differ) for rule in table.values()) == 100
    assert all(bool(re.search("[가-힣]", rule.reason)) == (lang == "ko") for rule in table.values())


@pytest.mark.parametrize("code", CODES)
@LANGS
def test_a_ranking_holds_all_sixteen_best_first(code, lang):
    matches = matching.ranking(code, lang)
    assert {match.code for match in matches} == set(CODES)
    assert len(matches) == 16
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 16  # four two-way rules whose points no other sum repeats
    assert scores[0] == 100
    assert all(match.score == matching.score(code, match.code) for match in matches)
    assert len({match.reason for match in matches}) == 16


def test_the_best_match_of_a_type():
    assert [match.code for match in matching.ranking("ENTP")[:3]] == ["INTJ", "INFJ", "INTP"]
    assert matching.ranking(" entp") == matching.ranking("ENTP", "ko")


def test_axis_values_at_full_clearness_are_the_code():
    for code in CODES:
        assert matching.ranking(values_of(code)) == matching.ranking(code)


def test_values_beyond_one_count_as_one():
    assert matching.ranking(values_of("INFP", 3.5)) == matching.ranking("INFP")


def test_a_clearer_axis_weighs_more():
    # S and N by a hair, E by far: E or I of the other now matters more than S or N
    faint = {"EI": 1.0, "SN": 0.05, "TF": -0.5, "JP": -0.5}
    assert matching.score(faint, "ISTJ") > matching.score(faint, "ENTJ")
    assert matching.score("ENTP", "ISTJ") < matching.score("ENTP", "ENTJ")
    assert matching.ranking(faint)[0].code == "INTJ"


def test_half_a_value_is_halfway_to_the_middle():
    middle = sum((rule.share + rule.differ) / 2 for rule in matching.rules())
    assert matching.score(dict.fromkeys(AXES, 0), "ENTP") == middle
    half = matching.score(values_of("ENTP", 0.5), "INTJ")
    assert half == (middle + 100) / 2


def test_a_shown_score_is_rounded_to_the_nearest_point():
    # only TF leans: 12 is its middle, 0.9 of half its gap is 2.7; the other middles add up to 55
    shown = {m.code: m.score for m in matching.ranking({"EI": 0, "SN": 0, "TF": 0.9, "JP": 0})}
    assert matching.score({"EI": 0, "SN": 0, "TF": 0.9, "JP": 0}, "ENFP") == pytest.approx(69.7)
    assert (shown["ENFP"], shown["ENTP"]) == (70, 64)


def test_equal_scores_stand_in_the_order_of_the_codes():
    everyone = matching.ranking(dict.fromkeys(AXES, 0.0))
    assert tuple(match.code for match in everyone) == CODES
    only_sn = matching.ranking({"EI": 0.0, "SN": 1.0, "TF": 0.0, "JP": 0.0})
    order = [code for code in CODES if "N" in code] + [code for code in CODES if "S" in code]
    assert [match.code for match in only_sn] == order


def test_reasons_take_the_survey_code_where_an_axis_is_tied():
    answers = {item.id: 4 for item in survey.items("ko")}
    result = survey.score(answers)
    assert set(result.axes.values()) == {0.0}
    assert result.code != "ISTP"
    named = matching.ranking(result.axes, code=result.code)
    plain = matching.ranking(result.axes)
    assert [m.reason for m in named] == [matching.reason(result.code, m.code) for m in named]
    assert [m.reason for m in plain] == [matching.reason("ISTP", m.code) for m in plain]
    assert [(m.code, m.score) for m in named] == [(m.code, m.score) for m in plain]


@LANGS
def test_a_reason_is_the_same_both_ways_and_complete(lang):
    for a, b in PAIRS:
        text = matching.reason(a, b, lang)
        assert text == matching.reason(b, a, lang)
        assert "{" not in text
        assert bool(re.search("[가-힣]", text)) == (lang == "ko")
        assert not re.search("[!?]|mbti", text.lower())
        assert len(text) <= (60 if lang == "ko" else 105), text


@LANGS
def test_a_reason_names_only_codes_of_the_pair_and_only_for_a_letter_they_do_not_share(lang):
    for a, b in PAIRS:
        named = set(re.findall(r"[EI][SN][TF][JP]", matching.reason(a, b, lang)))
        assert named <= {a, b}
        assert a != b or not named


def test_the_named_code_holds_the_letter_that_is_meant():
    assert matching.reason("ENTP", "INFJ") == (
        "같은 상상을 ENTP는 따지고 INFJ는 느껴요. ENTP가 불러내고 INFJ가 마무리해요."
    )
    assert matching.reason("ISTP", "ENFJ") == (
        "ISTP는 사실을 짚고 ENFJ는 마음을 그려 봐요. ENFJ가 판을 깔면 ISTP가 느긋이 즐겨요."
    )
    assert matching.reason("INTP", "ISFJ", "en") == (
        "ISFJ minds the mood, INTP the far-off logic. ISFJ lays out a quiet day, INTP loosens it."
    )


def test_korean_particles_follow_a_vowel():
    for a, b in PAIRS:
        for particle in re.findall(r"[EI][SN][TF][JP](\S)", matching.reason(a, b)):
            assert particle in "는가도"  # 제이 and 피 end in a vowel


def test_the_note_says_that_it_is_for_fun():
    assert "재미" in matching.note("ko")
    assert "fun" in matching.note("en")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: matching.ranking("ABCD"), "Type 'ABCD' is unknown. Use four letters"),
        (lambda: matching.ranking(7), "Type 7 is unknown."),
        (lambda: matching.ranking("ENTP", "fr"), "Language 'fr' is unknown. Use one of ko, en."),
        (lambda: matching.rules("fr"), "Language 'fr' is unknown."),
        (lambda: matching.reason("ENTP", "INTJ", "fr"), "Language 'fr' is unknown."),
        (lambda: matching.reason("ENTP", "X"), "Type 'X' is unknown."),
        (lambda: matching.score("X", "ENTP"), "Type 'X' is unknown."),
        (lambda: matching.ranking({"EI": 1.0}), "Axis values are given for ['EI']. Give one for"),
        (
            lambda: matching.ranking(values_of("ENTP") | {"XY": 0}),
            "Axis values are given for ['EI', 'SN', 'TF', 'JP', 'XY']. Give one for",
        ),
        (
            lambda: matching.ranking(values_of("ENTP") | {"SN": float("nan")}),
            "The value nan of axis SN is not allowed. Use a number, -1 to 1.",
        ),
        (
            lambda: matching.ranking(values_of("ENTP") | {"TF": float("inf")}),
            "The value inf of axis TF is not allowed.",
        ),
        (
            lambda: matching.ranking(values_of("ENTP") | {"JP": "1"}),
            "The value '1' of axis JP is not allowed.",
        ),
        (
            lambda: matching.ranking(values_of("ENTP") | {"EI": True}),
            "The value True of axis EI is not allowed.",
        ),
        (
            lambda: matching.ranking(values_of("ENTP", 0.5), code="INTP"),
            "Code 'INTP' contradicts the value 0.5 of axis EI, which leads to E. Leave the code",
        ),
        (lambda: matching.ranking("ENTP", code="X"), "Type 'X' is unknown."),
    ],
)
def test_what_is_not_allowed_is_named(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value).startswith(message)
