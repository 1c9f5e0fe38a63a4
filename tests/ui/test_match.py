"""The match tab's markup and the rankings that its script shows."""

import json
import re
from html import unescape

import pytest

from mbtiface.errors import InputError
from mbtiface.personality.matching import note, ranking
from mbtiface.personality.types import AXES, CODES
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui import match
from mbtiface.ui.page import open_page
from tests.fakes import FakeStudio


@pytest.mark.parametrize("language", ["ko", "en"])
def test_rankings_are_those_of_the_table(language: str) -> None:
    packed = match.rankings(language)
    reasons, order = packed["reasons"], packed["order"]
    assert isinstance(reasons, list)
    assert isinstance(order, dict)
    for code in CODES:
        told = [(other, reasons[index]) for other, index in order[code]]
        assert told == [(one.code, one.reason) for one in ranking(code, lang=language)]


def test_the_parts_of_a_face_are_whole_percents_that_add_up() -> None:
    packed = match.rankings("en")["parts"]
    assert isinstance(packed, dict)
    assert packed["ENTP"] == [("INTJ", 54), ("INFJ", 33), ("INTP", 13)]
    assert all(sum(percent for _, percent in packed[code]) == 100 for code in CODES)
    in_the_middle = match.parts(dict.fromkeys(AXES, 0.0))
    assert sum(percent for _, percent in in_the_middle) == 100
    assert {percent for _, percent in in_the_middle} == {6, 7}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_surveys_axis_values_are_ranked_and_not_only_its_code(language: str) -> None:
    axes = {"EI": 0.0, "SN": 1.0, "TF": -0.25, "JP": -1.0}
    found = match.ranked({"axes": axes, "code": "ENTP", "lang": language})
    told = [[one.code, one.reason] for one in ranking(axes, language, "ENTP")]
    assert found["order"] == told != [[one.code, one.reason] for one in ranking("ENTP", language)]
    assert [code for code, _ in match.parts(axes)] == ["ENTJ", "INTJ"]
    assert found["parts"] == match.parts(axes)
    assert found["start"] == {
        "female": "match:0,1,-0.25,-1:female",
        "male": "match:0,1,-0.25,-1:male",
    }


@pytest.mark.parametrize("asked", [{}, {"axes": {"EI": 1}}, {"axes": "ENTP"}, {"axes": 3}])
def test_values_that_cannot_be_ranked_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Give one for each of EI"):
        match.ranked(asked)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_holds_sixteen_choices_the_empty_state_and_the_note(language: str) -> None:
    settings = Settings()
    page = open_page(Services(settings, FakeStudio()), settings)
    html = match.markup(page, language)
    assert sorted(re.findall(r'name="match-code" value="(\w+)"', html)) == sorted(CODES)
    assert "checked" not in html.split('name="match-gender"')[0]
    assert page.text("match_empty", language) in html
    assert note(language) in html
    found = re.search(r'data-rankings="([^"]*)"', html)
    assert found
    assert json.loads(unescape(found.group(1))) == json.loads(json.dumps(match.rankings(language)))
