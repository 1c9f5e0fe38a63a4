"""The survey and the morph tab without our scripts: what Gradio's events are answered with."""

import re
from html import unescape

import pytest

from mbtiface.personality import survey
from mbtiface.personality.names import type_name
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.texts import languages
from mbtiface.ui.outcome import Answers
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.plain import morphed, survey_step
from tests.fakes import FakeStudio

MIXED = "4031420413204314"


@pytest.fixture
def page() -> Page:
    return open_page(Services(Settings(), FakeStudio()), Settings())


@pytest.mark.parametrize("language", languages())
def test_the_survey_is_walked_to_its_result(page: Page, language: str) -> None:
    items = survey.items(language, "quick")
    answers, html, radio, _ = survey_step(page, "", None, language)
    for item, option in zip(items, MIXED, strict=True):
        assert item.text in unescape(html)
        assert [label for label, _ in radio["choices"]] == list(item.options)
        answers, html, radio, button = survey_step(page, answers, option, language)
    result = Answers("quick", MIXED)
    assert f"<h2>{result.code()}</h2>" in html
    assert type_name(result.code(), language) in html
    assert page.text("survey_honest", language) in html
    assert f"type:{result.code()}:female" in unescape(html)
    assert (radio["visible"], button["value"]) == (False, page.text("survey_again", language))
    begun, html, _, _ = survey_step(page, answers, "4", language)
    assert begun == "."
    assert items[0].text in unescape(html)


def test_without_an_answer_the_question_stays(page: Page) -> None:
    answers, first, _, _ = survey_step(page, "", None, "en")
    assert survey_step(page, answers, None, "en")[1] == first
    assert survey_step(page, answers, "9", "en")[1] == first


@pytest.mark.parametrize("answers", ["x", ".7", ".\u0664", "." + "4" * 17, "<b>"])
def test_answers_that_were_never_given_out_begin_anew(page: Page, answers: str) -> None:
    begun, html, _, _ = survey_step(page, answers, "4", "en")
    assert begun == "."
    assert survey.items("en", "quick")[0].text in unescape(html)


def test_a_morphed_face_is_that_of_its_sliders(page: Page) -> None:
    html = unescape(morphed(page, "male", (1.0, 0.0, -0.5, 0.0), "en"))
    (url,) = re.findall(r'src="([^"]+)"', html)
    assert "start=average:male&by=male&EI=1&TF=-0.5" in url
    assert 'alt="Generated face, moved by EI 1, TF -0.5"' in html
    assert "average:female" in morphed(page, "nobody", (0.0,) * 4, "en")
