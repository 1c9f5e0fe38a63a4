"""What open pages are told of a bundle on its way, and which bundle answers them afterwards."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mbtiface.changeover import Changeover, Coming
from mbtiface.faces.address import FaceAddress
from mbtiface.settings import Settings
from mbtiface.ui.api import current
from mbtiface.ui.api_about import AboutCalls
from mbtiface.ui.api_calls import Calls
from mbtiface.ui.build import footer_html, header_html
from mbtiface.ui.controls import add_markup, rewrite_markups
from mbtiface.ui.frame import frame_html
from mbtiface.ui.gallery import markup
from mbtiface.ui.model_route import coming_text
from mbtiface.ui.page import Page, open_page
from tests.changeover_parts import services_of
from tests.ui.test_routes import get

NAME = "hf://owner/name"


@pytest.fixture
def changeover() -> Changeover:
    return Changeover(services_of("embedded", "1", count=21))


@pytest.fixture
def page(changeover: Changeover) -> Page:
    return open_page(changeover, Settings())


@pytest.mark.parametrize(
    ("coming", "language", "text"),
    [
        (Coming(), "en", ""),
        (Coming("fetching", NAME), "en", f"The model {NAME} is loading (0%)."),
        (Coming("fetching", NAME, 42, 100), "ko", f"{NAME} 모델을 받고 있어요(42%)."),
        (Coming("opening", NAME, 100, 100), "en", f"The model {NAME} has come"),
        (Coming("failed", NAME, reason="No such repo."), "en", "could not be opened"),
        (Coming("failed", NAME, reason="No such repo."), "ko", "열지 못해서"),
    ],
)
def test_the_page_is_told_how_far_it_is(
    page: Page, changeover: Changeover, coming: Coming, language: str, text: str
) -> None:
    changeover.coming = coming
    assert text in coming_text(page.at({}), language)
    answer = get(page, f"/model?lang={language}&v=1")[0]
    assert answer.json()["phase"] == coming.phase
    assert text in answer.json()["text"]
    assert coming.reason == answer.json()["why"]
    assert answer.headers["cache-control"] == "no-store"


def test_only_a_page_that_is_opened_meanwhile_asks(page: Page, changeover: Changeover) -> None:
    html = "<html><head></head></html>"
    assert '"coming": false' in frame_html(html, page, "en")
    changeover.coming = Coming("fetching", NAME)
    assert '"coming": true' in frame_html(html, page, "en")


def test_a_session_that_stays_is_told_to_reload(page: Page, changeover: Changeover) -> None:
    changeover.coming = Coming("ready", NAME)
    changeover.take_over(services_of("other", "2"))
    assert (
        "reload it to begin with the new one" in get(page, "/model?lang=en&v=1")[0].json()["text"]
    )
    assert "is shown now" in get(page, "/model?lang=en&v=2")[0].json()["text"]


def test_a_session_that_goes_over_is_told_that_it_goes_on(
    page: Page, changeover: Changeover
) -> None:
    changeover.coming = Coming("ready", NAME)
    changeover.take_over(services_of("other", "2", changeover.current.kept_faces))
    assert "What you were doing goes on" in get(page, "/model?lang=en&v=1")[0].json()["text"]


def test_pictures_come_from_the_bundle_that_their_address_names(
    page: Page, changeover: Changeover
) -> None:
    embedded, other = changeover.current, services_of("other", "2")
    other.prepare()  # so that taking over draws nothing
    changeover.take_over(other)
    counts = embedded.studio.rendered, other.studio.rendered
    (old,) = get(page, "/face?start=seed:7&size=256&v=1")
    assert (embedded.studio.rendered, other.studio.rendered) == (counts[0] + 1, counts[1])
    assert "immutable" in old.headers["cache-control"]
    new, unnamed = get(page, "/face?start=seed:8&v=2", "/face?start=seed:8")
    assert embedded.studio.rendered == counts[0] + 1
    assert "immutable" in new.headers["cache-control"]
    assert "immutable" not in unnamed.headers["cache-control"]


def test_a_session_that_went_over_keeps_no_picture_for_ever(
    page: Page, changeover: Changeover
) -> None:
    changeover.take_over(services_of("other", "2", changeover.current.kept_faces))
    (answer,) = get(page, "/face?start=seed:7&size=256&v=1")
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["cache-control"]


def test_a_card_shows_the_faces_of_its_session(page: Page, changeover: Changeover) -> None:
    embedded, other = changeover.current, services_of("other", "2")
    other.prepare()  # so that taking over draws nothing
    changeover.take_over(other)
    before = other.studio.rendered
    (answer,) = get(page, "/card.png?form=quick&answers=4031420413204314&start=seed:9&v=1")
    assert answer.status_code == 200
    assert embedded.studio.rendered > 0
    assert other.studio.rendered == before


def test_who_opens_the_page_afterwards_gets_the_new_bundle(
    page: Page, changeover: Changeover
) -> None:
    changeover.on_change(lambda: rewrite_markups(page))
    key = add_markup(page, "gallery", markup)
    assert "21" in page.messages["en"][key]
    assert "v=1" in page.messages["en"][key]
    changeover.take_over(services_of("other", "2", count=77))
    assert "v=1" not in page.messages["en"][key]
    assert "v=2" in page.messages["ko"][key]
    assert "77" in page.messages["ko"][key]
    assert '"version": "2"' in frame_html("<head></head>", page, "en")
    assert "other 2" in footer_html(page, "en")


def test_a_failure_stands_on_the_page_from_then_on(page: Page, changeover: Changeover) -> None:
    def fails(report: Any) -> Any:
        raise RuntimeError("out of luck")

    changeover.begin(NAME, fails)
    changeover._run(fails)
    assert "out of luck" in header_html(page, "en")
    assert get(page, "/face?start=average:female&v=1")[0].status_code == 200


def test_a_photo_is_forgotten_whichever_bundle_keeps_it(page: Page, changeover: Changeover) -> None:
    embedded, other = changeover.current, services_of("other", "2")
    token = embedded.kept_faces.keep(embedded.studio.sample(3))
    changeover.take_over(other)
    start = FaceAddress(f"photo:{token}").query()["start"]
    assert get(page, f"/face?start={start}&v=1")[0].status_code == 200
    assert token in embedded.kept_faces
    for services in page.changeover.all():
        services.kept_faces.forget(token)
    assert get(page, f"/face?start={start}&v=1")[0].status_code == 400


def test_one_call_of_a_program_has_one_bundle(page: Page, changeover: Changeover) -> None:
    embedded = changeover.current
    about: Callable[..., Any] = current(page, AboutCalls, "about")
    morph: Callable[..., Any] = current(page, Calls, "morph")
    w = embedded.studio.sample(1).tolist()
    named = {"name": "embedded", "version": "1"}
    changeover.take_over(services_of("other", "2"))
    assert about()["bundle"] == {"name": "other", "version": "2"}
    assert morph(w=w, bundle=named)["bundle"] == named
    assert morph()["bundle"] == {"name": "other", "version": "2"}


def test_a_pinned_page_stays_with_its_bundle(page: Page, changeover: Changeover) -> None:
    pinned = page.at({"v": "1"})
    changeover.take_over(services_of("other", "2"))
    assert pinned.services.key == "1"
    assert page.services.key == "2"
    assert replace(page, pinned=None).services.key == "2"
