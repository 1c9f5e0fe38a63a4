"""The survey in a real browser: driven to its end, in both languages, on phone and desktop."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from mbtiface.personality import survey
from mbtiface.personality.names import move_line, type_name
from tests.browser.visiting import ANSWERS, TEXTS, VIEWS, Visit, open_visit

pytestmark = pytest.mark.browser


@pytest.fixture(params=["ko-phone", "ko-desktop", "en-phone", "en-desktop"])
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    language, view = request.param.split("-")
    visit = open_visit(browser, address, view, language)
    yield visit
    page = visit.page
    assert page.evaluate("document.documentElement.scrollWidth") <= VIEWS[view][0]
    assert not visit.problems
    page.context.close()


def test_the_survey_is_driven_to_its_end(visit: Visit) -> None:
    page = visit.page
    expect(page).to_have_title(TEXTS[visit.language]["shell_title"])
    visit.start()
    items = survey.items(visit.language, "quick")
    face = visit.face()
    for index, (item, option) in enumerate(zip(items, ANSWERS, strict=True)):
        assert visit.question() == index
        expect(page.locator(".mf-question")).to_have_text(item.text)
        # Everything of a question is seen without scrolling.
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        visit.answer(option, key=index % 3 == 2)
        step = item.step(int(option))
        if index + 1 < len(items):
            expect(page.locator(".mf-line")).to_have_text(
                move_line(item.axis, step, visit.language)
            )
            changed = visit.face()
            assert (changed != face) == (step != 0)
            face = changed
    check_result(visit, survey.score({i.id: int(n) for i, n in zip(items, ANSWERS, strict=True)}))


def check_result(visit: Visit, result: survey.Result) -> None:
    page = visit.page
    shown = page.locator(".mf-result")
    expect(shown.locator("h2")).to_have_text(result.code)
    expect(shown.locator(".mf-type-name")).to_have_text(type_name(result.code, visit.language))
    expect(shown.locator(".mf-honest")).to_have_text(visit.text("honest"))
    expect(shown.locator(".mf-bars > li")).to_have_count(4)
    for letter, percent in result.percent.items():
        side = shown.locator(f".mf-bar-side[data-letter={letter}]")
        expect(side).to_contain_text(f"{percent}%")
    expect(shown.locator(".mf-bars .mf-tag")).to_have_count(len(result.close))
    expect(shown.locator(".mf-matches > li")).to_have_count(3)
    # The face is sharp once its larger picture is the only one.
    expect(shown.locator(".mf-mine .mf-survey-face")).to_have_attribute(
        "data-shown", re.compile("size=(512|1024)")
    )
    mine = shown.locator(".mf-mine img")
    expect(mine).to_have_count(1)
    average = shown.locator(".mf-picture img")
    assert mine.bounding_box()["width"] == pytest.approx(average.bounding_box()["width"], abs=1)
    assert visit.pixels(".mf-mine img") != visit.pixels(".mf-picture img")
    for image in shown.locator("img").all():
        image.scroll_into_view_if_needed()
        page.wait_for_function("one => one.naturalWidth > 0", arg=image.element_handle())
        assert image.get_attribute("alt")
    with page.expect_download() as started:
        shown.locator("a[download]").click()
    card = Image.open(io.BytesIO(started.value.path().read_bytes()))
    assert card.size == (1080, 1350)
    assert started.value.suggested_filename == f"{result.code.lower()}.png"
    shown.locator("[data-do=again]").click()
    expect(page.locator("[data-do=start]")).to_be_visible()
