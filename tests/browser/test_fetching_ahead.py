"""Where the server refuses what is fetched ahead, as others wait: nobody notices but by waiting."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.tab_visit import TabVisit
from tests.browser.visiting import Visit

pytestmark = pytest.mark.browser


class Crowd:
    """Refuses what is fetched ahead until it is told to go."""

    def __init__(self, visit: Visit | TabVisit, pattern: str) -> None:
        self.waits = True
        self.refused: list[str] = []
        visit.page.route(pattern, self._answer)

    def _answer(self, route: Route) -> None:
        if self.waits and "x-ahead" in route.request.headers:
            self.refused.append(route.request.url)
            route.fulfill(status=204)
        else:
            route.continue_()


def test_an_answer_shows_its_face_though_none_was_fetched_ahead(korean_phone: Visit) -> None:
    crowd = Crowd(korean_phone, "**/face?*")
    korean_phone.start()
    korean_phone.page.wait_for_timeout(100)
    for option in "43":
        before = korean_phone.shown()
        korean_phone.answer(option)
        korean_phone.page.wait_for_function(
            "old => document.querySelector('#mf-survey > .mf-survey-face').dataset.shown !== old",
            arg=before,
        )
    assert crowd.refused
    expect(korean_phone.page.locator("#mf-survey > .mf-survey-face .mf-trouble")).to_be_hidden()


def test_faces_are_fetched_ahead_once_nobody_waits_any_more(korean_phone: Visit) -> None:
    page = korean_phone.page
    crowd = Crowd(korean_phone, "**/face?*")
    korean_phone.start()
    while not crowd.refused:
        page.wait_for_timeout(50)
    crowd.waits = False
    page.wait_for_function(
        "() => new Set(performance.getEntriesByType('resource')"
        ".filter(one => /face\\?.*EI=.*size=256/.test(one.name) && one.responseStatus === 200)"
        ".map(one => one.name)).size >= 4"
    )


def test_a_touch_fetches_the_strip_that_was_refused_ahead(visit: TabVisit) -> None:
    crowd = Crowd(visit, "**/strip?*")
    page = visit.open("morph")
    slider = page.locator(".mf-axis input[name=EI]")
    slider.scroll_into_view_if_needed()
    while not crowd.refused:
        page.wait_for_timeout(50)
    slider.focus()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(({ name, responseStatus }) =>"
        " name.includes('/strip?') && name.includes('axis=EI') && responseStatus === 200)"
    )
    page.keyboard.press("End")
    expect(page.locator(".mf-morph .mf-film")).to_have_attribute("data-value", "1.5")
    visit.wait_for_sharp_face(EI="1.5")
