"""A picture that fails for a reason nobody foresaw is told in words, and the page goes on."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import torch
from starlette.applications import Starlette
from starlette.middleware import Middleware

from mbtiface.contributing import open_contributions
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.routes import FAILED, routes
from mbtiface.ui.security_headers import SecurityHeaders
from tests.community.samples import new_id
from tests.fakes import FakeStudio
from tests.faults.visitors import ANSWERS, photo

SECRET = "what was in its memory"
SURVEY = f"form=quick&answers={ANSWERS[0]}"


class BrokenStudio(FakeStudio):
    """Draws nothing once so many pictures are drawn."""

    last = 0

    def render(self, w: torch.Tensor, size: int | None = None) -> Any:
        if self.rendered >= self.last:
            raise RuntimeError(SECRET)
        return super().render(w, size)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    settings = Settings(state_dir=tmp_path)
    studio = BrokenStudio()
    contributions = open_contributions(settings, studio)
    yield open_page(Services(settings, studio, contributions=contributions), settings)
    contributions.close()


def send(page: Page, method: str, url: str, body: bytes = b"") -> httpx.Response:
    async def ask() -> httpx.Response:
        app = Starlette(routes=routes(page), middleware=[Middleware(SecurityHeaders)])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, url, content=body)

    return anyio.run(ask)


@pytest.mark.parametrize(
    "url",
    [
        "/face?start=seed:1",
        f"/card.png?{SURVEY}",
        "/clip?letters=EN&format=gif&size=256",
        "/strip?axis=EI",
    ],
)
def test_a_picture_that_fails_is_an_answer_in_words(
    page: Page, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = send(page, "GET", url)
    assert (answer.status_code, answer.json()) == (500, {"error": FAILED})
    assert SECRET not in answer.text
    assert any(line.levelno == logging.ERROR for line in caplog.records)
    page.services.studio.last = 10**6
    assert send(page, "GET", url).status_code == 200


def test_a_strip_that_fails_in_the_middle_ends_with_whole_frames(page: Page) -> None:
    page.services.studio.last = 5
    answer = send(page, "GET", "/strip?axis=EI")
    assert answer.status_code == 200
    frames, rest = 0, answer.content
    while rest:
        length = int.from_bytes(rest[1:5], "big")
        assert len(rest) >= 5 + length
        frames, rest = frames + 1, rest[5 + length :]
    assert 0 < frames < 17


def test_a_join_whose_pictures_fail_is_counted_once(page: Page) -> None:
    token = page.services.kept_faces.keep(FakeStudio().sample(1, psi=0.5), 0.1)
    url = f"/join?{SURVEY}&start=photo:{token}&by=both&gender=female&own=1&join_id={new_id(1)}"
    answer = send(page, "POST", url)
    assert (answer.status_code, answer.json()) == (500, {"error": {"key": "failed"}})
    page.services.studio.last = 10**6
    assert send(page, "POST", url).json()["count"] == 1


def test_a_photo_that_fails_is_told_by_its_key(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    with monkeypatch.context() as patch:
        patch.setattr(page.services.studio, "invert", broken)
        (line,) = send(page, "POST", "/photo?lang=en", photo()).text.splitlines()
        assert json.loads(line)["error"]["key"] == "failed"
        assert SECRET not in line
    page.services.studio.last = 10**6
    assert "photo" in json.loads(send(page, "POST", "/photo", photo()).text.splitlines()[-1])
