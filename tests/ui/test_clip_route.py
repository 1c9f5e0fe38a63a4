"""The download of a walk, and what becomes of a photo's face in it."""

import io

import av
import pytest
from PIL import Image

from mbtiface.faces.marking import DESCRIPTION
from mbtiface.ui.page import Page
from tests.fakes import FakeStudio
from tests.ui.test_routes import get, make_page

WALK = "clip?start=average:male&by=male&EI=0.5&letters=ENTJ"


@pytest.fixture
def page() -> Page:
    return make_page()


@pytest.mark.parametrize(
    ("format", "mime", "frames"),
    [("strip", "image/png", 1), ("gif", "image/gif", 5), ("webp", "image/webp", 5)],
)
def test_a_picture_of_the_walk_is_a_download(
    page: Page, format: str, mime: str, frames: int
) -> None:
    (answer,) = get(page, f"/{WALK}&format={format}&size=256")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == mime
    suffix = {"strip": "png"}.get(format, format)
    assert answer.headers["content-disposition"] == f'attachment; filename="entj.{suffix}"'
    assert answer.headers["cache-control"] == "no-store"
    image = Image.open(io.BytesIO(answer.content))
    assert getattr(image, "n_frames", 1) == frames
    assert DESCRIPTION.encode() in answer.content


def test_the_video_of_a_walk(page: Page) -> None:
    (answer,) = get(page, f"/{WALK}&format=mp4&size=256")
    assert answer.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(answer.content)) as container:
        assert container.streams.video[0].codec_context.width == 256
        assert container.metadata["comment"] == DESCRIPTION


def test_the_start_is_named_in_the_visitors_language(page: Page) -> None:
    korean, english = get(page, *(f"/{WALK}&format=strip&lang={lang}" for lang in ("ko", "en")))
    assert korean.content != english.content


@pytest.mark.parametrize(
    ("query", "message"),
    [("&format=avi", "Format is 'avi'"), ("&format=gif&size=1024", "must be 256 or 512")],
)
def test_what_is_no_clip_is_refused_in_words(page: Page, query: str, message: str) -> None:
    (answer,) = get(page, f"/{WALK}{query}")
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_crowd_of_clips_is_told_to_come_back(page: Page) -> None:
    answers = get(page, *(f"/{WALK}&format=webp&size=256" for _ in range(6)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[:2] == [200, 200]
    assert codes[-1] == 503


def test_a_photo_in_a_blend_is_as_secret_as_the_photo(page: Page) -> None:
    token = page.services.kept_faces.keep(FakeStudio().sample(1))
    start = f"start=blend:fine:photo:{token}%7Cseed:1&by=both"
    face, clip = get(page, f"/face?{start}&v=0.0.1", f"/clip?{start}&letters=E&format=gif")
    for answer in (face, clip):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert token not in str(answer.headers)
        assert token.encode() not in answer.content
    page.services.kept_faces.forget(token)
    for answer in get(page, f"/face?{start}&v=0.0.1", f"/clip?{start}&letters=E&format=gif"):
        assert answer.status_code == 400
        assert "no longer kept" in answer.json()["error"]
        assert token not in answer.text


def test_a_forgotten_photos_blends_leave_the_cache(page: Page) -> None:
    token = page.services.kept_faces.keep(FakeStudio().sample(1))
    get(page, f"/face?start=blend:0.5:seed:1%7Cphoto:{token}", "/face?start=seed:1")
    kept = page.services._cache
    assert sum(token in key[0] for key in kept) == 1
    page.services.kept_faces.forget(token)
    assert [key for key in kept if token in key[0]] == []
    assert len(list(kept)) == 1
