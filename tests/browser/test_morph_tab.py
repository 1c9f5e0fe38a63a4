"""The morph tab in a real browser, on a phone and on a desktop."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.tab_visit import (
    TabVisit,
    source,
    wait_for_new_source,
)

AT_THUMB = 44
STEPS = ("-1.5", "-0.8", "0.8", "1.5")
"""Values of the row of steps under the sliders."""
pytestmark = pytest.mark.browser


def test_each_slider_changes_the_face_and_a_double_click_centres_it(visit: TabVisit) -> None:
    page = visit.open("morph")
    face = ".mf-morph .mf-face img:not(.mf-ghost)"
    for axis in ("EI", "SN", "TF", "JP"):
        slider = page.locator(f".mf-axis input[name={axis}]")
        box = slider.bounding_box()
        assert box
        assert box["height"] >= AT_THUMB
        old = source(page, face)
        slider.focus()
        page.keyboard.press("End")
        wait_for_new_source(page, face, old)
        assert slider.get_attribute("aria-valuetext") == (
            f"1.5 toward {'ENFJ'[('EI', 'SN', 'TF', 'JP').index(axis)]}"
        )
    visit.wait_for_sharp_face(EI="1.5", SN="1.5", TF="1.5", JP="1.5")
    page.locator(".mf-axis input[name=SN]").dblclick()
    expect(page.locator(".mf-axis input[name=SN]")).to_have_value("0")
    page.get_by_role("button", name="Back to the start").click()
    expect(page.locator(".mf-axis input[name=EI]")).to_have_value("0")


def test_a_drag_plays_a_filmstrip_and_ends_on_the_right_sharp_face(visit: TabVisit) -> None:
    page = visit.open("morph")
    film = page.locator(".mf-morph .mf-film")
    slider = page.locator(".mf-axis input[name=EI]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(box["x"] + box["width"] * (0.5 + step / 40), middle)
    value = slider.input_value()
    expect(film).to_have_attribute("data-value", value)
    page.mouse.up()
    assert float(value) > 0.5
    visit.wait_for_sharp_face(EI=value)
    expect(film).to_be_hidden()
    # Nothing but the strip while it moved: the small pictures of steps lie in the row below it.
    own = [face for face in visit.faces() if face.get("EI") not in (None, *STEPS)]
    assert {face["EI"] for face in own} == {value}
    assert "256" not in {face["size"] for face in own}


def test_where_no_strip_comes_single_pictures_do(visit: TabVisit) -> None:
    visit.expected = ("/strip", "503")
    visit.page.route("**/strip?*", lambda route: route.fulfill(status=503))
    page = visit.open("morph")
    slider = page.locator(".mf-axis input[name=EI]")
    with page.expect_response(lambda answer: "axis=EI" in answer.url and answer.status == 503):
        slider.focus()
    page.evaluate("() => new Promise(requestAnimationFrame)")  # the script has seen it too
    page.keyboard.press("ArrowRight")
    visit.wait_for_sharp_face(EI="0.1")
    assert "256" in {face["size"] for face in visit.faces() if face.get("EI") == "0.1"}
    expect(page.locator(".mf-morph .mf-film")).to_have_count(0)


def test_a_strip_that_ends_early_still_moves_the_face(visit: TabVisit) -> None:
    """Of the frames that came, the nearest is shown until the sharp face is there."""

    def cut(route: Route) -> None:
        whole = route.fetch()
        body, end = whole.body(), 0
        for _ in range(3):
            end += 5 + int.from_bytes(body[end + 1 : end + 5], "big")
        route.fulfill(response=whole, body=body[:end])

    visit.page.route("**/strip?*", cut)
    page = visit.open("morph")
    film = page.locator(".mf-morph .mf-film")
    page.locator(".mf-axis input[name=SN]").focus()
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(({ name }) => name.includes('axis=SN'))"
    )
    page.keyboard.press("End")
    expect(film).to_have_attribute("data-value", "1.5")
    visit.wait_for_sharp_face(SN="1.5")
    expect(film).to_be_hidden()


def test_the_strip_shows_five_steps_and_sets_the_slider(visit: TabVisit) -> None:
    page = visit.open("morph")
    page.locator(".mf-axis input[name=TF]").fill("0.5")
    frames = page.locator(".mf-strip button")
    expect(frames).to_have_count(5)
    expect(frames.locator("span")).to_have_text(["T 1.5", "T 0.8", "0", "F 0.8", "F 1.5"])
    page.wait_for_function(
        "[...document.querySelectorAll('.mf-strip img')].every(img => img.naturalWidth === 256)"
    )
    frames.nth(0).click()
    expect(page.locator(".mf-axis input[name=TF]")).to_have_value("-1.5")
    expect(frames.nth(0)).to_have_attribute("aria-pressed", "true")


def test_a_made_up_face_is_moved_by_both_and_can_be_drawn_anew(visit: TabVisit) -> None:
    page = visit.open("morph")
    page.locator("[name=morph-start][value=seed]").check(force=True)
    expect(page.locator("[name=morph-by]:checked")).to_have_value("both")
    face = ".mf-morph .mf-face img:not(.mf-ghost)"
    page.wait_for_function(f"document.querySelector('{face}').src.startsWith('blob:')")
    old = source(page, face)
    page.locator("[data-for=seed] [data-do=another]").click()
    wait_for_new_source(page, face, old)
    seeds = {one["start"] for one in visit.faces() if one["start"].startswith("seed:")}
    assert len(seeds) == 2


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(503, "Many faces are being drawn"), (500, "could not be drawn"), (0, "cannot be reached")],
    ids=["busy", "error", "offline"],
)
def test_a_face_that_does_not_come_is_told_in_a_sentence_with_one_action(
    visit: TabVisit, status: int, sentence: str
) -> None:
    visit.expected = ("Failed to load resource", "net::ERR_FAILED")
    page = visit.open("morph")
    face = ".mf-morph .mf-face img:not(.mf-ghost)"
    page.wait_for_function(f"document.querySelector('{face}').complete")
    old = source(page, face)

    def refuse(route: Route) -> None:
        if status:
            route.fulfill(status=status, body="{}")
        else:
            route.abort()

    page.route("**/face?*EI=*", refuse)
    page.locator(".mf-axis input[name=EI]").fill("1")
    problem = page.locator(".mf-morph .mf-problem")
    expect(problem).to_contain_text(sentence)
    assert source(page, face) == old
    page.unroute("**/face?*EI=*", refuse)
    problem.get_by_role("button", name="Try again").click()
    expect(problem).to_be_hidden()
    wait_for_new_source(page, face, old)


def test_a_step_that_does_not_come_shows_no_other_steps_face(visit: TabVisit) -> None:
    visit.expected = ("Failed to load resource",)
    page = visit.open("morph")
    page.locator(".mf-axis input[name=SN]").fill("1")
    last = page.locator(".mf-strip img").last
    expect(last).to_be_visible()
    page.route("**/face?*EI=1.5&*size=256*", lambda route: route.fulfill(status=503, body="{}"))
    page.locator(".mf-axis input[name=EI]").fill("0.5")
    expect(last).to_be_hidden()
    expect(page.locator(".mf-strip img").nth(3)).to_be_visible()
