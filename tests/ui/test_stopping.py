"""When the program ends, what is under way is finished and what comes after is sent away."""

import threading

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mbtiface.ui.paths import API
from mbtiface.ui.stopping import QUIET_S, Door, Ending


async def served(_: Request) -> PlainTextResponse:
    return PlainTextResponse("served")


def send(ending: Ending, method: str, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        route = Route("/{path:path}", served, methods=["GET", "POST"])
        app = Starlette(routes=[route], middleware=[Middleware(Door, ending=ending)])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path)

    return anyio.run(ask)


@pytest.fixture
def closed() -> Ending:
    ending = Ending()
    ending.close(0.0)
    return ending


def test_everything_is_let_in_before() -> None:
    assert send(Ending(), "POST", "/join").text == "served"


@pytest.mark.parametrize("path", ["/", "/face", f"{API}call/morph", f"{API}queue/join"])
def test_a_late_request_is_told_to_come_back(closed: Ending, path: str) -> None:
    answer = send(closed, "POST", path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["connection"] == "close"
    assert answer.json()["error"] == answer.json()["detail"]
    assert "Try again" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/join", "/photo"])
def test_routes_whose_errors_the_page_words_get_the_key(closed: Ending, path: str) -> None:
    error = send(closed, "POST", path).json()["error"]
    assert error["key"] == "busy"
    assert "restarting" in error["text"]


@pytest.mark.parametrize(
    "path", ["/health", f"{API}call/morph/0123", f"{API}queue/data", f"{API}file=/tmp/x.jpg"]
)
def test_results_of_earlier_calls_and_health_are_still_told(closed: Ending, path: str) -> None:
    assert send(closed, "GET", path).text == "served"


def test_the_end_waits_for_what_is_under_way_and_no_longer() -> None:
    ending, inside, leave = Ending(), threading.Event(), threading.Event()

    def request() -> None:
        with ending.request():
            inside.set()
            leave.wait(30)

    visitor = threading.Thread(target=request)
    visitor.start()
    assert inside.wait(30)
    closing = threading.Thread(target=ending.close, args=(60.0,))
    closing.start()
    closing.join(3 * QUIET_S)
    assert closing.is_alive()
    leave.set()
    closing.join(30)
    assert not closing.is_alive()
    visitor.join(30)


def test_what_does_not_finish_in_time_is_told(caplog: pytest.LogCaptureFixture) -> None:
    ending = Ending()
    with ending.request():
        ending.close(0.1)
    assert "1 requests were not finished within the time." in caplog.messages


def test_asking_for_the_end_wakes_who_waits_for_it() -> None:
    ending = Ending()
    waiting = threading.Thread(target=ending.wait_until_asked)
    waiting.start()
    ending.ask(15, None)
    waiting.join(30)
    assert not waiting.is_alive()
