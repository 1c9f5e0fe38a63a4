"""A visitor's own photo by the route: a stream of lines, stopped and forgotten when asked."""

import base64
import gc
import io
import json
import re
import weakref
from pathlib import Path
from typing import Any

import anyio
import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from mbtiface.errors import MissingPartError
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.texts import languages, read_texts
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.routes import routes
from tests.fakes import FakeStudio

SAID = read_texts("ko")["messages"]["photo"]


def picture(width: int = 900, height: int = 600, **saved: Any) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (height // 50, width // 50, 3), np.uint8)
    image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", **saved)
    return buffer.getvalue()


def plain() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(buffer, "png")
    return buffer.getvalue()


class QuickStudio(FakeStudio):
    step_s = 0.0


def make_page(studio: FakeStudio | None = None) -> Page:
    settings = Settings(max_upload_mb=1)
    return open_page(Services(settings, studio or QuickStudio()), settings)


def send(page: Page, method: str, url: str, body: bytes = b"", **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes(page)))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, url, content=body, headers=headers)

    return anyio.run(ask)


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in answer.text.splitlines()]


def shown(uri: str) -> Image.Image:
    kind, data = uri.split(",")
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_photo_becomes_a_start_that_faces_are_drawn_from() -> None:
    page = make_page()
    *steps, found = lines(send(page, "POST", "/photo?face=0&refine=3&lang=ko", picture()))
    assert steps == [{"progress": [done, 3]} for done in (1, 2, 3)]
    assert re.fullmatch("[0-9a-f]{32}", found["photo"])
    assert found["start"] == f"photo:{found['photo']}"
    assert found["faces"] == [{"box": [0.25, 0.125, 0.75, 0.875]}]
    assert (found["face"], found["crop"], found["size"]) == (0, [0.5, 0.5, 0.5, 0.0], [900, 600])
    assert shown(found["preview"]).size == (640, 427)
    assert shown(found["aligned"]).size == shown(found["reconstruction"]).size == (256, 256)
    assert (found["warnings"], found["method"]) == ([], "made-up encoder")
    drawn = send(page, "GET", f"/face?start={found['start']}&by=both&EI=0.5&v=0.0.1")
    assert drawn.status_code == 200
    assert drawn.headers["cache-control"] == "no-store"


def test_nothing_is_said_about_the_person() -> None:
    found = lines(send(make_page(), "POST", "/photo", picture()))[-1]
    assert set(found) == {
        "photo",
        "start",
        "faces",
        "face",
        "crop",
        "size",
        "preview",
        "aligned",
        "reconstruction",
        "warnings",
        "method",
    }


def test_the_generated_face_is_marked_and_the_photo_shown_bare() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of mine"
    data = picture(exif=exif, comment=b"at home")
    assert b"at home" in data
    found = lines(send(make_page(), "POST", "/photo", data))[-1]
    face = base64.b64decode(found["reconstruction"].split(",")[1])
    assert b"trainedAlgorithmicMedia" in face
    for name in ("preview", "aligned"):
        data = base64.b64decode(found[name].split(",")[1])
        assert not shown(found[name]).getexif()
        assert b"at home" not in data
        assert b"trainedAlgorithmicMedia" not in data


def test_a_square_by_hand_needs_no_face_found() -> None:
    page = make_page()
    (refused,) = lines(send(page, "POST", "/photo?lang=ko", plain()))
    assert refused["error"] == {"key": "no_face", "text": SAID["photo_error_no_face"]}
    assert shown(refused["preview"]).size == (300, 200)
    assert refused["size"] == [300, 200]
    assert "photo" not in refused
    (found,) = lines(send(page, "POST", "/photo?crop=0.5,0.5,0.3,-5", plain()))
    assert (found["faces"], found["face"]) == ([], None)
    assert found["crop"] == [0.5, 0.5, 0.3, -5.0]


