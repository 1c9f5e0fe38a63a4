"""The frame around the tabs: title, language links, notice, footer."""

import pytest

from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.texts import languages, read_texts
from mbtiface.ui.build import footer_html, header_html
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeStudio


def make_page(notice: str = "") -> Page:
    settings = Settings()
    return open_page(Services(settings, FakeStudio(), notice), settings)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_its_title_and_a_link_to_each_other(language: str) -> None:
    page = make_page()
    header = header_html(page, language)
    assert page.text("shell_title", language) in header
    assert f'href="?lang={language}"' not in header
    for other in set(languages()) - {language}:
        assert f'href="?lang={other}" hreflang="{other}"' in header
        assert read_texts(other)["name"] in header
    assert "mf-notice" not in header


def test_why_another_bundle_is_shown_is_told_apart_from_the_sentence_to_visitors() -> None:
    page = make_page("Bundle <b> has no manifest.json.")
    header = header_html(page, "ko")
    assert page.text("shell_notice", "ko") in header
    assert '<p lang="en">Bundle &lt;b&gt; has no manifest.json.</p></details>' in header
    assert "<b>" not in header


def test_the_footer_says_what_renders_and_who_is_not_meant() -> None:
    footer = footer_html(make_page(), "en")
    assert "fake 0.0.1 · procedural" in footer
    assert "Not affiliated" in footer
