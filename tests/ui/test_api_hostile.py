"""Hostile calls of every endpoint, on a served page: each is answered, and the page lives."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import httpx
import pytest

from tests.ui.fake_page import served

HUGE = 10**400
DEEP = "[" * 25 + "]" * 25
CALLS: dict[str, dict[str, Any]] = {
    "survey_items": {"lang": "en", "form": "quick"},
    "score": {"answers": {"EI1": 4}, "form": "quick"},
    "about": {},
    "type_average": {"code": "ENTP", "gender": "female", "size": 256},
    "ideal_match": {"code": "ENTP", "lang": "en", "gender": None, "axes": None},
    "morph": {
        "start": "average:female",
        "axes": {"EI": 0.5},
        "gender": "female",
        "strength": 1.0,
        "layers": "all",
        "keep": None,
        "size": 256,
        "w": None,
        "bundle": None,
    },
    "morph_sequence": {
        "letters": "E",
        "start": "average:female",
        "gender": "female",
        "step": 0.5,
        "strength": 1.0,
        "size": 256,
        "w": None,
        "bundle": None,
        "layers": "all",
        "keep": None,
        "format": "frames",
    },
    "invert": {"image": None, "face": 0, "crop": None, "aligned": False, "refine_steps": 0},
    "contribute": {
        "image": None,
        "code": "ENTP",
        "gender": "female",
        "join_id": None,
        "adult": True,
        "own_photo": True,
        "face": 0,
        "crop": None,
        "refine_steps": 0,
    },
}
"""A call of each endpoint with all its parameters; of those with photos the others are hostile."""
HOSTILE: dict[str, Any] = {
    "text": "<script>alert(1)</script>\0가🙂",
    "long text": "E" * 100_000,
    "huge whole number": HUGE,
    "huge negative": -HUGE,
    "truth": True,
    "list of lists": [[[]]],
    "deep list": json.loads(DEEP),
    "object": {"EI": HUGE, "__proto__": {}, "$ref": "#"},
    "list of huge": [HUGE] * 18,
}
TELLS_NO_MORE = ("Traceback", 'File "', "site-packages", "/mbtiface/")


@pytest.fixture(scope="module")
def page() -> Iterator[httpx.Client]:
    with (
        served("tests.ui.fake_page", MBTIFACE_API_PER_MINUTE="0") as address,
        httpx.Client(base_url=f"{address}gradio_api/", timeout=60) as client,
    ):
        yield client


def post(page: httpx.Client, name: str, body: Any) -> httpx.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return page.post(f"call/v2/{name}", content=data, headers={"content-type": "application/json"})


def answer(page: httpx.Client, name: str, values: dict[str, Any]) -> tuple[str, Any]:
    """Call an endpoint over HTTP; returns `complete` or `error`, and what came with it."""
    response = post(page, name, values)
    assert response.status_code == 200, response.text
    told = page.get(f"call/{name}/{response.json()['event_id']}").text
    assert not any(word in told for word in TELLS_NO_MORE), told[:500]
    event, data = told.strip().split("\n\n")[-1].split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@pytest.mark.parametrize("name", CALLS)
def test_each_parameter_refuses_each_hostile_value_with_message_and_code(
    page: httpx.Client, name: str
) -> None:
    for parameter in CALLS[name]:
        for kind, value in HOSTILE.items():
            event, told = answer(page, name, CALLS[name] | {parameter: value})
            if event == "complete":
                assert is_meant(name, parameter, kind), (name, parameter, kind)
                continue
            assert told["title"] == "E_INPUT" or told["title"].startswith("E_PHOTO"), (
                parameter,
                kind,
                told,
            )
            assert 10 < len(told["error"]) < 1100
    assert answer(page, "about", {})[0] == "complete"


def is_meant(name: str, parameter: str, kind: str) -> bool:
    """Whether an endpoint may take a value: the made-up studio keeps what it is told to keep."""
    return parameter == "keep" and kind in ("text", "long text")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("morph", '{"axes": {"EI": 1e999}}'),
        ("morph", '{"strength": -1e999}'),
        ("morph", '{"keep": 1e999}'),
        ("morph", '{"w": [[1e999]]}'),
        ("morph_sequence", '{"step": 1e999}'),
        ("ideal_match", '{"axes": {"EI": 1e999, "SN": 0, "TF": 0, "JP": 0}}'),
        ("invert", '{"image": null, "crop": [1e999, 0, 1, 0]}'),
    ],
)
def test_an_endless_number_is_refused(page: httpx.Client, name: str, values: str) -> None:
    response = post(page, name, values.encode())
    told = page.get(f"call/{name}/{response.json()['event_id']}").text
    assert '"title": "E_' in told
    assert "E_FAILED" not in told


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"axes": {"EI": NaN}}', 400, "E_INPUT"),
        (b'{"axes": {"EI": ' + b"9" * 5000 + b"}}", 400, "E_INPUT"),
        (b"[" * 100_000 + b"]" * 100_000, 400, "E_INPUT"),
        (b'{"start": "\\ud800"}', 400, "E_INPUT"),
        (b"{}}", 400, "E_INPUT"),
        (b'{"start": "' + b"x" * 600_000 + b'"}', 413, "E_TOO_LARGE"),
        (b'{"nothing": 1}', 400, "E_INPUT"),
    ],
)
@pytest.mark.parametrize("name", CALLS)
def test_a_body_that_is_no_call_is_refused_before_gradio_sees_it(
    page: httpx.Client, name: str, body: bytes, status: int, code: str
) -> None:
    response = post(page, name, body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not any(word in response.text for word in TELLS_NO_MORE)


class Reached(BaseHTTPRequestHandler):
    """A machine inside the network that nobody outside should reach; it knows who came."""

    paths: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def inside() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Reached)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def file(path: str, **more: str) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}} | more


@pytest.mark.parametrize(
    "name_and_parameter",
    [(name, parameter) for name, values in CALLS.items() for parameter in list(values)[:1]],
    ids=str,
)
def test_no_address_is_fetched_for_any_endpoint(
    page: httpx.Client, inside: str, name_and_parameter: tuple[str, str]
) -> None:
    name, parameter = name_and_parameter
    tried = [
        file(f"http://{inside}/a"),
        file(f"https://{inside}/b"),
        file(f" HTTP://{inside}/c"),
        file("x", url=f"http://{inside}/d"),
        file("http://169.254.169.254/latest/meta-data"),
        file("http://100.64.0.1/"),  # no private address to Gradio's own guard
        file("http://192.0.2.1/huge"),
        file("file:///etc/passwd"),
        file("/etc/passwd"),
        file("../../etc/passwd"),
        [file(f"http://{inside}/e")],
    ]
    for value in tried:
        event, told = answer(page, name, CALLS[name] | {parameter: value})
        assert event == "error"
        assert "root:" not in json.dumps(told)
    event, told = answer(page, name, CALLS[name] | {parameter: tried[0]})
    assert (told["title"], told["error"][:37]) == (
        "E_INPUT",
        "A file is not fetched from an address",
    )
    assert Reached.paths == []


def test_a_call_of_nothing_is_told_so(page: httpx.Client) -> None:
    response = post(page, "nothing", {})
    assert response.status_code == 404
    assert "Call survey_items, score" in response.json()["error"]
