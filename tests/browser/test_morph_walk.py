"""The morph tab's finer control, its meter, a blend, and a walk that is saved."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.tab_visit import TabVisit

pytestmark = pytest.mark.browser


def test_layers_and_the_person_are_part_of_the_face_and_the_meter_says_how_far(
    visit: TabVisit,
) -> None:
    page = visit.open("morph")
    words = page.locator(".mf-drift p")
    expect(words).to_have_text("Still the same person")
    page.locator(".mf-axis input[name=EI]").fill("1.5")
    expect(words).to_have_text("Drifting")
    page.locator(".mf-axis input[name=TF]").fill("1.5")
    expect(words).to_have_text("Another person")
    page.get_by_role("switch", name="Keep the person").check()
    expect(words).to_contain_text("Held here")
    expect(page.get_by_role("meter")).to_have_attribute("aria-valuenow", "1.00")
    visit.wait_for_sharp_face(EI="1.5", TF="1.5", keep="person")
    page.locator(".mf-fold summary").last.click()
    page.locator("[name=morph-layers][value=fine]").check(force=True)
    expect(words).to_have_text("Still the same person")
    visit.wait_for_sharp_face(layers="fine", keep="person")


def test_a_blend_takes_its_halves_from_two_starts(visit: TabVisit) -> None:
    page = visit.open("morph")
    page.locator("[name=morph-start][value=blend]").check(force=True)
    page.locator("[name=morph-first]").select_option("type:INFP:female")
    page.locator("[name=morph-second]").select_option("average:male")
    expect(page.locator("[name=morph-second] option[value=photo]")).to_be_disabled()
    page.locator("[name=morph-share][value=coarse]").check(force=True)
    visit.wait_for_sharp_face(start="blend:coarse:type:INFP:female|average:male", by="both")
    alt = page.locator(".mf-morph .mf-face img").first.get_attribute("alt") or ""
    assert "INFP blended with Average man" in alt


def test_a_walk_shows_each_letters_face_and_is_saved(visit: TabVisit, tmp_path: Path) -> None:
    page = visit.open("morph")
    page.locator(".mf-axis input[name=JP]").fill("0.5")
    page.locator(".mf-walk summary").click()
    labels = page.locator(".mf-walk-frames span")
    expect(labels).to_have_text(["Start", *"ENTPENTJISFPIP"])
    field = page.locator("[name=letters]")
    field.fill("enq")
    expect(page.locator(".mf-walk form button")).to_be_disabled()
    expect(page.locator(".mf-walk .mf-note").first).to_have_text(
        "Only E I S N T F J P can be used."
    )
    field.fill("enj")
    field.press("Enter")
    expect(labels).to_have_text(["Start", "E", "N", "J"])
    page.wait_for_function(
        "[...document.querySelectorAll('.mf-walk-frames img')].every(img => img.naturalWidth)"
    )
    with page.expect_download() as saving:
        page.locator("[data-save=gif]").click()
    assert saving.value.suggested_filename == "enj.gif"
    saving.value.save_as(tmp_path / "walk.gif")
    image = Image.open(io.BytesIO((tmp_path / "walk.gif").read_bytes()))
    assert image.n_frames == 4
    expect(page.locator(".mf-walk-save [role=status]")).to_have_text("Saved.")
    page.locator(".mf-walk-frames button").nth(1).click()
    expect(page.locator(".mf-axis input[name=EI]")).to_have_value("0.3")
    expect(page.locator(".mf-axis input[name=JP]")).to_have_value("0.5")
