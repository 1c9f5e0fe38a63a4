"""The types and match tabs in a real browser, on a phone and on a desktop."""

import re

import pytest
from playwright.sync_api import expect

from mbtiface.personality.matching import ranking
from mbtiface.personality.types import CODES
from tests.browser.tab_visit import (
    TabVisit,
    source,
    wait_for_new_source,
)

pytestmark = pytest.mark.browser


def test_the_grid_keeps_its_order_and_every_face_arrives(visit: TabVisit) -> None:
    page = visit.open("types")
    tiles = page.locator(".mf-grid .mf-tile")
    expect(tiles).to_have_count(16)
    boxes = [tile.bounding_box() for tile in tiles.all()]
    assert all(boxes)
    lefts = sorted({round(box["x"]) for box in boxes if box})
    assert len(lefts) == 4
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    tops = [round(box["y"]) for box in boxes if box]
    assert all(len(set(tops[row * 4 : row * 4 + 4])) == 1 for row in range(4))
    page.locator(".mf-letters").scroll_into_view_if_needed()
    page.wait_for_function(
        "[...document.querySelectorAll('.mf-grid img[data-gender=female]')]"
        ".every(img => img.complete && img.naturalWidth === 256)"
    )
    starts = {face["start"] for face in visit.faces()}
    assert {f"type:{code}:female" for code in CODES} <= starts
    assert not [start for start in starts if start.startswith("type:") and "female" not in start]


def test_men_and_side_by_side(visit: TabVisit) -> None:
    page = visit.open("types")
    tile = page.locator(".mf-tile[data-code=ENTP]")
    page.get_by_text("Men", exact=True).first.click()
    expect(tile.locator("img[data-gender=male]")).to_be_visible()
    expect(tile.locator("img[data-gender=female]")).to_be_hidden()
    page.get_by_text("Side by side").click()
    expect(tile.locator("img:visible")).to_have_count(2)


def test_differences_grow_in_the_grid_and_in_the_large_view(visit: TabVisit) -> None:
    page = visit.open("types")
    first = ".mf-tile[data-code=INTJ] img"
    old = source(page, first)
    page.locator("#gallery-difference").fill("2")
    wait_for_new_source(page, first, old)
    assert "difference=2" in source(page, first)
    page.locator(".mf-tile[data-code=INTJ]").click()
    dialog = page.locator("dialog.mf-large")
    expect(dialog.locator("h2")).to_have_text("INTJ")
    expect(page.locator("#gallery-large-difference")).to_have_value("2")
    large = "dialog .mf-face img:not(.mf-ghost)"
    page.wait_for_function(
        "document.querySelector('dialog .mf-face img:not(.mf-ghost)').src.startsWith('blob:')"
    )
    old = source(page, large)
    page.locator("#gallery-large-difference").fill("3")
    wait_for_new_source(page, large, old)
    page.wait_for_function(
        "document.querySelector('dialog .mf-face img:not(.mf-ghost)').naturalWidth >= 512"
    )
    assert {"start": "type:INTJ:female", "difference": "3"}.items() <= visit.faces()[-1].items()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_large_face_is_where_morphing_starts(visit: TabVisit) -> None:
    page = visit.open("types")
    page.locator(".mf-tile[data-code=ISFP]").click()
    page.get_by_label("Next type").click()
    expect(page.locator("dialog h2")).to_have_text("ESTP")
    page.get_by_role("button", name="Morph from this face").click()
    expect(page.locator("select[name=morph-code]")).to_have_value("ESTP")
    expect(page.locator(".mf-morph .mf-face img:not(.mf-ghost)")).to_have_attribute(
        "alt", re.compile("Type average ESTP")
    )
    page.wait_for_function(
        "document.querySelector('.mf-morph .mf-face img:not(.mf-ghost)').src.startsWith('blob:')"
    )
    assert "type:ESTP:female" in {face["start"] for face in visit.faces()}


def test_the_match_tab_asks_first_and_then_ranks_all_sixteen(visit: TabVisit) -> None:
    page = visit.open("match")
    expect(page.get_by_text("No type chosen yet.")).to_be_visible()
    page.locator(".mf-codes").get_by_text("INFP").click()
    order = [match.code for match in ranking("INFP", lang="en")]
    expect(page.locator(".mf-place .mf-code")).to_have_text(order)
    expect(page.locator(".mf-podium .mf-place")).to_have_count(3)
    expect(page.locator(".mf-podium .mf-reason").first).to_have_text(
        ranking("INFP", lang="en")[0].reason
    )
    page.locator(".mf-match").get_by_text("Men", exact=True).click()
    expect(page.locator(".mf-podium img").first).to_have_attribute(
        "src", re.compile(f"type:{order[0]}:male")
    )


