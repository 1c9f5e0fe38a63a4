"""Empty, busy, offline and error: on every tab one sentence, one action, and a way back."""

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.tab_visit import TabVisit
from tests.browser.visiting import TEXTS, Visit, open_visit

pytestmark = pytest.mark.browser
SAID = TEXTS["ko"]
FACES = "**/face?*"


@pytest.fixture
def phone(browser: Browser, address: str) -> Visit:
    """A Korean phone that is meant to run into trouble."""
    visit = open_visit(browser, address, "phone", "ko")
    yield visit
    assert not [one for one in visit.problems if one.startswith(("script", "off this"))]
    visit.page.context.close()


def refuse(page: Page, pattern: str, status: int) -> None:
    """Answer with a status, or with nothing where it is 0."""

    def answer(route: Route) -> None:
        route.fulfill(status=status, body="{}") if status else route.abort()

    page.route(pattern, answer)


def check_told(where: Locator, sentence: str) -> Locator:
    """Check that one sentence and one action stand there; return the action."""
    expect(where).to_be_visible(timeout=15_000)
    expect(where.locator("span")).to_have_text(sentence)
    action = where.get_by_role("button")
    expect(action).to_have_count(1)
    expect(action).to_have_text(SAID["shell_retry"])
    return action


@pytest.mark.parametrize(
    ("status", "key"), [(0, "shell_offline"), (500, "survey_failed")], ids=["offline", "error"]
)
def test_questions_that_do_not_come_are_told_and_asked_for_again(
    phone: Visit, status: int, key: str
) -> None:
    page = phone.page
    refuse(page, "**/component_server/**", status)
    if not status:
        refuse(page, "**/model*", 0)
    page.locator("[data-do=start]").click()
    action = check_told(page.locator(".mf-trouble").first, SAID[key])
    page.unroute_all()
    action.click()
    page.locator(".mf-target").first.wait_for()


def test_a_result_that_does_not_come_loses_no_answer(phone: Visit) -> None:
    page = phone.page
    phone.start()
    for option in "4" * 15:
        phone.answer(option, key=True)
    refuse(page, "**/component_server/**", 500)
    page.keyboard.press("5")
    action = check_told(page.locator(".mf-trouble").first, SAID["survey_failed"])
    page.unroute_all()
    action.click()
    expect(page.locator(".mf-result h2")).to_be_visible()


def test_a_shared_link_waits_for_the_server(browser: Browser, address: str) -> None:
    page = browser.new_context(locale="ko-KR").new_page()
    refuse(page, "**/component_server/**", 500)
    page.goto(f"{address}#result=quick.4031420413204314.average:male.male")
    action = check_told(page.locator(".mf-trouble").first, SAID["survey_failed"])
    page.unroute_all()
    action.click()
    expect(page.locator(".mf-result h2")).to_have_text("ENFP")
    page.context.close()


@pytest.mark.parametrize(
    ("status", "key"),
    [(503, "shell_busy"), (500, "survey_error"), (0, "shell_offline")],
    ids=["busy", "error", "offline"],
)
def test_the_surveys_face_says_why_it_does_not_come(phone: Visit, status: int, key: str) -> None:
    page = phone.page
    refuse(page, FACES, status)
    page.locator("[name=survey-kind][value=male]").check(force=True)
    action = check_told(page.locator(".mf-trouble").first, SAID[key])
    page.unroute_all()
    action.click()
    phone.wait_until_shown("average:male")


@pytest.mark.parametrize(
    ("status", "key"),
    [(503, "shell_busy"), (500, "morph_error"), (0, "shell_offline")],
    ids=["busy", "error", "offline"],
)
def test_morphs_first_face_says_why_it_does_not_come(phone: Visit, status: int, key: str) -> None:
    page = phone.page
    refuse(page, FACES, status)
    page.locator("#tab-morph-button").click()
    action = check_told(page.locator(".mf-morph .mf-problem"), SAID[key])
    expect(page.locator(".mf-morph .mf-face img")).to_be_hidden()
    page.unroute_all()
    action.click()
    expect(page.locator(".mf-morph .mf-problem")).to_be_hidden()
    expect(page.locator(".mf-morph .mf-face img").first).to_be_visible()


