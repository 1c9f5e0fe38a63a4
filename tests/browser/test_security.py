"""The page works under its own content policy, and what is put into it does not run."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.tab_visit import DESKTOP, PHONE, TabVisit, tab_visit

pytestmark = pytest.mark.browser
TABS = ("survey", "types", "match", "morph")
RUN = "() => [...new Set(window.ran || [])]"


def put_in(page: Page, markup: str) -> None:
    page.evaluate(
        "markup => { const place = document.createElement('div');"
        " place.append(document.createRange().createContextualFragment(markup));"
        " document.body.append(place) }",
        markup,
    )


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("view", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_all_four_tabs_work_under_the_policy(
    browser: Browser, address: str, view: tuple[int, int], language: str
) -> None:
    with tab_visit(browser, address, view) as visit:
        page = visit.page
        answer = page.goto(f"{address}?lang={language}")
        assert answer
        assert "script-src 'self' 'nonce-" in answer.headers["content-security-policy"]
        page.evaluate(
            "window.refused = [];"
            "addEventListener('securitypolicyviolation', e => refused.push(e.blockedURI))"
        )
        for tab in TABS:
            page.locator(f"#tab-{tab}-button").click()
            expect(page.locator(f"#tab-{tab}")).to_be_visible()
        page.locator("#tab-survey-button").click()
        page.locator("[data-do=start]").click()
        page.locator(".mf-target").first.click()
        page.locator("#tab-match-button").click()
        page.locator(".mf-codes label").first.click()
        page.locator("#tab-morph-button").click()
        page.get_by_role("slider").first.press("ArrowRight")
        visit.wait_for_sharp_face()
        assert page.evaluate("window.refused") == []


@pytest.fixture
def lenient(browser: Browser, address: str) -> TabVisit:
    """A visit whose console may say what was refused."""
    with tab_visit(browser, address, DESKTOP) as visit:
        visit.expected = ("Content Security Policy",)
        yield visit


@pytest.mark.parametrize(
    "markup",
    [
        "<script>(window.ran ||= []).push('inline')</script>",
        "<img src=x onerror=\"(window.ran ||= []).push('handler')\">",
        "<script src='https://example.org/x.js' onload=\"window.ran = ['elsewhere']\"></script>",
        "<iframe srcdoc=\"<script>parent.ran = ['frame']</script>\"></iframe>",
        "<a id=put href=\"javascript:window.ran = ['link']\">x</a>",
    ],
)
def test_what_is_put_into_the_page_does_not_run(lenient: TabVisit, markup: str) -> None:
    lenient.expected = (*lenient.expected, "Failed to load resource", "off this machine", "ERR_")
    page = lenient.page
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        put_in(page, markup)
        if "id=put" in markup:
            page.locator("#put").click()
    assert page.evaluate(RUN) == []


def test_nothing_is_fetched_from_elsewhere(lenient: TabVisit) -> None:
    refused = lenient.page.evaluate(
        "fetch('https://example.org/').then(() => 'fetched', error => error.name)"
    )
    assert refused == "TypeError"
    assert not [one for one in lenient.problems if one.startswith("off this machine")]


def test_the_page_may_use_no_camera_and_tells_nobody_where_it_was(lenient: TabVisit) -> None:
    allowed = lenient.page.evaluate(
        "['camera', 'microphone', 'geolocation'].filter("
        "name => document.featurePolicy.allowsFeature(name))"
    )
    assert allowed == []