def test_the_surveys_result_chooses_the_type(visit: TabVisit) -> None:
    page = visit.open("types")
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('mbtiface:result',"
        " {detail: {code: 'ESTJ', gender: 'male'}}))"
    )
    visit.open("match")
    expect(page.locator("[name=match-code]:checked")).to_have_value("ESTJ")
    expect(page.locator("[name=match-gender]:checked")).to_have_value("male")
    expect(page.locator(".mf-podium .mf-place")).to_have_count(3)


def test_the_face_of_a_match_comes_first_with_its_parts(visit: TabVisit) -> None:
    page = visit.open("match")
    page.locator(".mf-codes").get_by_text("ENTP").click()
    expect(page.locator(".mf-match-face h2")).to_have_text("The face that goes with ENTP")
    expect(page.locator(".mf-parts .mf-code")).to_have_text(["INTJ", "INFJ", "INTP"])
    expect(page.locator(".mf-parts .mf-percent")).to_have_text(["54%", "33%", "13%"])
    visit.wait_for_sharp_face(start="match:ENTP:female")
    face = page.locator(".mf-match-face img:not(.mf-ghost)")
    expect(face).to_have_attribute("alt", re.compile("INTJ 54%, INFJ 33%, INTP 13%"))
    box, podium = face.bounding_box(), page.locator(".mf-podium img").first.bounding_box()
    assert box
    assert podium
    assert box["width"] >= podium["width"]
    assert box["y"] < podium["y"]
    page.locator(".mf-match").get_by_text("Men", exact=True).click()
    visit.wait_for_sharp_face(start="match:ENTP:male")
    expect(page.locator(".mf-ranked-by")).to_be_hidden()


def test_a_surveys_axis_values_rank_the_matches(visit: TabVisit) -> None:
    axes = {"EI": 0.0, "SN": 0.75, "TF": -0.25, "JP": -1.0}
    page = visit.open("match")
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('mbtiface:result', { detail }))",
        {"code": "INTP", "gender": "female", "axes": axes},
    )
    places = page.locator(".mf-place .mf-code")
    expect(places).to_have_text([match.code for match in ranking(axes, "en", "INTP")])
    expect(page.locator(".mf-parts .mf-code")).to_have_text(["ENTJ", "INTJ"])
    visit.wait_for_sharp_face(start="match:0,0.75,-0.25,-1:female")
    page.get_by_role("button", name="Use the code alone").click()
    expect(places).to_have_text([match.code for match in ranking("INTP", "en")])
    visit.wait_for_sharp_face(start="match:INTP:female")
    if page.locator(".mf-codes").is_hidden():  # on a phone, behind the survey's code
        page.get_by_role("button", name="Another type").click()
    page.locator(".mf-codes").get_by_text("ESFJ").click()
    expect(page.locator(".mf-ranked-by")).to_be_hidden()
    page.locator(".mf-codes").get_by_text("INTP").click()
    page.get_by_role("button", name="Use my survey result").click()
    expect(page.locator(".mf-parts .mf-code")).to_have_text(["ENTJ", "INTJ"])


def test_faces_missing_from_the_grid_are_told_in_one_line_and_tried_again(visit: TabVisit) -> None:
    visit.expected = ("Failed to load resource",)
    page = visit.page
    page.route("**/face?*type:ISTP*", lambda route: route.fulfill(status=503, body="{}"))
    visit.open("types")
    tile = page.locator(".mf-tile[data-code=ISTP] img[data-gender=female]")
    tile.scroll_into_view_if_needed()
    line = page.locator(".mf-gallery .mf-problem-line")
    expect(line).to_be_visible()
    expect(line).to_contain_text("Some faces could not be drawn.")
    page.unroute_all()
    line.get_by_role("button", name="Try again").click()
    expect(line).to_be_hidden()
    expect(tile).to_be_visible()
    assert tile.evaluate("img => img.naturalWidth") == 256


def test_the_tabs_speak_korean(visit: TabVisit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}?lang=ko")
    visit.open("types")
    expect(page.get_by_text("나란히", exact=True)).to_be_visible()
    visit.open("match")
    page.locator(".mf-codes").get_by_text("INFP").click()
    expect(page.locator(".mf-podium .mf-reason").first).to_have_text(ranking("INFP")[0].reason)
    visit.open("morph")
    expect(page.get_by_role("slider").first).to_have_attribute("aria-label", "내향(I)에서 외향(E)")
