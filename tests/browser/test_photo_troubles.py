"""Photos that cannot be used, servers that cannot answer, and what people have as photos."""

import httpx
import pytest
from playwright.sync_api import expect

from mbtiface.services import MEGABYTE
from tests.browser.photo_files import TOLERANCE, PhotoFile, jpeg, photo_files, quarters
from tests.browser.photo_studio import UPLOAD_MB
from tests.browser.photo_visit import Opened, PhotoVisit

pytestmark = pytest.mark.browser


def test_a_face_that_the_server_forgot_is_sent_again(photo: PhotoVisit, photo_address: str) -> None:
    photo.expected = ("400 (Bad Request)",)
    photo.give(jpeg())
    token = photo.token()
    photo.wait_for_face(f"photo:{token}")
    httpx.delete(f"{photo_address}photo?photo={token}").raise_for_status()
    if photo.tab == "morph":
        photo.at(".mf-axis input[name=EI]").fill("1")
        trouble = photo.at(".mf-problem")
    else:
        photo.at("[data-do=start]").click()
        photo.at(".mf-target").first.click()
        trouble = photo.at("> .mf-survey-face .mf-trouble")
    expect(trouble).to_contain_text(photo.text("gone"))
    trouble.get_by_role("button", name=photo.text("resend")).click()
    expect(trouble).to_be_hidden()
    assert photo.token() != token


def test_a_file_that_is_too_large_is_not_sent(photo: PhotoVisit) -> None:
    photo.choose(bytes(UPLOAD_MB * MEGABYTE + 1))
    sentence = photo.text("too_large", size=UPLOAD_MB + 0.1, limit=UPLOAD_MB)
    expect(photo.part("problem")).to_contain_text(sentence)
    expect(photo.button("action")).to_have_text(photo.text("another"))
    assert not photo.sent
    photo.give(jpeg())
    expect(photo.part("problem")).to_be_hidden()


def test_without_a_connection_the_photo_waits_for_another_try(photo: PhotoVisit) -> None:
    photo.expected = ("ERR_INTERNET_DISCONNECTED",)
    photo.page.context.set_offline(True)
    photo.choose(jpeg())
    expect(photo.part("problem")).to_contain_text(photo.text("offline"))
    photo.page.context.set_offline(False)
    photo.button("action").click()
    photo.ready()


@pytest.mark.parametrize(("status", "key"), [(503, "busy"), (500, "error")])
def test_a_server_that_cannot_is_told_in_a_sentence(
    photo: PhotoVisit, status: int, key: str
) -> None:
    photo.expected = ("Failed to load resource",)
    photo.page.route("**/photo?*", lambda route: route.fulfill(status=status, body="<html>"))
    photo.choose(jpeg())
    expect(photo.part("problem")).to_contain_text(photo.text(key))
    photo.page.unroute_all()
    photo.button("action").click()
    photo.ready()


def test_a_warning_is_told_and_the_face_still_used(photo: PhotoVisit) -> None:
    photo.give(jpeg(quarters().point(lambda value: value // 8)))
    expect(photo.part("warnings").locator("li")).to_have_text([photo.text("photo_warning_dark")])
    assert photo.state()["result"]["start"].startswith("photo:")


@pytest.mark.parametrize("file", photo_files(), ids=lambda file: file.name)
@pytest.mark.parametrize("way", ["ko-phone-survey", "en-desktop-morph"])
def test_every_kind_of_file_gives_the_right_picture_or_sentence(
    opened: Opened, way: str, file: PhotoFile
) -> None:
    with opened(way) as photo:
        if file.error:
            photo.expected = ("400 (Bad Request)",)
            photo.choose(file.data, file.name)
            sentence = photo.text(f"photo_error_{file.error}")
            expect(photo.part("problem").locator("> span")).to_have_text(sentence)
            expect(photo.button("action")).to_have_text(photo.text("another"))
            return
        photo.give(file.data, file.name)
        assert tuple(photo.state()["result"]["size"]) == file.size
        preview = (
            f"{'#mf-survey' if photo.tab == 'survey' else '.mf-morph'} [data-picture=original]"
        )
        shown = photo.colour(f"{preview} image")
        assert shown == pytest.approx(file.upper_left, abs=TOLERANCE)
