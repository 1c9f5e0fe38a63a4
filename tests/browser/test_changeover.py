"""A visitor in the middle of a survey while another model takes over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.visiting import open_visit
from tests.ui.changing_page import NAME
from tests.ui.fake_page import served

pytestmark = pytest.mark.browser
COMING = ".mf-coming:visible"


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    return tmp_path / "take-over"


@pytest.fixture
def changing(sign: Path) -> Iterator[str]:
    with served("tests.ui.changing_page", TAKE_OVER_WHEN=str(sign)) as address:
        yield address


def versions(urls: list[str]) -> set[str]:
    """The models that pictures were asked of, by the key in their addresses."""
    return {url.split("v=")[-1] for url in urls if "/face?" in url}


@pytest.mark.parametrize(("what", "told"), [("other", "is ready"), ("same", "is shown now")])
def test_a_survey_goes_on_while_a_model_takes_over(
    browser: Browser, changing: str, sign: Path, what: str, told: str
) -> None:
    visit = open_visit(browser, changing, "desktop", "en")
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.locator(COMING, has_text=f"The model {NAME} is loading (42%).").wait_for()
    visit.start()
    for option in "4031":
        visit.answer(option)
    sign.write_text(what)
    visit.page.locator(COMING, has_text=f"The model {NAME} {told}").wait_for()
    for option in "420413204314":
        visit.answer(option)
    visit.page.locator(".mf-result").wait_for()
    assert versions(asked) == {"1"}
    assert "embedded 1" in visit.page.locator("#mf-footer").inner_text()
    assert not visit.problems
    visit.page.reload()
    visit.page.locator("#mf-footer", has_text="other 2").wait_for()
    assert visit.page.evaluate("window.mbtiface.version") == "2"
    assert visit.page.locator(COMING).count() == 0
    visit.page.context.close()


def test_a_model_that_cannot_be_had_is_told_and_the_page_goes_on(
    browser: Browser, changing: str, sign: Path
) -> None:
    visit = open_visit(browser, changing, "phone", "ko")
    visit.page.locator(COMING, has_text=f"{NAME} 모델을 받고 있어요(42%).").wait_for()
    sign.write_text("failing")
    visit.page.locator(COMING, has_text="요청한 모델을 열지 못해서").wait_for()
    visit.start()
    visit.answer("4")
    assert not visit.problems
    visit.page.context.close()
    # Who comes now: on a phone that is asked a question nothing else is on the screen.
    visit = open_visit(browser, changing, "phone", "ko")
    notice = visit.page.locator(".mf-notice:visible")
    notice.locator("summary").click()
    notice.locator("[lang=en]", has_text="owner/name cannot be fetched").wait_for()
    visit.page.context.close()