def test_without_a_network_the_grid_says_so(phone: Visit) -> None:
    page = phone.page
    page.context.set_offline(True)
    page.locator("#tab-types-button").click()
    action = check_told(page.locator(".mf-gallery > .mf-problem-line"), SAID["shell_offline"])
    page.context.set_offline(False)
    action.click()
    expect(page.locator(".mf-gallery > .mf-problem-line")).to_be_hidden()


def test_a_large_type_that_does_not_come_leaves_its_close_button_free(phone: Visit) -> None:
    page = phone.page
    page.locator("#tab-types-button").click()
    refuse(page, "**/face?*size=512*", 503)
    page.locator("button.mf-tile").first.click()
    problem = page.locator("dialog .mf-problem")
    check_told(problem, SAID["shell_busy"])
    page.locator("dialog .mf-close").click()
    expect(page.locator("dialog.mf-large")).to_be_hidden()


def test_match_is_empty_with_a_sentence_and_a_way_to_the_survey(phone: Visit) -> None:
    page = phone.page
    page.locator("#tab-match-button").click()
    empty = page.locator(".mf-empty")
    expect(empty).to_contain_text(SAID["match_empty"])
    empty.get_by_role("button", name=SAID["match_to_survey"]).click()
    expect(page.locator("[data-do=start]")).to_be_visible()


def test_the_old_face_stays_while_a_slow_one_is_drawn(phone: Visit) -> None:
    page = phone.page
    held: list[Route] = []
    page.route("**/face?*average:male*", lambda route: held.append(route))
    before = phone.face()
    with page.expect_request("**/face?*average:male*"):
        page.locator("[name=survey-kind][value=male]").check(force=True)
    assert phone.pixels("#mf-survey > .mf-survey-face .mf-pictures img") == before
    for route in held:
        route.continue_()
    phone.wait_until_shown("average:male")


@pytest.mark.parametrize(
    ("status", "key"),
    [(503, "survey_card_busy"), (500, "survey_card_failed"), (0, "shell_offline")],
    ids=["busy", "error", "offline"],
)
def test_a_card_that_does_not_come_is_told_in_words(
    browser: Browser, address: str, status: int, key: str
) -> None:
    page = browser.new_context(locale="ko-KR", accept_downloads=True).new_page()
    page.goto(f"{address}#result=quick.4031420413204314.average:male.male")
    link = page.locator("a[download]")
    link.wait_for()
    refuse(page, "**/card.png?*", status)
    link.click()
    expect(page.locator(".mf-saving")).to_have_text(SAID[key])
    page.unroute_all()
    with page.expect_download() as saving:
        link.click()
    assert saving.value.suggested_filename == "enfp.png"
    assert "card.png" not in saving.value.url  # nothing of the address stays in a list
    expect(page.locator(".mf-saving")).to_be_hidden()
    page.context.close()


def test_a_clip_under_way_can_be_stopped(visit: TabVisit) -> None:
    page = visit.open("morph")
    page.locator(".mf-walk summary").click()
    held: list[Route] = []
    page.route("**/clip?*", lambda route: held.append(route))
    page.locator("[data-save=mp4]").click()
    status = page.locator(".mf-walk-save > [role=status]")
    expect(status).to_have_text(TEXTS["en"]["morph_walk_making"])
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("[data-save=gif]")).to_be_disabled()
    page.get_by_role("button", name=TEXTS["en"]["morph_walk_stop"]).click()
    expect(status).to_have_text(TEXTS["en"]["morph_walk_stopped"])
    expect(page.locator(".mf-walk-work")).to_be_hidden()
    expect(page.locator("[data-save=gif]")).to_be_enabled()
