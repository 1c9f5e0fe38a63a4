"""The morph tab's markup, and what the shared pieces of markup promise."""

import re

import pytest

from mbtiface.faces.address import FaceAddress
from mbtiface.personality.types import AXES, CODES, NEGATIVE, POSITIVE
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui import controls, morph
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeStudio


@pytest.fixture
def page() -> Page:
    settings = Settings()
    return open_page(Services(settings, FakeStudio()), settings)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_slider_stands_between_its_letters_in_the_middle(page: Page, language: str) -> None:
    html = morph.markup(page, language)
    rows = re.findall(r'<div class="mf-axis" data-axis="(\w+)">(.*?)</div>', html)
    assert [axis for axis, _ in rows] == list(AXES)
    for axis, row in rows:
        assert re.findall(r'data-letter="(\w)"', row) == [NEGATIVE[axis], POSITIVE[axis]]
        assert 'min="-1.5" max="1.5"' in row
        assert 'value="0"' in row
        assert f'aria-label="{page.text(f"morph_axis_{axis}", language)}"' in row


def test_every_start_that_the_page_offers_is_an_address(page: Page) -> None:
    html = morph.markup(page, "en")
    starts = re.findall(r'name="morph-start" value="([^"]+)"', html)
    assert starts == ["average:female", "average:male", "seed", "type", "photo"]
    for start in starts[:2]:
        FaceAddress(start=start)
    assert re.findall(r'<option value="(\w+)">', html) == list(CODES)


def test_a_bundle_without_an_encoder_offers_no_photo(page: Page) -> None:
    page.services.studio.takes_photos = False
    html = morph.markup(page, "en")
    starts = re.findall(r'name="morph-start" value="([^"]+)"', html)
    assert starts == ["average:female", "average:male", "seed", "type"]
    assert "mf-photo-host" not in html


def test_the_first_face_is_the_average_woman(page: Page) -> None:
    assert 'src="face?start=average:female&amp;by=female&amp;size=512' in morph.markup(page, "en")


def test_texts_are_escaped_in_attributes() -> None:
    group = controls.choices("name", '<b>"', [("a", "<i>")], "a")
    assert "<b>" not in group
    assert "<i>" not in group
    assert controls.data_attribute("x", {"a": '"<'}) == (
        'data-x="{&quot;a&quot;:&quot;\\&quot;&lt;&quot;}"'
    )


def test_no_markup_holds_a_brace_that_the_browser_would_read_as_a_parameter(page: Page) -> None:
    key = controls.add_markup(page, "morph", morph.markup)
    for language in ("ko", "en"):
        assert "{letter}" in morph.markup(page, language)
        assert not set("{}") & set(page.messages[language][key])
