"""What a visitor made in the survey moves along to the other tabs; nothing personal does."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visiting import ANSWERS, TEXTS, VIEWS, Visit, open_visit, open_visit_at

pytestmark = pytest.mark.browser
CODE = "ENFP"
"""What `ANSWERS` add up to."""


@pytest.fixture(params=VIEWS)
def finished(request: pytest.FixtureRequest, browser: Browser, address: str) -> Visit:
    """A page with the result of a survey that started from the average man."""
    visit = open_visit(browser, address, request.param, "en")
    visit.start(kind="male")
    for option in ANSWERS:
        visit.answer(option, key=True)
    expect(visit.page.locator(".mf-result h2")).to_have_text(CODE)
    yield visit
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= VIEWS[request.param][0]
    assert not visit.problems
    visit.page.context.close()


def result_button(visit: Visit, key: str) -> None:
    visit.page.locator(".mf-result").get_by_role("button", name=visit.text(key)).click()


def test_the_result_opens_types_at_the_type(finished: Visit) -> None:
    page = finished.page
    result_button(finished, "to_type")
    dialog = page.locator("dialog.mf-large")
    expect(dialog.locator("h2")).to_have_text(CODE)
    expect(dialog.locator("[name=gallery-gender]:checked")).to_have_value("male")
    page.keyboard.press("Escape")
    own = page.locator(".mf-tile[data-own]")
    expect(own).to_have_count(1)
    expect(own).to_have_attribute("data-code", CODE)
    expect(own).to_contain_text(TEXTS["en"]["gallery_own"])
    # A second time the tab is there already.
    page.locator("#tab-survey-button").click()
    result_button(finished, "to_type")
    expect(dialog.locator("h2")).to_be_visible()


def test_the_result_opens_match_with_its_ranking_and_asks_for_nothing(finished: Visit) -> None:
    page = finished.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    result_button(finished, "to_match")
    expect(page.locator("[name=match-code]:checked")).to_have_value(CODE)
    expect(page.locator("[name=match-gender]:checked")).to_have_value("male")
    expect(page.locator(".mf-place")).to_have_count(16)
    expect(page.locator(".mf-ranked-by")).to_contain_text(TEXTS["en"]["match_by_survey"])
    assert not [url for url in asked if "component_server" in url]
    # On a phone the sixteen codes give their room to the answer, until another one is wanted.
    pick = page.get_by_role("button", name=TEXTS["en"]["match_pick"])
    if page.viewport_size == {"width": 390, "height": 844}:
        expect(page.locator(".mf-codes")).to_be_hidden()
        pick.click()
        expect(page.locator("[name=match-code]:checked")).to_be_focused()
    expect(pick).to_be_hidden()
    expect(page.locator(".mf-codes")).to_be_visible()


def test_the_result_opens_morph_with_its_face(finished: Visit) -> None:
    page = finished.page
    axes = page.evaluate("mbtiface.result.axes")
    result_button(finished, "to_morph")
    expect(page.locator("[name=morph-start]:checked")).to_have_value("average:male")
    expect(page.locator("[name=morph-by]:checked")).to_have_value("male")
    for axis, value in axes.items():
        shown = float(page.locator(f".mf-axis input[name={axis}]").input_value())
        assert shown == pytest.approx(value, abs=0.051)
    moved = next(axis for axis, value in axes.items() if value)
    expect(page.locator(".mf-morph .mf-face img").first).to_have_attribute(
        "src", re.compile("^blob")
    )
    faces = page.evaluate(
        "performance.getEntriesByType('resource').map(one => decodeURIComponent(one.name))"
    )
    assert [one for one in faces if "start=average:male" in one and f"{moved}=" in one]


def test_a_tab_opened_by_hand_takes_the_result_up_but_not_over_what_was_begun(
    finished: Visit,
) -> None:
    page = finished.page
    page.locator("#tab-morph-button").click()
    expect(page.locator("[name=morph-start]:checked")).to_have_value("average:male")
    page.locator(".mf-axis input[name=EI]").fill("-1.5")
    page.locator("#tab-survey-button").click()
    page.locator(".mf-result [data-do=again]").click()
    finished.start(kind="female")
    for option in ANSWERS:
        finished.answer(option, key=True)
    page.locator("#tab-morph-button").click()
    expect(page.locator("[name=morph-start]:checked")).to_have_value("average:male")
    expect(page.locator(".mf-axis input[name=EI]")).to_have_value("-1.5")


def test_a_copied_link_restores_the_result_and_holds_nothing_about_a_person(
    browser: Browser, address: str
) -> None:
    visit = open_visit(browser, address, "desktop", "en")
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.start()
    for option in ANSWERS:
        visit.answer(option, key=True)
    page.locator("[data-do=share]").click()
    expect(page.locator("[data-do=share]")).to_have_text(visit.text("shared"))
    link = page.evaluate("navigator.clipboard.readText()")
    # The form, one digit an answer, where the face starts: in the part that no server is sent.
    assert urlsplit(link).fragment == f"result=quick.{ANSWERS}.average:female.female"
    assert urlsplit(link)._replace(fragment="").geturl() == address
    shown = page.locator(".mf-result h2").inner_text()
    page.context.close()
    other = open_visit_at(browser, link)
    expect(other.page.locator(".mf-result h2")).to_have_text(shown)
    other.page.context.close()
