"""Which face of a photo, and which square of it: chosen, dragged, pinched, set by keys."""

import pytest
from playwright.sync_api import expect

from tests.browser.photo_files import GROUP, NOBODY, jpeg
from tests.browser.photo_visit import Opened, PhotoVisit

pytestmark = pytest.mark.browser


def test_of_several_faces_the_largest_is_chosen_and_another_can_be(photo: PhotoVisit) -> None:
    photo.give(GROUP)
    faces = photo.part("faces").locator("button")
    expect(faces).to_have_count(3)
    areas = [box["width"] * box["height"] for one in faces.all() if (box := one.bounding_box())]
    assert areas == sorted(areas, reverse=True)
    expect(faces.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(faces.nth(2)).to_have_accessible_name(photo.text("face", number=3))
    old = photo.token()
    faces.nth(2).click()
    expect(faces.nth(2)).to_have_attribute("aria-pressed", "true")
    assert photo.query()["face"] == "2"
    assert photo.token() != old
    photo.wait_for_face(photo.state()["result"]["start"])
    # "Closer" is about the face chosen.
    photo.button("closer").click()
    expect(photo.part("note")).to_have_text(photo.text("closer_done"))
    assert photo.query() == {"face": "2", "refine": "25", "lang": photo.language}


def test_where_no_face_is_found_the_square_is_set_by_hand(photo: PhotoVisit) -> None:
    photo.choose(NOBODY)
    problem = photo.part("problem")
    expect(problem).to_contain_text(photo.text("photo_error_no_face"))
    expect(photo.button("action")).to_have_text(photo.text("by_hand"))
    photo.button("action").press("Enter")
    expect(photo.at(".mf-crop-stage")).to_be_focused()
    photo.check_targets()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp", "+"):
        photo.page.keyboard.press(key)
    photo.at("[name=angle]").fill("12")
    photo.part("crop").get_by_role("button", name=photo.text("apply")).click()
    photo.ready()
    x, y, side, angle = photo.crop()
    first = 0.6 * 480 / 640
    assert (x, y) == (
        pytest.approx(0.5 + 0.04 * first, abs=1e-4),
        pytest.approx(0.5 - 0.1 * first * 640 / 480, abs=1e-4),
    )
    assert (side, angle) == (pytest.approx(1.04 * first, abs=1e-4), 12)


def test_the_crop_is_dragged_resized_and_turned(opened: Opened) -> None:
    with opened("en-desktop-morph") as photo:
        photo.give(jpeg())
        page, before = photo.page, photo.state()["result"]["crop"]
        photo.button("adjust").click()
        stage = photo.at(".mf-crop-stage")
        stage.scroll_into_view_if_needed()
        square = photo.at(".mf-crop-stage .mf-crop-line").bounding_box()
        width = photo.at(".mf-crop-stage image").bounding_box()["width"]
        middle = (square["x"] + square["width"] / 2, square["y"] + square["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + width / 10, middle[1], steps=4)
        page.mouse.up()
        handle = photo.at(".mf-crop-stage [data-corner='2']").bounding_box()
        corner = (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
        page.mouse.move(*corner)
        page.mouse.down()
        page.mouse.move(corner[0] + width / 20, corner[1] + width / 20, steps=4)
        page.mouse.up()
        photo.at("[name=angle]").fill("-30")
        photo.part("crop").get_by_role("button", name=photo.text("apply")).click()
        photo.ready()
        x, y, side, angle = photo.crop()
        # The corner across stayed, so the middle moved by half of what the side grew.
        assert x == pytest.approx(before[0] + 0.125, abs=0.01)
        assert y == pytest.approx(before[1] + 0.025 * 600 / 400, abs=0.01)
        assert side == pytest.approx(before[2] + 0.05, abs=0.01)
        assert angle == -30
        photo.button("adjust").click()
        stage.hover()
        page.mouse.wheel(0, -300)
        page.wait_for_function("document.querySelector('.mf-morph [name=side]').value < 0.4")
        photo.button("crop-cancel").click()
        assert photo.crop()[2] == side


def test_two_fingers_stretch_and_turn_the_square(opened: Opened) -> None:
    with opened("ko-phone-morph") as photo:
        photo.give(jpeg())
        x, y, side, _ = photo.state()["result"]["crop"]
        photo.button("adjust").click()
        photo.at(".mf-crop-stage").evaluate(
            """stage => {
              const square = stage.querySelector('.mf-crop-line').getBoundingClientRect();
              const centre = [square.x + square.width / 2, square.y + square.height / 2];
              stage.setPointerCapture = () => {};
              const touch = (kind, pointerId, right, down) => stage.dispatchEvent(
                new PointerEvent(kind, { pointerId, pointerType: 'touch', bubbles: true,
                  clientX: centre[0] + right, clientY: centre[1] + down }));
              touch('pointerdown', 1, -40, 0);
              touch('pointerdown', 2, 40, 0);
              touch('pointermove', 1, 0, 60);
              touch('pointermove', 2, 0, -60);
              touch('pointerup', 1, 0, 60);
              touch('pointerup', 2, 0, -60) }"""
        )
        photo.part("crop").get_by_role("button", name=photo.text("apply")).click()
        photo.ready()
        assert photo.crop() == pytest.approx([x, y, 1.5 * side, 90], abs=0.01)
