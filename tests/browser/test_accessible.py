"""Accessibility: axe-core on every screen, keys that reach everything, motion that can be off."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.browser.visiting import ANSWERS, TEXTS, Visit, open_visit
from tests.fetch_axe import axe_script

pytestmark = pytest.mark.browser
WAYS = [
    ("phone", "ko", "light"),
    ("desktop", "ko", "dark"),
    ("desktop", "en", "light"),
    ("phone", "en", "dark"),
]
SERIOUS = ("serious", "critical")
RUN = """async () => {
  for (const animation of document.getAnimations()) animation.finish();
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(
    ({ target, failureSummary: why }) => ({ id, impact, target: target.join(" "), why })));
}"""


@pytest.fixture(params=WAYS, ids=["-".join(way) for way in WAYS])
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    """The page in both languages, on both screens and in both themes."""
    view, language, scheme = request.param
    visit = open_visit(
        browser, address, view, language, color_scheme=scheme, reduced_motion="reduce"
    )
    visit.page.evaluate(axe_script())
    yield visit
    assert not visit.problems
    visit.page.context.close()


def check(page: Page, screen: str) -> None:
    found: list[dict[str, Any]] = page.evaluate(RUN)
    serious = [one for one in found if one["impact"] in SERIOUS]
    assert not serious, f"{screen}: {serious}"


def test_no_screen_has_a_serious_violation(visit: Visit) -> None:
    page = visit.page
    check(page, "start")
    page.locator("[name=survey-kind][value=photo]").check(force=True)
    check(page, "own photo")
    visit.start()
    visit.answer("4", key=True)
    check(page, "question")
    for option in ANSWERS[1:]:
        visit.answer(option, key=True)
    expect(page.locator(".mf-mine img")).to_have_count(1)
    check(page, "result")
    page.locator("#tab-types-button").click()
    page.locator("button.mf-tile").first.wait_for()
    check(page, "types")
    page.locator("button.mf-tile").first.click()
    page.locator("dialog.mf-large").wait_for()
    check(page, "one type")
    page.keyboard.press("Escape")
    page.locator("#tab-match-button").click()
    page.locator(".mf-place").first.wait_for()
    check(page, "match")
    page.locator("#tab-morph-button").click()
    page.locator(".mf-axis input").first.fill("1")
    for fold in page.locator(".mf-fold summary").all():
        fold.click()
    check(page, "morph")
    page.locator("[name=morph-start][value=blend]").evaluate("radio => radio.click()")
    check(page, "morph from a blend")


def test_how_it_was_made_has_no_serious_violation(visit: Visit) -> None:
    page = visit.page
    link = page.locator("#mf-footer a")
    link.scroll_into_view_if_needed()
    link.click()
    expect(page.locator("h1")).to_have_text(TEXTS[visit.language]["made_title"])
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
        page.wait_for_function("one => one.naturalWidth > 0", arg=image.element_handle())
    page.evaluate(axe_script())
    check(page, "how it was made")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("header a").first.click()
    expect(page.locator("#tab-survey-button")).to_have_text(
        TEXTS[visit.language]["shell_tab_survey"]
    )


REACHABLE = "button, a[href], input, select, summary, [tabindex='0']"
LEFT = """([panel, reachable]) => [...document.querySelector(panel).querySelectorAll(reachable)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetParent)
  .filter((one) => !one.disabled && one.tabIndex >= 0)
  // Of a group of radio buttons the keyboard reaches one, and arrows the others.
  .filter((one) => one.type !== "radio" || !document.querySelector(
    `[name="${one.name}"][data-reached]`))
  .filter((one) => !("reached" in one.dataset)).map((one) => one.outerHTML.slice(0, 120))"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body || "reached" in one.dataset) return null;
  one.dataset.reached = "";
  const shown = one.type === "radio" ? one.nextElementSibling : one;
  const { x, y, width, height } = shown.getBoundingClientRect();
  return [Math.max(0, x - 6), Math.max(0, y - 6), width + 12, height + 12];
}"""


@pytest.mark.parametrize("tab", ["survey", "types", "match", "morph"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, address: str, tab: str
) -> None:
    visit = open_visit(browser, address, "desktop", "en", reduced_motion="reduce")
    page = visit.page
    page.locator(f"#tab-{tab}-button").click()
    page.locator(f"#tab-{tab} button:visible").first.wait_for()
    if tab == "match":
        page.locator("[name=match-code]").first.check(force=True)
        page.locator(".mf-place").first.wait_for()
    for fold in page.locator(f"#tab-{tab} summary").all():
        fold.click()
    page.evaluate("scrollTo(0, 0); document.querySelector('h1').tabIndex = -1")
    page.locator("h1").focus()
    unseen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        if (box := page.evaluate(FOCUSED)) is None:
            break
        if not focus_is_seen(page, box):
            unseen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
    assert not page.evaluate(LEFT, [f"#tab-{tab}", REACHABLE])
    assert not unseen
    page.context.close()


def focus_is_seen(page: Page, box: list[float]) -> bool:
    """Whether the place looks otherwise than without the focus."""
    x, y, width, height = box
    clip = FloatRect(x=x, y=y, width=width, height=height)
    focused = page.screenshot(clip=clip, animations="disabled")
    # The ring is taken away, the place in the order of the keyboard is kept.
    style = page.add_style_tag(
        content="* { outline: none !important; } "
        "*::-webkit-slider-thumb { outline: none !important; }"
    )
    plain = page.screenshot(clip=clip, animations="disabled")
    style.evaluate("tag => tag.remove()")
    return focused != plain


def test_without_motion_a_face_changes_at_once(browser: Browser, address: str) -> None:
    visit = open_visit(browser, address, "phone", "ko", reduced_motion="reduce")
    page = visit.page
    page.evaluate(
        """() => {
          const { animate } = Element.prototype;
          Element.prototype.animate = function (frames, options) {
            window.animated ||= options.duration > 0;
            return animate.call(this, frames, options);
          };
        }"""
    )
    page.locator("[name=survey-kind][value=male]").check(force=True)
    visit.wait_until_shown("average:male")
    assert page.locator(".mf-survey-face .mf-pictures img").count() == 1
    page.locator("#tab-morph-button").click()
    page.locator(".mf-axis input").first.fill("1")
    page.wait_for_function(
        "document.querySelector('.mf-morph .mf-face img').src.startsWith('blob')"
    )
    assert not page.evaluate("window.animated")
    assert not visit.problems
    page.context.close()
