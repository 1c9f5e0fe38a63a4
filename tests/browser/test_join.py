"""One's own face joins the average of the type that the answers made, in a real browser."""

import contextlib
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser import photo_studio
from tests.browser.photo_files import jpeg
from tests.browser.photo_visit import PhotoVisit, photo_visit
from tests.browser.visiting import ANSWERS
from tests.ui.fake_page import served

pytestmark = pytest.mark.browser
STATE = re.compile(r"/join\?v=[^&]+$")
"""Where the page asks whether joining works at the moment."""


@pytest.fixture(scope="module")
def join_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page whose averages nobody else joins."""
    state = str(tmp_path_factory.mktemp("state"))
    settings = {"MBTIFACE_STATE_DIR": state, "MBTIFACE_PROXIES": "private"}
    with served(photo_studio.__name__, **settings) as address:
        yield address


@contextlib.contextmanager
def result(
    browser: Browser, address: str, way: str, visitor: int, by: str = "both"
) -> Iterator[PhotoVisit]:
    """A finished survey that started from a photo; `way`: `ko-phone`."""
    language, view = way.split("-")
    headers = {"x-forwarded-for": f"203.0.113.{visitor}"}
    opening = photo_visit(browser, address, view, language, "survey", extra_http_headers=headers)
    with opening as visit:
        visit.at(f"[name=survey-by][value={by}]").check(force=True)
        visit.give(jpeg())
        visit.at("[data-do=start]").click()
        for index, option in enumerate(ANSWERS):
            visit.page.wait_for_function(
                "at => document.querySelector('#mf-survey').dataset.question === at", arg=str(index)
            )
            visit.at(f".mf-target[data-option='{option}']").click()
        visit.at(".mf-join").wait_for()
        yield visit


@pytest.mark.parametrize(("way", "visitor"), [("ko-phone", 1), ("en-desktop", 2)])
def test_a_face_joins_sees_before_and_after_and_leaves(
    browser: Browser, join_address: str, way: str, visitor: int
) -> None:
    with result(browser, join_address, way, visitor) as visit:
        code = visit.at(".mf-result h2").inner_text()
        section, button = visit.at(".mf-join"), visit.at(".mf-join [data-do=join]")
        # Off by default: closed, nothing ticked, nothing chosen.
        expect(button).to_be_hidden()
        section.locator("summary").click()
        expect(section).to_contain_text(visit.text("join_kept"))
        expect(section.locator("input:checked")).to_have_count(0)
        expect(button).to_be_disabled()
        visit.at("[name=join-gender][value=male]").check(force=True)
        expect(button).to_be_disabled()
        visit.at("[name=join-own]").check()
        button.dblclick()
        done = visit.text("join_done_male", code=code, count=1)
        expect(section.locator(".mf-join-done")).to_have_text(done)
        figures = section.locator("figure")
        expect(figures).to_have_count(3)
        expect(figures.locator("figcaption").first).to_have_text(visit.text("join_before"))
        pictures = [
            figures.nth(at).locator("img").evaluate("one => [one.src, one.naturalWidth]")
            for at in range(3)
        ]
        assert [width for _, width in pictures] == [256] * 3
        assert len({source for source, _ in pictures}) == 3
        before, after = (figures.nth(at).bounding_box() for at in (0, 1))
        assert before is not None
        assert after is not None
        assert before["y"] == after["y"]
        # Nothing that undoes the join is in the page's storage.
        stored = visit.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
        assert "join" not in stored
        section.locator("[data-do=undo]").click()
        expect(section.locator(".mf-join-done")).to_have_text(visit.text("join_undone", code=code))
        expect(figures).to_have_count(0)


def test_a_second_face_of_the_day_is_refused_in_words(browser: Browser, join_address: str) -> None:
    for turn in range(2):
        with result(browser, join_address, "ko-phone", 3, by="female") as visit:
            section = visit.at(".mf-join")
            section.locator("summary").click()
            # Whose averages moved the face is the gender that was chosen already.
            expect(section.locator("[value=female]")).to_be_checked()
            visit.at("[name=join-own]").check()
            section.locator("[data-do=join]").click()
            if turn == 0:
                section.locator("figure").first.wait_for()
                continue
            visit.expected = ("409",)
            code = visit.at(".mf-result h2").inner_text()
            refusal = visit.text("join_error_already_today", code=code)
            expect(section.locator(".mf-join-problem span")).to_have_text(refusal)
            expect(section.locator("[data-do=join]")).to_be_hidden()


def test_what_fails_on_the_way_is_tried_again_with_the_same_id(
    browser: Browser, join_address: str
) -> None:
    with result(browser, join_address, "en-desktop", 4, by="male") as visit:
        ids: list[str] = []
        section, page = visit.at(".mf-join"), visit.page
        page.route(STATE, lambda route: route.fulfill(json={"state": "away"}))
        section.locator("summary").click()
        problem = section.locator(".mf-join-problem")
        expect(problem.locator("span")).to_have_text(visit.text("join_error_away"))
        page.unroute(STATE)
        problem.locator("button").click()
        expect(problem).to_be_hidden()
        visit.at("[name=join-own]").check()
        page.on(
            "request",
            lambda one: (
                ids.append(httpx.URL(one.url).params["join_id"]) if "join_id" in one.url else None
            ),
        )
        # The answer is lost on its way back, after the face was counted.
        page.evaluate(
            """() => { const { fetch } = window; window.fetch = async (...all) => {
              window.fetch = fetch;
              await fetch(...all);
              throw new TypeError('lost') } }"""
        )
        section.locator("[data-do=join]").click()
        expect(problem.locator("span")).to_have_text(visit.text("join_error_offline"))
        problem.locator("button").click()
        expect(section.locator("figure")).to_have_count(3)
        assert len(ids) == 2
        assert len(set(ids)) == 1
        count = section.locator(".mf-join-done").inner_text()
        section.locator("[data-do=undo]").click()
        expect(section.locator("figure")).to_have_count(0)
        assert " 1." in count
