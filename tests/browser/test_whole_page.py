"""All four tabs in both languages on both screens: no error, nothing asked of other machines."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mbtiface.personality.names import type_name
from tests.browser.visiting import ANSWERS, TEXTS, VIEWS, Visit, open_visit, watch

pytestmark = pytest.mark.browser
CODE = "ENFP"
"""What `ANSWERS` add up to."""


@pytest.fixture(params=["ko-phone", "ko-desktop", "en-phone", "en-desktop"])
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    language, view = request.param.split("-")
    visit = open_visit(browser, address, view, language)
    yield visit
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= VIEWS[view][0]
    assert not visit.problems
    visit.page.context.close()


def test_four_tabs_are_walked_through(visit: Visit) -> None:
    page, said = visit.page, TEXTS[visit.language]
    tabs = page.get_by_role("tab")
    names = ("survey", "gallery", "match", "morph")
    expect(tabs).to_have_text([said[f"shell_tab_{name}"] for name in names])
    visit.start()
    for option in ANSWERS:
        visit.answer(option, key=True)
    expect(page.locator(".mf-result h2")).to_have_text(CODE)
    expect(page.locator(".mf-type-name")).to_have_text(type_name(CODE, visit.language))
    tabs.nth(1).click()
    page.locator(".mf-tile[data-own]").click()
    expect(page.locator("dialog h2")).to_have_text(CODE)
    page.keyboard.press("Escape")
    tabs.nth(2).click()
    expect(page.locator(".mf-podium .mf-place")).to_have_count(3)
    expect(page.locator(".mf-match-face h2")).to_have_text(said["match_face"].format(code=CODE))
    tabs.nth(3).click()
    face = page.locator(".mf-morph .mf-face img").first
    expect(face).to_have_attribute("src", re.compile("^blob:"))
    before = face.get_attribute("src") or ""
    page.locator(".mf-axis input[name=JP]").fill("-1.5")
    expect(face).not_to_have_attribute("src", before)
    page.wait_for_load_state("networkidle")


def test_without_our_scripts_gradios_own_events_carry_survey_and_morph(
    browser: Browser, address: str
) -> None:
    page = browser.new_context(locale="ko-KR").new_page()
    page.route("**/site/scripts/*", lambda route: route.abort())
    problems: list[str] = []
    watch(page, problems)
    page.goto(address)
    plain = page.locator("#survey-plain")
    button = plain.get_by_role("button")
    button.click()
    for _ in range(16):
        before = plain.locator("h2").inner_text()
        plain.get_by_label("그렇다", exact=True).check(force=True)
        button.click()
        expect(plain.locator("h2")).not_to_have_text(before)
    expect(plain.locator("h2")).to_have_text(re.compile("^[EI][SN][TF][JP]$"))
    expect(plain).to_contain_text(TEXTS["ko"]["survey_honest"])
    page.locator("#tab-morph-button").click()
    face = page.locator("#morph-plain img")
    before = face.get_attribute("src") or ""
    page.locator("#morph-plain input[type=range]").first.fill("1.5")
    expect(face).not_to_have_attribute("src", before)
    expect(face).to_have_attribute("src", re.compile("EI=1.5"))
    page.wait_for_function("document.querySelector('#morph-plain img').naturalWidth > 0")
    assert not [one for one in problems if "Failed to load resource" not in one]
    page.context.close()


def test_with_our_scripts_gradios_controls_are_not_there(visit: Visit) -> None:
    expect(visit.page.locator(".mf-plain")).to_have_count(0)
