"""Requests to Gradio's routes wait at a gate: bodies are bounded and read, calls are counted.

A call is a request that names a public endpoint, whichever of Gradio's ways it takes (`call`,
`run`, `queue/join`, a tool of an assistant). What the page itself asks for is none, so nobody is
sent away for dragging a slider.
"""

import json
import math
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mbtiface.errors import BusyError, PhotoError
from mbtiface.settings import Settings
from mbtiface.ui import mcp
from mbtiface.ui.api import REFUSAL
from mbtiface.ui.api_requests import JOIN, Endpoints, RefusedError, read_json
from mbtiface.ui.bodies import Bodies, Replay
from mbtiface.ui.call_rates import CallRates, rate_error
from mbtiface.ui.visitor import visitor_of_request

PREFIX = "/gradio_api/"
KILOBYTE = 1000
BODIES_AT_ONCE = 64
"""As many bodies of the largest size may be under way together."""
PATIENCE_S = 30.0
"""Seconds that one body may take."""


class ApiGate:
    """Bounds what Gradio's routes are sent; everything else passes untouched."""

    def __init__(
        self,
        app: ASGIApp,
        endpoints: Endpoints,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._settings = settings
        self._endpoints = endpoints
        self._refusal = endpoints.number(REFUSAL)
        self._bodies = Bodies(settings.api_max_kb * KILOBYTE, BODIES_AT_ONCE, PATIENCE_S)
        self._rates = CallRates(settings.api_per_minute, clock)
        # Being told so through the queue costs a little too, and is bounded alike.
        self._told = CallRates(settings.api_per_minute, clock)
        self._tools = mcp.ToolCalls()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) if _is_http(scope) else ""
        if not path.startswith(PREFIX) or not _has_json(scope):
            await self.app(scope, receive, send)
            return
        own = self._tools.own(scope)
        scope = own or scope
        try:
            body = await self._read(Request(scope, receive))
            if body:
                asked = read_json(body)
                scope, body = self._passed(scope, path, asked, body, counted=own is None)
        except ClientDisconnect:
            return
        except RefusedError as refused:
            await _answer(refused)(scope, receive, send)
        else:
            await self.app(scope, Replay(body, receive), send)

    async def _read(self, request: Request) -> bytes:
        try:
            return await self._bodies.read(request.stream(), request.headers.get("content-length"))
        except PhotoError:
            most = self._settings.api_max_kb
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "E_TOO_LARGE",
                f"The body is larger than {most} KB. Files go to {PREFIX}upload.",
            ) from None
        except BusyError:
            message = "Many calls are arriving, or this one took too long. Try again in a moment."
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "E_BUSY", message, 1.0) from None

    def _passed(
        self, scope: Scope, path: str, asked: Any, body: bytes, counted: bool
    ) -> tuple[Scope, bytes]:
        """Return the request as it is passed on; raises `RefusedError` where it is not."""
        if path.rstrip("/") == mcp.PATH or path.startswith(f"{mcp.PATH}/"):
            calls, signed = self._tools.count(asked), self._tools.signed(scope)
        else:
            calls, signed = int(self._endpoints.called(path, asked) is not None), scope
        visitor = visitor_of_request(Request(scope), self._settings.proxies)
        wait_s = self._rates.take(visitor, calls) if calls and counted else 0.0
        if not wait_s:
            return signed, body
        session = asked.get("session_hash") if JOIN.fullmatch(path) else None
        if isinstance(session, str) and not self._told.take(visitor):
            # Clients of Gradio know no status 429: they are told by an endpoint that refuses.
            told = {"fn_index": self._refusal, "session_hash": session, "data": [wait_s]}
            return _with_length(scope, refusal := json.dumps(told).encode()), refusal
        message = str(rate_error(self._settings.api_per_minute, wait_s))
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "E_RATE", message, wait_s)


def _is_http(scope: Scope) -> bool:
    return bool(scope["type"] == "http")


def _has_json(scope: Scope) -> bool:
    """Whether a request may have a body that is no form; forms have a gate of their own."""
    kind = Headers(scope=scope).get("content-type", "").lower()
    return scope["method"] not in ("GET", "HEAD", "OPTIONS") and not kind.startswith(
        "multipart/form-data"
    )


def _with_length(scope: Scope, body: bytes) -> Scope:
    headers = [one for one in scope["headers"] if one[0].lower() != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}


def _answer(refused: RefusedError) -> Response:
    headers = {"retry-after": str(math.ceil(refused.wait_s))} if refused.wait_s else None
    told = {"error": str(refused), "code": refused.code}
    return JSONResponse(told, refused.status, headers)
