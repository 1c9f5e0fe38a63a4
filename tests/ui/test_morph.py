"""The morph tab's markup, and what the shared pieces of markup promise."""

import json
import re
from html import unescape

import pytest

from mbtiface.faces.address import FaceAddress
from mbtiface.faces.clips import FORMATS
from mbtiface.personality.types import AXES, CODES, NEGATIVE, POSITIVE
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui import controls, morph
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.walk_clip import checked_letters
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
    assert starts == ["average:female", "average:male", "seed", "type", "blend", "photo"]
    for start in starts[:2]:
        FaceAddress(start=start)
    types = re.search(r'<select name="morph-code">(.*?)</select>', html)
    assert types
    assert re.findall(r'<option value="(\w+)">', types[1]) == list(CODES)


def test_a_bundle_without_an_encoder_offers_no_photo(page: Page) -> None:
    page.services.studio.takes_photos = False
    html = morph.markup(page, "en")
    starts = re.findall(r'name="morph-start" value="([^"]+)"', html)
    assert starts == ["average:female", "average:male", "seed", "type", "blend"]
    assert "mf-photo-host" not in html
    assert 'value="photo"' not in html


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


def test_every_blend_that_the_page_offers_is_an_address(page: Page) -> None:
    html = morph.markup(page, "ko")
    shares = re.findall(r'name="morph-share" value="([^"]+)"', html)
    assert shares == ["coarse", "middle", "fine", "0.5"]
    for half in ("first", "second"):
        select = re.search(rf'<select name="morph-{half}">(.*?)</select>', html)
        assert select
        options = re.findall(r'<option value="([^"]+)"', select[1])
        assert options[:5] == ["average:female", "average:male", "seed", "seed:other", "photo"]
        assert len(options) == 5 + 32
        for share in shares:
            for option in [*options[:2], *options[5:]]:
                FaceAddress(start=f"blend:{share}:{option}|seed:1")


def test_layers_and_factors_are_what_an_address_takes(page: Page) -> None:
    html = morph.markup(page, "en")
    for layers in (names := re.findall(r'name="morph-layers" value="(\w+)"', html)):
        FaceAddress(layers=layers)
    assert names == ["all", "coarse", "middle", "fine"]
    keep = re.search(r'name="morph-keep" value="(\w+)"', html)
    assert keep
    FaceAddress(keep=keep[1])
    factors = re.findall(
        r'name="(strength|truncation)" min="0" max="(\d)" step="0.1" value="1"', html
    )
    assert factors == [("strength", "2"), ("truncation", "1")]


def test_the_meter_knows_the_measure_for_every_choice(page: Page) -> None:
    found = re.search(r'data-forms="([^"]+)"', morph.markup(page, "en"))
    assert found
    forms = json.loads(unescape(found[1]))
    assert set(forms) == {"female", "male", "both"}
    for form in forms.values():
        assert list(form) == ["all", "coarse", "middle", "fine"]
        assert form["all"] == page.services.studio.drift_form("both", "all")


def test_the_walk_in_the_field_is_one(page: Page) -> None:
    html = morph.markup(page, "en")
    letters = re.search(r'name="letters" value="(\w+)" maxlength="32"', html)
    assert letters
    assert checked_letters(letters[1]) == "ENTPENTJISFPIP"
    assert re.findall(r'data-save="(\w+)"', html) == list(FORMATS)
