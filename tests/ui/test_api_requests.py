"""Bodies and calls as they are checked before Gradio sees them."""

from typing import Any

import pytest

from mbtiface.ui.api import REFUSAL
from mbtiface.ui.api_requests import MAX_DEPTH, RefusedError, read_json
from tests.ui.few_endpoints import ENDPOINTS, OWN, PUBLIC


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"data": [1, "\xea\xb0\x80", null]}', {"data": [1, "가", None]}),
        (b"[]", []),
        (b'"\\ud83d\\ude42"', "🙂"),  # two halves make a character
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b"1" * 4000, None),  # the call refuses it
        (b"1e999", float("inf")),  # as above
    ],
)
def test_json_is_read(body: bytes, value: Any) -> None:
    found = read_json(body)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "no JSON"),
        (b"", "no JSON"),
        (b"\xff\xff", "no JSON"),
        (b"[NaN]", "no JSON"),
        (b"[-Infinity]", "no JSON"),
        (b"1" * 5000, "no JSON"),  # more digits than Python reads
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deeper"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "deeper"),
        (b"[" * 200_000, "no JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "no JSON"),
        (b'["\\ud800"]', "half a character"),
        (b'{"\\udfff": 1}', "half a character"),
    ],
)
def test_what_is_no_json_or_too_deep_is_refused(body: bytes, word: str) -> None:
    with pytest.raises(RefusedError, match=word) as caught:
        read_json(body)
    assert (caught.value.status, caught.value.code) == (400, "E_INPUT")


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("call/about", {"data": []}, "about"),
        ("call/about/", {"data": []}, "about"),
        ("call/v2/about", {}, "about"),
        ("call/v2/morph", {"axes": {"EI": 1}}, "morph"),
        ("run/score", {"data": [{"EI1": 4}, None]}, "score"),
        ("api/score", {"data": [{"EI1": 4}, None]}, "score"),
        ("call/about", {"data": [], "fn_index": 10**9}, "about"),  # Gradio looks at the name here
        ("upload", [], None),
        ("component_server", {"data": {}}, None),
        ("heartbeat/x", {}, None),
    ],
)
def test_a_call_is_known_by_its_path(path: str, body: Any, name: str | None) -> None:
    called = ENDPOINTS.called(f"/gradio_api/{path}", body)
    assert (called and called.name) == name


@pytest.mark.parametrize("path", ["queue/join", "queue/join/", "run/predict"])
def test_a_call_is_known_by_its_number(path: str) -> None:
    body = {"data": [], "fn_index": PUBLIC["about"], "session_hash": "x"}
    called = ENDPOINTS.called(f"/gradio_api/{path}", body)
    assert called is not None
    assert called.name == "about"


def test_what_the_page_asks_of_gradio_is_no_call() -> None:
    assert ENDPOINTS.number(REFUSAL) == OWN[REFUSAL]
    for number in OWN.values():
        body = {"data": [1], "fn_index": number, "session_hash": "x"}
        assert ENDPOINTS.called("/gradio_api/queue/join", body) is None


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("call/nothing", {"data": []}, 404, "no 'nothing'. Call about, score, morph, contribute."),
        ("call/refused", {"data": [1]}, 404, "no 'refused'"),
        ("call/v2/nothing", {}, 404, "no 'nothing'"),
        ("call/morph", {"data": []}, 400, "morph takes 3 values in data: start, axes, size"),
        ("call/morph", {"data": "all"}, 400, "morph takes 3 values"),
        ("call/morph", [1], 400, "morph takes 3 values"),
        ("call/v2/morph", [1], 400, "object"),
        ("call/v2/morph", {"strenght": 1}, 400, "knows no 'strenght'. It takes start, axes"),
        ("call/v2/about", {"x": 1}, 400, "It takes nothing"),
        ("call/v2/contribute", {"code": "ENTP"}, 400, "needs gender, image"),
        ("run/predict", {"data": []}, 404, "no 'predict'"),
        ("run/predict", {"data": [], "fn_index": 999}, 404, "no function 999"),
        ("queue/join", {"data": []}, 404, "no function None"),
        ("queue/join", {"data": [], "fn_index": "5"}, 404, "no function '5'"),
        ("queue/join", {"data": [], "fn_index": 5.0}, 404, "no function 5.0"),
        ("queue/join", {"data": [], "fn_index": True}, 404, "no function True"),
        ("queue/join", {"data": [], "fn_index": [5]}, 404, "no function"),
        ("queue/join", [], 400, "must be an object"),
    ],
)
def test_a_call_of_nothing_or_with_other_values_is_refused(
    path: str, body: Any, status: int, word: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        ENDPOINTS.called(f"/gradio_api/{path}", body)
    assert (caught.value.status, caught.value.code) == (status, "E_INPUT")
    assert word in str(caught.value)
