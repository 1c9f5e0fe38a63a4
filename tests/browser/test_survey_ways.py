"""The survey's other ways: keys, back, other starts, the demonstration, links, trouble."""

import itertools

import pytest
from playwright.sync_api import Browser, expect

from mbtiface.personality import survey
from tests.browser.visiting import ANSWERS, TEXTS, Visit, open_visit, open_visit_at

pytestmark = pytest.mark.browser


def test_a_face_fetched_ahead_needs_no_network_at_the_click(korean_phone: Visit) -> None:
    page = korean_phone.page
    korean_phone.start()
    before = korean_phone.shown()
    # Four of the five answers move the face: both whole and both half steps.
    page.wait_for_function(
        "() => new Set(performance.getEntriesByType('resource')"
        ".filter(one => /face\\?.*EI=.*size=256/.test(one.name) && one.responseEnd)"
        ".map(one => one.name)).size >= 4"
    )
    page.context.set_offline(True)
    korean_phone.answer("4")
    page.wait_for_function(
        "before => document.querySelector('#mf-survey > .mf-survey-face').dataset.shown !== before",
        arg=before,
    )
    assert "EI=" in korean_phone.shown()
    korean_phone.problems.clear()  # The sharp picture could not be fetched: that is meant here.


def test_fast_answers_end_on_the_newest_face(korean_phone: Visit) -> None:
    korean_phone.start()
    for option in "40404":
        korean_phone.answer(option, key=True)
    items = survey.items("ko", "quick")
    axes = survey.score({i.id: int(n) for i, n in zip(items, "40404", strict=False)}, "quick").axes
    expected = [f"{axis}={value:g}" for axis, value in axes.items() if value]
    korean_phone.wait_until_shown("size=512", *expected)
    # Nothing older comes after it.
    korean_phone.page.wait_for_timeout(500)
    korean_phone.wait_until_shown("size=512", *expected)


def test_going_back_and_changing_an_answer(korean_phone: Visit) -> None:
    page = korean_phone.page
    korean_phone.start()
    start = korean_phone.face()
    korean_phone.answer("4")
    agreed = korean_phone.face()
    page.locator("[data-do=back]").click()
    assert korean_phone.question() == 0
    expect(page.locator(".mf-target[aria-pressed=true]")).to_have_attribute("data-option", "4")
    korean_phone.answer("0")
    assert korean_phone.face() not in (start, agreed)
    page.keyboard.press("ArrowUp")
    assert korean_phone.question() == 0
    page.keyboard.press("ArrowDown")
    assert korean_phone.question() == 1
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-do=start]")).to_be_visible()
    assert korean_phone.face() == start


def test_only_a_question_on_the_screen_takes_the_headers_room(korean_phone: Visit) -> None:
    page = korean_phone.page
    header, footer = page.locator("#mf-header header"), page.locator("#mf-footer footer")
    korean_phone.start()
    expect(header).to_be_hidden()
    page.locator("#tab-types-button").click()
    expect(header).to_be_visible()
    expect(footer).to_be_visible()
    page.locator("#tab-survey-button").click()
    expect(header).to_be_hidden()
    expect(footer).to_be_hidden()


def test_arrows_choose_and_enter_answers(korean_phone: Visit) -> None:
    page = korean_phone.page
    korean_phone.start()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mf-target").nth(2)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mf-target").nth(4)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#mf-survey').dataset.question === '1'")


def test_targets_are_large_enough_for_a_thumb(korean_phone: Visit) -> None:
    korean_phone.start()
    boxes = [one.bounding_box() for one in korean_phone.page.locator(".mf-target").all()]
    widths = [box["width"] for box in boxes]
    assert min(widths) >= 44
    assert widths[0] == widths[4] > widths[1] == widths[3] > widths[2]
    face = korean_phone.page.locator(".mf-survey-face").first.bounding_box()
    assert (face["x"], face["width"]) == (0, 390)
    assert face["height"] <= 844 / 2


def test_a_made_up_face_moves_by_the_averages_asked_for(korean_phone: Visit) -> None:
    page = korean_phone.page
    page.locator("[name=survey-kind][value=madeup]").check(force=True)
    korean_phone.wait_until_shown("seed:")
    first, seed = korean_phone.face(), korean_phone.shown().split("&")[0]
    page.locator("[data-do=another]").click()
    page.wait_for_function(
        "seed => !document.querySelector('.mf-survey-face').dataset.shown.includes(seed)", arg=seed
    )
    assert korean_phone.face() != first
    page.locator("[name=survey-by][value=both]").check(force=True)
    page.locator("[data-do=start]").click()
    page.locator(".mf-target").first.wait_for()
    for option in ANSWERS:
        korean_phone.answer(option)
    expect(page.locator(".mf-pair figure")).to_have_count(3)


