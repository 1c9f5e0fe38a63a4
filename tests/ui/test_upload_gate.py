"""Forms with files reach the program behind the gate whole, or not at all."""

from typing import Any

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from mbtiface.ui.upload_gate import FRAME_BYTES, UploadGate

FORM = [(b"content-type", b"multipart/form-data; boundary=x")]


class Behind:
    """The program behind the gate: knows what reached it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async for part in Request(scope, receive).stream():
            self.messages.append(part)
        await PlainTextResponse("thanks")(scope, receive, send)


def post(messages: list[Message], headers: Any = FORM, limit: int = 100) -> tuple[Behind, int]:
    """Send messages through a gate: the program behind it, and the answer's status (0: none)."""
    behind, sent = Behind(), list[Message]()
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/upload", "headers": headers}
    anyio.run(UploadGate(behind, limit), scope, receive, send)
    return behind, sent[0]["status"] if sent else 0


def part(data: bytes, more: bool) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


def test_a_form_arrives_in_one_piece() -> None:
    behind, status = post([part(b"one ", True), part(b"two ", True), part(b"three", False)])
    assert [message for message in behind.messages if message] == [b"one two three"]
    assert status == 200


def test_a_form_cut_off_does_not_arrive() -> None:
    behind, status = post([part(b"one ", True), {"type": "http.disconnect"}])
    assert behind.messages == []
    assert status == 0


@pytest.mark.parametrize("announced", [True, False])
def test_a_form_over_the_limit_is_refused(announced: bool) -> None:
    body = bytes(100 + FRAME_BYTES + 1)
    length = [(b"content-length", str(len(body)).encode())] if announced else []
    behind, status = post([part(body, False)], FORM + length)
    assert behind.messages == []
    assert status == 413


def test_everything_else_passes_as_it_comes() -> None:
    messages = [part(b"one ", True), part(b"two", False)]
    behind, status = post(messages, [(b"content-type", b"application/json")])
    assert [message for message in behind.messages if message] == [b"one ", b"two"]
    assert status == 200
