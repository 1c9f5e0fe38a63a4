"""The markup of the piece that takes a photo, and its texts."""

import re

import pytest

from mbtiface.faces.inversion_request import MAX_PLACE
from mbtiface.services import MEGABYTE, Services
from mbtiface.settings import Settings
from mbtiface.ui import photo
from mbtiface.ui.frame import frame_html
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeStudio


@pytest.fixture
def page() -> Page:
    settings = Settings(max_upload_mb=7)
    return open_page(Services(settings, FakeStudio()), settings)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_consent_and_retention_stand_where_the_photo_is_chosen(page: Page, language: str) -> None:
    html = photo.markup(page, language)
    assert page.text("photo_page_consent", language) in html
    assert 'data-limit="7"' in html


def test_phones_may_use_their_camera_and_send_heic(page: Page) -> None:
    (accepted,) = re.findall(r'type="file" accept="([^"]+)"', photo.markup(page, "ko"))
    assert accepted == "image/*,.heic,.heif"
    assert "capture" not in photo.markup(page, "ko")  # the gallery stays open too


@pytest.mark.parametrize("language", ["ko", "en"])
def test_only_choosing_is_seen_at_first(page: Page, language: str) -> None:
    parts = re.findall(r'data-part="(\w+)"([^>]*)>', photo.markup(page, language))
    assert [name for name, rest in parts if "hidden" not in rest] == ["choose"]
    assert len(parts) == 9


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_button_and_slider_has_a_name(page: Page, language: str) -> None:
    html = photo.markup(page, language)
    buttons = re.findall(r'<button [^>]*data-do="([\w-]+)"[^>]*>(.*?)</button>', html)
    # The action of a problem is named when there is one.
    assert [action for action, label in buttons if not label] == ["action"]
    sliders = re.findall(r'<input type="range" name="(\w+)" aria-label="([^"]+)"', html)
    assert sliders == [
        ("side", page.text("photo_page_size", language)),
        ("angle", page.text("photo_page_angle", language)),
    ]


def test_the_largest_square_is_one_that_the_server_takes() -> None:
    # Sides are in the photo's longer side here and in its width there: of use up to 1 : 5.
    assert 0 < photo.MIN_SIDE < photo.MAX_SIDE <= MAX_PLACE / 5


@pytest.mark.parametrize("language", ["ko", "en"])
def test_markup_and_texts_reach_the_scripts_of_every_tab(page: Page, language: str) -> None:
    html = frame_html("<html><head></head><body></body></html>", page, language)
    assert "photoMarkup" in html
    assert page.text("photo_page_gone", language) in html
    assert html.index("photoMarkup") < html.index("site/scripts/photo.js")
    assert "</section>" not in html.split("</script>")[0].replace("\\u003c", "&lt;")


def test_the_page_counts_megabytes_as_the_server_does(page: Page) -> None:
    html = frame_html("<html><head></head><body></body></html>", page, "en")
    assert f'"megabyte": {MEGABYTE},' in html


def test_a_bundle_without_an_encoder_gets_no_markup(page: Page) -> None:
    page.services.studio.takes_photos = False
    html = frame_html("<html><head></head><body></body></html>", page, "en")
    assert '"photoMarkup": ""' in html
