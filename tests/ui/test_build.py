"""The frame around the tabs: title, language links, notice, footer."""

from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.build import footer_html, header_html
from mbtiface.ui.messages import LANGUAGES
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeStudio


def make_page(notice: str = "") -> Page:
    settings = Settings()
    return open_page(Services(settings, FakeStudio(), notice), settings)


def test_every_language_has_its_title_and_a_link_to_the_other() -> None:
    header = header_html(make_page())
    for language in LANGUAGES:
        assert f'<span class="mf-{language}" lang="{language}">' in header
        assert f'href="?lang={language}"' in header
    assert "mf-notice" not in header


def test_a_bundle_that_was_not_asked_for_is_named() -> None:
    header = header_html(make_page("Bundle <b> has no manifest.json."))
    assert header.count("Bundle &lt;b&gt; has no manifest.json.") == len(LANGUAGES)
    assert "<b>" not in header


def test_the_footer_says_what_renders_and_who_is_not_meant() -> None:
    footer = footer_html(make_page())
    assert "fake 0.0.1 · procedural" in footer
    assert "Not affiliated" in footer
