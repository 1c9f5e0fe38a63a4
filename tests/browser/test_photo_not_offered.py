"""The page of a bundle without an encoder: every start but an own photo."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.tab_visit import PHONE, TabVisit, tab_visit
from tests.ui.fake_page import WITHOUT_PHOTOS, fake_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address_without_photos() -> Iterator[str]:
    with fake_page(WITHOUT_PHOTOS) as served:
        yield served


@pytest.fixture
def visit(browser: Browser, address_without_photos: str) -> Iterator[TabVisit]:
    with tab_visit(browser, address_without_photos, PHONE) as opened:
        yield opened


def values(visit: TabVisit, name: str) -> list[str | None]:
    """The values of a group of radio buttons, once it is there."""
    buttons = visit.page.locator(f"[name={name}]")
    buttons.first.wait_for(state="attached")
    return [button.get_attribute("value") for button in buttons.all()]


def test_no_photo_is_asked_for(visit: TabVisit) -> None:
    page = visit.open("survey")
    assert values(visit, "survey-kind") == ["female", "male", "madeup"]
    page.locator("[name=survey-kind][value=madeup]").check(force=True)
    page.locator("[data-do=start]").click()
    page.locator(".mf-target").first.wait_for()
    visit.open("morph")
    assert values(visit, "morph-start") == [
        "average:female",
        "average:male",
        "seed",
        "type",
        "blend",
    ]
    page.locator("[name=morph-start][value=seed]").check(force=True)
    page.locator("[data-do=another]:visible").wait_for()
    assert not page.locator("input[type=file]").count()
