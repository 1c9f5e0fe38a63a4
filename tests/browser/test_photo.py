"""One's own photo in a real browser: in both tabs, on phone and desktop, in both languages."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.browser.photo_files import GROUP, jpeg
from tests.browser.photo_visit import Opened, PhotoVisit, is_kept
from tests.browser.visiting import ANSWERS

pytestmark = pytest.mark.browser


def test_photo_crop_and_face_stand_side_by_side(photo: PhotoVisit) -> None:
    expect(photo.at(".mf-photo-consent")).to_have_text(photo.text("consent"))
    photo.check_targets()
    photo.give(jpeg())
    assert photo.query() == {"face": "0", "refine": "0", "lang": photo.language}
    figures = photo.part("three").locator("figure")
    boxes = [box for one in figures.locator("> div").all() if (box := one.bounding_box())]
    assert len({(round(box["width"]), round(box["height"]), round(box["y"])) for box in boxes}) == 1
    assert len(boxes) == 3
    assert boxes[0]["width"] == pytest.approx(boxes[0]["height"], abs=1)
    names = ["original", "aligned", "reconstruction"]
    expect(figures.locator("figcaption")).to_have_text([photo.text(name) for name in names])
    photo.wait_for_face(photo.state()["result"]["start"])
    photo.check_targets()


def test_a_survey_moves_the_face_of_the_photo(opened: Opened, photo_address: str) -> None:
    with opened("ko-phone-survey", permissions=["clipboard-read", "clipboard-write"]) as photo:
        page = photo.page
        expect(photo.at("[data-do=start]")).to_be_disabled()
        photo.at("[name=survey-by][value=female]").check(force=True)
        photo.give(jpeg())
        photo.at("[data-do=start]").click()
        for index, option in enumerate(ANSWERS):
            page.wait_for_function(
                "at => document.querySelector('#mf-survey').dataset.question === at", arg=str(index)
            )
            photo.at(f".mf-target[data-option='{option}']").click()
        expect(photo.at(".mf-result h2")).to_be_visible()
        face = photo.at(".mf-mine .mf-survey-face")
        start = photo.state()["result"]["start"]
        page.wait_for_function(
            "([one, start]) => one.dataset.shown?.includes(start)",
            arg=[face.element_handle(), f"start={start}&by=female&EI="],
        )
        # One type average beside it: the one that its person asked for.
        expect(photo.at(".mf-pair .mf-picture")).to_have_count(1)
        with page.expect_download() as card:
            photo.at("a[download]").click()
        assert card.value.path().read_bytes()[:4] == b"\x89PNG"
        # What is shared or stays in the browser names nobody.
        photo.at("[data-do=share]").click()
        expect(photo.at("[data-do=share]")).to_have_text(photo.text("survey_shared"))
        link = page.evaluate("navigator.clipboard.readText()")
        assert link.endswith(f"#result=quick.{ANSWERS}.average:female.female")
        stored = page.evaluate("JSON.stringify([localStorage, sessionStorage, location.href])")
        assert photo.token() not in stored
        # Deleted, the answers move the average instead.
        token = photo.token()
        photo.at("[data-do=delete]").last.click()
        page.wait_for_function(
            "document.querySelector('.mf-mine .mf-survey-face').dataset.shown"
            "?.includes('start=average:female')"
        )
        expect(photo.at(".mf-own")).to_have_count(0)
        assert not is_kept(photo_address, token)
        # What was under way for the deleted face may be refused.
        photo.expected = ("400 (Bad Request)",)


def test_a_photo_is_dropped_into_the_morph_tab_and_its_face_moves(opened: Opened) -> None:
    with opened("en-desktop-morph") as photo:
        photo.at(".mf-photo").evaluate(
            """async (panel, bytes) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.jpg'));
              for (const kind of ['dragover', 'drop'])
                panel.dispatchEvent(new DragEvent(kind,
                  { bubbles: true, cancelable: true, dataTransfer: transfer })) }""",
            list(jpeg()),
        )
        photo.ready()
        start = photo.state()["result"]["start"]
        photo.wait_for_face(start, "by=both")
        photo.at("[name=morph-by][value=male]").check(force=True)
        photo.at(".mf-axis input[name=EI]").fill("1")
        photo.wait_for_face(start, "by=male", "EI=1&")
        # The survey has the same photo.
        photo.page.locator("#tab-survey-button").click()
        photo.page.locator("[name=survey-kind][value=photo]").check(force=True)
        expect(photo.page.locator("#mf-survey [data-do=start]")).to_be_enabled()


def test_closer_shows_its_progress_and_can_be_cancelled(photo: PhotoVisit) -> None:
    page = photo.page
    photo.give(jpeg())
    before = photo.state()["result"]
    page.evaluate(
        """() => { window.steps = []; document.addEventListener('mbtiface:photo-state', () => {
          const { work } = mbtiface.photo.state;
          if (work?.progress) window.steps.push(work.progress) }) }"""
    )
    photo.button("closer").click()
    expect(photo.part("work")).to_contain_text(photo.text("bringing_closer"))
    page.wait_for_function("window.steps.length >= 3")
    bar = photo.at("[role=progressbar]:visible")
    expect(bar).to_have_attribute("aria-valuemax", "25")
    with page.expect_event("requestfailed", lambda one: one == photo.sent[-1]):
        photo.button("cancel").click()
    photo.ready()
    assert photo.state()["result"] == before
    reached = page.evaluate("window.steps.splice(0).length")
    assert reached < 25
    photo.button("closer").click()
    expect(photo.part("note")).to_have_text(photo.text("closer_done"))
    steps = page.evaluate("window.steps")
    assert steps == [[done, 25] for done in range(1, 26)]
    assert photo.token() != before["photo"]
    photo.wait_for_face(photo.state()["result"]["start"])
    # The same steps again would change nothing.
    expect(photo.button("closer")).to_have_count(0)


def test_a_deleted_photo_is_gone_from_server_and_page(
    photo: PhotoVisit, photo_address: str
) -> None:
    photo.give(jpeg())
    token = photo.token()
    photo.wait_for_face(f"photo:{token}")
    assert is_kept(photo_address, token)
    photo.expected = ("400 (Bad Request)",)
    photo.button("delete").press("Enter")
    expect(photo.part("note")).to_have_text(photo.text("deleted"))
    assert not is_kept(photo_address, token)
    expect(photo.button("choose")).to_be_focused()
    left = "[src^='data:image'], [href^='data:image']"
    expect(photo.page.locator(f":is({left})")).to_have_count(0)
    assert photo.state() == {"result": None, "faces": [], "request": {}}
    photo.page.wait_for_function(
        "token => ![...document.querySelectorAll('[data-shown], img')].some(one =>"
        " (one.dataset.shown || one.src).includes(token))",
        arg=token,
    )


def test_who_leaves_the_page_leaves_nothing_behind(opened: Opened, photo_address: str) -> None:
    with opened("en-desktop-morph") as photo:
        photo.give(jpeg())
        token = photo.token()
        assert is_kept(photo_address, token)
        photo.page.goto("about:blank")
        gone = (not is_kept(photo_address, token) for _ in itertools.count())
        assert any(itertools.islice(gone, 200))


def test_nothing_moves_for_who_asks_for_that(opened: Opened) -> None:
    with opened("en-desktop-morph", reduced_motion="reduce") as photo:
        photo.give(GROUP)
        photo.part("faces").locator("button").nth(1).click()
        expect(photo.part("faces").locator("button").nth(1)).to_have_attribute(
            "aria-pressed", "true"
        )
        moving = "document.getAnimations().filter(one => one.effect.target.closest('.mf-morph'))"
        assert photo.page.evaluate(f"{moving}.length") == 0
