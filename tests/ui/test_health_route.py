"""What watches over the program is told whether it can draw, and nothing about anybody."""

import threading
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette

from mbtiface.contributing import open_contributions
from mbtiface.self_check import Verdict
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.routes import routes
from mbtiface.ui.stopping import Ending
from tests.fakes import FakeStudio


@pytest.fixture
def page(tmp_path: Path) -> Page:
    settings = Settings(state_dir=tmp_path, contributions=False)
    return open_page(Services(settings, FakeStudio()), settings)


def ask(page: Page, ending: Ending | None = None, method: str = "GET") -> httpx.Response:
    async def request() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes(page, ending)))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, "/health")

    return anyio.run(request)


def told(page: Page, ending: Ending | None = None) -> tuple[int, dict[str, Any]]:
    answer = ask(page, ending)
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


def test_it_starts_until_a_face_was_drawn(page: Page) -> None:
    status, said = told(page)
    assert (status, said["status"], said["reason"]) == (503, "starting", "")
    page.services.self_check.check()
    status, said = told(page)
    assert status == 200
    assert isinstance(said.pop("uptime_s"), int)
    assert said == {
        "status": "ok",
        "reason": "",
        "bundle": {"name": "fake", "version": "0.0.1"},
        "engine": "procedural",
        "device": "cpu",
        "photos": True,
        "contributions": "off",
    }


def test_asking_draws_nothing(page: Page) -> None:
    page.services.self_check.check()
    before = page.services.studio.rendered
    for _ in range(20):
        assert told(page)[0] == 200
    assert page.services.studio.rendered == before


def test_a_failure_is_told_with_its_reason(page: Page) -> None:
    page.services.self_check.verdict = Verdict("failing", "RuntimeError: out of memory")
    status, said = told(page)
    assert (status, said["status"]) == (503, "failing")
    assert said["reason"] == "RuntimeError: out of memory"


def test_a_program_that_ends_says_so(page: Page) -> None:
    page.services.self_check.check()
    ending = Ending()
    ending.close(0.0)
    status, said = told(page, ending)
    assert (status, said["status"]) == (503, "failing")
    assert "about to end" in said["reason"]


def test_a_head_request_gets_the_status_alone(page: Page) -> None:
    page.services.self_check.check()
    answer = ask(page, method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


def test_contributions_are_on_where_there_is_a_database(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    studio = FakeStudio()
    contributions = open_contributions(settings, studio)
    page = open_page(Services(settings, studio, contributions=contributions), settings)
    assert told(page)[1]["contributions"] == "on"
    contributions.close()


def test_a_database_that_does_not_answer_does_not_hold_up_health(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr("mbtiface.ui.health_route.ASKED_S", 0.01)
    monkeypatch.setattr(page.services.contributions, "counts", lambda: gate.wait(30) and {})
    monkeypatch.setattr(page.services.contributions, "_community", object())
    page.services.self_check.check()

    async def twice() -> list[httpx.Response]:
        transport = httpx.ASGITransport(Starlette(routes=routes(page)))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answers = [await client.get("/health") for _ in range(2)]
            gate.set()
            return answers

    for answer in anyio.run(twice):
        assert (answer.status_code, answer.json()["contributions"]) == (200, "away")