def test_a_warning_has_its_words() -> None:
    dark = io.BytesIO()
    Image.radial_gradient("L").point(lambda level: level // 8).save(dark, "png")
    (found,) = lines(send(make_page(), "POST", "/photo?lang=ko", dark.getvalue()))
    assert found["warnings"] == [{"key": "dark", "text": SAID["photo_warning_dark"]}]


@pytest.mark.parametrize(
    ("query", "body", "status", "key"),
    [
        ("", b"", 200, "empty"),
        ("", b"no picture at all", 200, "not_a_picture"),
        ("", picture()[:9000], 200, "truncated"),
        ("?face=4", picture(), 200, "no_such_face"),
        ("?face=first", picture(), 400, "bad_request"),
        ("?refine=9999", picture(), 400, "bad_request"),
        ("?crop=0.5,0.5,0.3", picture(), 400, "bad_crop"),
        ("?crop=0.5,up,0.3,0", picture(), 400, "bad_crop"),
        ("", bytes(10**6 + 1), 413, "too_large"),
    ],
)
def test_a_photo_that_cannot_be_used_is_told_in_words(
    query: str, body: bytes, status: int, key: str
) -> None:
    page = make_page()
    for language in languages():
        headers = {"accept-language": language}
        answer = send(page, "POST", f"/photo{query}", body, **headers)
        assert answer.status_code == status
        expected = page.text(f"photo_error_{key}", language, limit=1)
        assert lines(answer)[-1]["error"] == {"key": key, "text": expected}
    assert len(page.services.kept_faces) == 0


def test_a_bundle_without_an_encoder_says_so() -> None:
    class WithoutEncoder(FakeStudio):
        def invert(self, *values: object, **named: object) -> Any:
            raise MissingPartError("no encoder")

    (answer,) = lines(send(make_page(WithoutEncoder()), "POST", "/photo", picture()))
    assert answer["error"]["key"] == "missing_part"


def test_what_nobody_foresaw_is_told_and_logged_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(FakeStudio):
        def invert(self, *values: object, **named: object) -> Any:
            raise RuntimeError("something of the photo")

    (answer,) = lines(send(make_page(Broken()), "POST", "/photo", picture()))
    assert answer["error"]["key"] == "failed"
    assert "RuntimeError in invert" in caplog.text
    assert "something of the photo" not in caplog.text


def test_too_many_photos_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mbtiface.ui.bodies.AT_ONCE", 0)
    answer = send(make_page(), "POST", "/photo", picture())
    assert answer.status_code == 503
    assert lines(answer)[0]["error"]["key"] == "busy"


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/photo"), ("POST", "/photo/forget")])
def test_a_photo_is_forgotten_at_once(method: str, path: str) -> None:
    page = make_page()
    found = lines(send(page, "POST", "/photo", picture()))[-1]
    assert send(page, "GET", f"/face?start={found['start']}").status_code == 200
    for _ in range(2):
        assert send(page, method, f"{path}?photo={found['photo']}").status_code == 204
    gone = send(page, "GET", f"/face?start={found['start']}")
    assert gone.status_code == 400
    assert "no longer kept" in gone.json()["error"]
    assert found["photo"] not in gone.text
    assert len(page.services.kept_faces) == 0


class Leaving:
    """A visitor who goes away once `lines` lines of the answer have come."""

    def __init__(self, body: bytes, lines: int) -> None:
        self.messages = [{"type": "http.request", "body": body, "more_body": False}]
        self.wanted = lines
        self.gone = anyio.Event()

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.wanted -= message["type"] == "http.response.body"
        if self.wanted <= 0:
            self.gone.set()
            await anyio.sleep(0)

    async def visit(self, page: Page, query: bytes) -> None:
        scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "http_version": "1.1"}
        scope |= {"method": "POST", "path": "/photo", "root_path": "", "scheme": "http"}
        scope |= {"query_string": query, "headers": []}
        with anyio.fail_after(20):
            await Starlette(routes=routes(page))(scope, self.receive, self.send)


class CountingStudio(FakeStudio):
    steps = 0

    def invert(self, *values: object, **named: Any) -> Any:
        told = named.pop("on_step")

        def on_step(done: int, total: int) -> None:
            self.steps = done
            told(done, total)

        return super().invert(*values, on_step=on_step, **named)


def test_the_work_ends_with_the_connection_and_nothing_is_kept() -> None:
    studio = CountingStudio()
    page = make_page(studio)

    async def leave() -> int:
        await Leaving(picture(), 2).visit(page, b"refine=100")
        return studio.steps

    steps = anyio.run(leave)
    anyio.run(anyio.sleep, 0.2)
    assert 2 <= steps <= studio.steps <= steps + 2
    assert len(page.services.kept_faces) == 0
    # The place in the queue is free again.
    assert lines(send(page, "POST", "/photo", picture()))[-1]["photo"]


def test_nothing_of_a_photo_outlives_its_request() -> None:
    class Watched(QuickStudio):
        seen: weakref.ref[Image.Image]

        def invert(self, *values: Any, **named: Any) -> Any:
            found = super().invert(*values, **named)
            Watched.seen = weakref.ref(found.aligned)
            return found

    page = make_page(Watched())
    assert lines(send(page, "POST", "/photo?refine=2", picture()))[-1]["photo"]
    gc.collect()
    assert Watched.seen() is None


def test_the_photo_is_never_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Starlette spools forms to the disk; the body is no form and is read as it comes."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    headers = {"content-type": "multipart/form-data; boundary=x"}
    (found,) = lines(send(make_page(), "POST", "/photo", picture(), **headers))
    assert found["photo"]
    assert not list(tmp_path.iterdir())
