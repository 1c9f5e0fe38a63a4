"""One page over the made-up studio for all browser tests, and a browser for each file."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import photo_studio
from tests.browser.photo_visit import Opened, PhotoVisit, photo_visit
from tests.browser.tab_visit import DESKTOP, PHONE, TabVisit, tab_visit
from tests.browser.visiting import Visit, open_visit
from tests.ui.fake_page import fake_page


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The page's address."""
    with fake_page() as served:
        yield served


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def korean_phone(browser: Browser, address: str) -> Iterator[Visit]:
    """The page on a phone, in Korean; it must not complain."""
    visit = open_visit(browser, address, "phone", "ko")
    yield visit
    assert not visit.problems
    visit.page.context.close()


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[TabVisit]:
    """The page's tabs on a phone and on a desktop."""
    with tab_visit(browser, address, request.param) as opened:
        yield opened


@pytest.fixture(scope="session")
def photo_address() -> Iterator[str]:
    """The address of a page whose studio finds several faces in a wide photo."""
    with photo_studio.photo_page() as served:
        yield served


@pytest.fixture
def opened(browser: Browser, photo_address: str) -> Opened:
    """Opens that page in a language, on a device and in a tab: `ko-phone-survey`."""

    def opened(way: str, **more: Any) -> contextlib.AbstractContextManager[PhotoVisit]:
        language, view, tab = way.split("-")
        return photo_visit(browser, photo_address, view, language, tab, **more)

    return opened


@pytest.fixture(
    params=["ko-phone-survey", "en-desktop-survey", "en-phone-morph", "ko-desktop-morph"]
)
def photo(request: pytest.FixtureRequest, opened: Opened) -> Iterator[PhotoVisit]:
    """The panel for one's own photo, in both tabs."""
    with opened(request.param) as visit:
        yield visit
