"""One type seen large, in a real browser: its link, the slider, what the ratings say."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.tab_visit import PHONE, TabVisit, source, tab_visit, wait_for_new_source

pytestmark = pytest.mark.browser
LARGE = "dialog .mf-face img:not(.mf-ghost)"
SLIDER = "#gallery-large-difference"


def wait_for_query(page: Page, **values: str) -> None:
    """Wait until the address bar holds exactly these parameters beside the language."""
    page.wait_for_function(
        """values => {
          const query = [...new URL(location).searchParams].filter(([name]) => name !== 'lang');
          return JSON.stringify(query) === JSON.stringify(Object.entries(values));
        }""",
        arg=values,
    )


def open_link(visit: TabVisit, address: str, query: str) -> Page:
    visit.page.goto(f"{address}?lang=en&{query}")
    return visit.page


def test_a_link_opens_its_type_and_the_address_bar_follows(visit: TabVisit, address: str) -> None:
    page = open_link(visit, address, "type=INFJ&gender=male")
    dialog = page.locator("dialog.mf-large")
    expect(dialog.locator("h2")).to_have_text("INFJ")
    expect(dialog.locator("[name=gallery-gender]:checked")).to_have_value("male")
    visit.wait_for_sharp_face(start="type:INFJ:male")
    wait_for_query(page, type="INFJ", gender="male")
    page.get_by_label("Next type").click()
    wait_for_query(page, type="INFP", gender="male")
    dialog.get_by_text("Women", exact=True).click()
    wait_for_query(page, type="INFP", gender="female")
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    wait_for_query(page)
    expect(page.locator(".mf-grid")).to_be_visible()
    page.locator(".mf-tile[data-code=ESTJ]").click()
    wait_for_query(page, type="ESTJ", gender="female")
    page.keyboard.press("Escape")
    wait_for_query(page)


@pytest.mark.parametrize("query", ["type=ENTX&gender=male", "gender=male", "type=%3Cb%3E"])
def test_a_link_to_nothing_shows_the_page_as_ever(
    visit: TabVisit, address: str, query: str
) -> None:
    page = open_link(visit, address, query)
    expect(page.locator("#mf-survey .mf-talk")).to_be_visible()
    expect(page.locator("dialog.mf-large")).to_be_hidden()


def test_the_link_can_be_copied_and_opens_the_same_type(browser: Browser, address: str) -> None:
    with tab_visit(browser, address, PHONE) as visit:
        page = visit.open("types")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator(".mf-tile[data-code=ISFP]").click()
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        link = page.evaluate("navigator.clipboard.readText()")
        query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        assert query == {"lang": "en", "type": "ISFP", "gender": "female"}
        page.goto(link)
        expect(page.locator("dialog h2")).to_have_text("ISFP")


def test_the_slider_leads_from_everyone_to_the_type_and_beyond(visit: TabVisit) -> None:
    page = visit.open("types")
    page.locator(".mf-tile[data-code=ENTP]").click()
    visit.wait_for_sharp_face(start="type:ENTP:female")
    slider, output = page.locator(SLIDER), page.locator(".mf-between output")
    expect(output).to_have_text("as it is")
    for value, words in (
        ("0.5", "50% of the way to ENTP"),
        ("0", "All women"),
        ("2.5", "2.5 times the difference"),
    ):
        old = source(page, LARGE)
        slider.fill(value)
        expect(output).to_have_text(words)
        expect(slider).to_have_attribute("aria-valuetext", words)
        wait_for_new_source(page, LARGE, old)
        visit.wait_for_sharp_face(start="type:ENTP:female", difference=value)
    frames = [face for face in visit.faces() if face["start"] == "type:ENTP:female"]
    assert {("256", "0.5"), ("256", "0")} <= {
        (face["size"], face.get("difference", "1")) for face in frames
    }
    page.locator(".mf-ticks").get_by_text("ENTP").click()
    expect(slider).to_have_value("1")
    expect(output).to_have_text("as it is")


def test_what_the_ratings_say_stands_beside_the_face(visit: TabVisit) -> None:
    page = visit.open("types")
    expect(page.locator(".mf-pairs")).to_contain_text("34 of 120 pairs for women")
    page.locator(".mf-tile[data-code=ENTP]").click()
    told = ["much more outgoing", "less well-groomed", "a little more smug"]
    expect(page.locator(".mf-rated li")).to_have_text(told)
    expect(page.locator(".mf-chance")).to_contain_text("It differs beyond chance from all women")
    letters = page.locator(".mf-own-letters li")
    expect(letters).to_have_text(["E", "N", "T", "P"])
    expect(letters.locator("img").first).to_have_attribute("src", re.compile("letter:E:female"))
    expect(page.locator(".mf-source")).to_be_hidden()
