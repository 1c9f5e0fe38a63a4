"""The match tab's markup and the rankings that its script shows."""

import json
import re
from html import unescape

import pytest

from mbtiface.personality.matching import MATCH_NOTE, ranking
from mbtiface.personality.types import CODES
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


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_holds_sixteen_choices_the_empty_state_and_the_note(language: str) -> None:
    settings = Settings()
    page = open_page(Services(settings, FakeStudio()), settings)
    html = match.markup(page, language)
    assert sorted(re.findall(r'name="match-code" value="(\w+)"', html)) == sorted(CODES)
    assert "checked" not in html.split('name="match-gender"')[0]
    assert page.text("match_empty", language) in html
    assert MATCH_NOTE[language] in html
    found = re.search(r'data-rankings="([^"]*)"', html)
    assert found
    assert json.loads(unescape(found.group(1))) == json.loads(json.dumps(match.rankings(language)))