def test_the_full_form_asks_32_questions(korean_phone: Visit) -> None:
    korean_phone.start("full", "male")
    expect(korean_phone.page.locator(".mf-progress li")).to_have_count(32)
    for option in ANSWERS * 2:
        korean_phone.answer(option, key=True)
    expect(korean_phone.page.locator(".mf-result h2")).to_be_visible()


def test_the_demonstration_shows_every_step(korean_phone: Visit) -> None:
    page = korean_phone.page
    korean_phone.record_steps()
    page.locator("[data-do=demo]").click()
    page.locator("[data-do=again]").wait_for()
    steps = korean_phone.steps()
    assert [one["step"] for one in steps] == list(range(15))
    faces, labels = ([one[name] for one in steps] for name in ("pixels", "label"))
    assert labels[0] == korean_phone.text("demo_start")
    assert [label.split(" · ")[1] for label in labels[1:]] == list("ENTPENTJISFPIP")
    assert len(set(faces)) == 15


def test_the_way_here_is_played(korean_phone: Visit) -> None:
    page = korean_phone.page
    korean_phone.start()
    for option in ANSWERS:
        korean_phone.answer(option)
    expect(page.locator(".mf-mine img")).to_have_count(1)
    korean_phone.record_steps()
    page.locator("[data-do=play]").click()
    expect(page.locator("[data-do=play]")).to_have_text(korean_phone.text("play_stop"))
    expect(page.locator("[data-do=play]")).to_have_text(korean_phone.text("play"), timeout=20_000)
    steps = korean_phone.steps()
    assert [one["step"] for one in steps] == list(range(17))
    for (before, after), option in zip(itertools.pairwise(steps), ANSWERS, strict=True):
        assert (before["pixels"] != after["pixels"]) == (option != "2")


def test_a_reload_goes_on_where_it_was(korean_phone: Visit) -> None:
    korean_phone.start()
    for option in "403":
        korean_phone.answer(option)
    korean_phone.page.reload()
    korean_phone.page.locator(".mf-target").first.wait_for()
    assert korean_phone.question() == 3


def test_a_shared_link_opens_the_result(browser: Browser, address: str) -> None:
    link = f"{address}#result=quick.{ANSWERS}.seed:7.male"
    visit = open_visit_at(browser, link)
    expect(visit.page.locator(".mf-result h2")).to_be_visible()
    visit.page.context.close()
    broken = open_visit_at(browser, f"{address}#result=quick.{ANSWERS}99.seed:7.male")
    expect(broken.page.locator("[data-do=start]")).to_be_visible()
    broken.page.context.close()


def test_a_link_changes_the_language(korean_phone: Visit) -> None:
    page = korean_phone.page
    page.locator("#mf-header a:visible").click()
    expect(page.locator("[data-do=start]")).to_have_text(TEXTS["en"]["survey_start"])
    expect(page.locator("#tab-types-button")).to_have_text(TEXTS["en"]["shell_tab_gallery"])
    expect(page).to_have_title(TEXTS["en"]["shell_title"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_gradios_default_look_shows(browser: Browser, address: str, scheme: str) -> None:
    visit = open_visit(browser, address, "desktop", "en", color_scheme=scheme)
    colours = visit.page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e => e.offsetParent).flatMap(e => {
          const s = getComputedStyle(e); return [s.color, s.backgroundColor, s.borderTopColor] })"""
    )
    orange = {"rgb(249, 115, 22)", "rgb(234, 88, 12)", "rgb(255, 237, 213)"}
    assert not orange & set(colours)
    expect(visit.page.locator("footer:visible")).to_have_count(1)  # ours, not Gradio's
    assert visit.page.evaluate("localStorage.length") == 0
    body = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert body == {"light": "rgb(250, 248, 244)", "dark": "rgb(20, 19, 17)"}[scheme]
    visit.page.context.close()


def test_a_server_that_is_gone_is_told_with_one_action(browser: Browser, address: str) -> None:
    visit = open_visit(browser, address, "phone", "en")
    visit.page.route("**/face?*", lambda route: route.abort())
    visit.page.locator("[name=survey-kind][value=male]").check(force=True)
    line = visit.page.locator(".mf-trouble").first
    expect(line).to_contain_text(TEXTS["en"]["shell_offline"], timeout=10_000)
    visit.page.unroute("**/face?*")
    line.locator("button").click()
    expect(line).to_be_hidden()
    visit.page.wait_for_function(
        "document.querySelector('.mf-survey-face').dataset.shown.includes('male')"
    )
    visit.page.context.close()
