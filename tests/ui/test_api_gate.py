"""The gate before Gradio's routes: sizes, counts, and what passes it untouched."""

import json
from dataclasses import replace
from typing import Any

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from mbtiface.settings import PRIVATE_NETWORKS, Settings
from mbtiface.ui.api_gate import ApiGate
from tests.ui.few_endpoints import ENDPOINTS, OWN, PUBLIC
from tests.ui.test_call_rates import Clock

SETTINGS = Settings(api_per_minute=3, api_max_kb=16)
ABOUT = "/gradio_api/call/v2/about"
JSON = {"content-type": "application/json"}


class Behind:
    """The program behind the gate: knows what reached it, and answers `passed`."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append(await Request(scope, receive).body())
        self.scopes.append(scope)
        await PlainTextResponse("passed")(scope, receive, send)


class Visit:
    """A gate with a program behind it and a clock beside it."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.behind, self.clock = Behind(), Clock()
        self.gate = ApiGate(self.behind, ENDPOINTS, settings, self.clock)

    def send(
        self,
        path: str,
        body: Any = None,
        headers: dict[str, str] = JSON,
        host: str = "203.0.113.5",
        method: str = "POST",
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request through the gate; returns status, headers and body of the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": raw,
            "query_string": b"",
            "client": (host, 1),
        }
        anyio.run(self.gate, scope, receive, send)
        answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], answered, sent[1]["body"]

    def join(self, number: int) -> tuple[int, dict[str, str], bytes]:
        """Call a function as Gradio's clients do."""
        body = {"data": [], "fn_index": number, "session_hash": "visit"}
        return self.send("/gradio_api/queue/join", body)


def test_a_call_passes_as_it_came() -> None:
    visit, body = Visit(), b' {"size":256} '
    assert visit.send("/gradio_api/call/v2/morph", body)[0] == 200
    assert visit.behind.bodies == [body]


def test_calls_beyond_the_limit_are_told_when_to_come_again() -> None:
    visit = Visit()
    assert [visit.send(ABOUT, {})[0] for _ in range(4)] == [200, 200, 200, 429]
    status, headers, body = visit.send(ABOUT, {})
    assert (status, headers["retry-after"]) == (429, "20")
    told = json.loads(body)
    assert told["code"] == "E_RATE"
    assert "more than 3 calls a minute. Try again in 20.0 s." in told["error"]
    visit.clock.now += 20
    assert visit.send(ABOUT, {})[0] == 200
    assert len(visit.behind.bodies) == 4


def test_every_way_of_calling_counts_alike() -> None:
    visit = Visit(replace(SETTINGS, api_per_minute=4))
    assert visit.send(ABOUT, {})[0] == 200
    assert visit.send("/gradio_api/call/about", {"data": []})[0] == 200
    assert visit.send("/gradio_api/run/about", {"data": []})[0] == 200
    assert visit.join(PUBLIC["about"])[0] == 200
    assert visit.send("/gradio_api/run/about", {"data": []})[0] == 429


def test_a_client_of_gradio_is_told_by_the_endpoint_that_refuses() -> None:
    visit = Visit()
    for _ in range(4):
        assert visit.join(PUBLIC["about"])[0] == 200
    told = json.loads(visit.behind.bodies[-1])
    assert told == {"fn_index": OWN["refused"], "session_hash": "visit", "data": [20.0]}
    length = dict(visit.behind.scopes[-1]["headers"])[b"content-length"]
    assert int(length) == len(visit.behind.bodies[-1])


def test_a_client_that_does_not_listen_is_told_so_plainly() -> None:
    visit = Visit()
    assert [visit.join(PUBLIC["about"])[0] for _ in range(7)] == [200] * 6 + [429]


def test_the_pages_own_events_and_routes_are_not_counted() -> None:
    visit = Visit()
    own = {"data": {}, "fn_name": "survey_outcome", "component_id": 1, "session_hash": "x"}
    for _ in range(50):
        assert visit.join(OWN["own_event"])[0] == 200
        assert visit.send("/gradio_api/component_server", own)[0] == 200
        assert visit.send("/photo", b"\xff\xd8", {"content-type": "image/jpeg"})[0] == 200
        assert visit.send("/face", b"", {}, method="GET")[0] == 200
        assert visit.send("/gradio_api/queue/data", b"", {}, method="GET")[0] == 200
    assert [visit.send(ABOUT, {})[0] for _ in range(4)] == [200, 200, 200, 429]


def test_each_address_has_its_own_count_as_far_as_proxies_are_believed() -> None:
    def first_four(visit: Visit, **headers: str) -> list[int]:
        return [
            visit.send(ABOUT, {}, JSON | {"x-forwarded-for": f"198.51.100.{n}"}, host="10.0.0.1")[0]
            for n in range(4)
        ]

    assert first_four(Visit()) == [200, 200, 200, 429]
    assert first_four(Visit(replace(SETTINGS, proxies=PRIVATE_NETWORKS))) == [200] * 4


def test_no_limit_is_no_limit() -> None:
    visit = Visit(replace(SETTINGS, api_per_minute=0))
    assert {visit.send(ABOUT, {})[0] for _ in range(300)} == {200}


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    visit = Visit()
    status, _, body = visit.send("/gradio_api/call/v2/morph", b'{"start":"' + b"x" * 16000 + b'"}')
    assert status == 413
    told = json.loads(body)
    assert told["code"] == "E_TOO_LARGE"
    assert "larger than 16 KB. Files go to /gradio_api/upload" in told["error"]
    assert visit.behind.bodies == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/gradio_api/upload", {"content-type": "multipart/form-data; boundary=x"}),
        ("/photo", {"content-type": "image/jpeg"}),
    ],
)
def test_files_have_limits_of_their_own(path: str, headers: dict[str, str]) -> None:
    assert Visit().send(path, bytes(20000), headers)[0] == 200


def test_a_refused_body_is_not_counted_as_a_call() -> None:
    visit = Visit()
    for _ in range(5):
        status, _, body = visit.send(ABOUT, {"nothing": 1})
        assert (status, json.loads(body)["code"]) == (400, "E_INPUT")
    assert visit.send(ABOUT, {})[0] == 200


def test_an_empty_body_is_left_to_gradio() -> None:
    assert Visit().send("/gradio_api/reset", b"")[0] == 200


def test_a_visitor_who_leaves_in_the_middle_is_no_fault() -> None:
    visit = Visit()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": ABOUT, "headers": [], "client": None}
    anyio.run(visit.gate, scope, receive, send)
    assert visit.behind.bodies == []
