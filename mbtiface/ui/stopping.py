"""The program's end: what has begun is finished, what comes after is sent away in words.

A host that ends a program says so (SIGTERM) and kills it some seconds later. In between a join
that was begun gets into its average, a picture is drawn to its end, and nothing new begins.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mbtiface.ui.paths import API, HEALTH, path_of

FINISH_S = 8.0
"""Seconds that requests under way may take to finish; hosts kill after 10 to 30."""
QUIET_S = 0.3
"""Seconds without a request after which nothing follows any more, such as a result's pictures."""
STEP_S = 0.05
SAID = "This page is restarting. Try again in a moment."
KEYED = ("/join", "/photo")
"""Routes whose errors are worded by the page, by a key."""
LASTING = (f"{API}heartbeat/", f"{API}dev/reload")
"""Gradio's signs of life of an open page; they have no end."""
log = logging.getLogger(__name__)


class Ending:
    """Whether the program ends, and how many requests are under way. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._asked = threading.Event()
        self._closed = threading.Event()

    def ask(self, *_: object) -> None:
        """Ask for the end; fit to be a signal's handler."""
        self._asked.set()

    def wait_until_asked(self) -> None:
        """Return once the end was asked for."""
        while not self._asked.wait(1.0):  # a wait without limit hears no signal on Windows
            pass

    @property
    def closed(self) -> bool:
        """Whether new requests are sent away."""
        return self._closed.is_set()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as under way for the length of the block."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def close(self, timeout_s: float = FINISH_S) -> None:
        """Send new requests away, and wait so long for those under way."""
        self._closed.set()
        until = time.monotonic() + timeout_s
        quiet_since = time.monotonic()
        while (now := time.monotonic()) < until and now - quiet_since < QUIET_S:
            if self._under_way > 0:
                quiet_since = now
            time.sleep(STEP_S)
        if self._under_way > 0:
            log.warning("%d requests were not finished within the time.", self._under_way)


class Door:
    """Lets requests in and counts them; once the program ends, only what belongs to earlier ones.

    That is what reads results: Gradio hands them out by requests of their own.
    """

    def __init__(self, app: ASGIApp, ending: Ending) -> None:
        self.app = app
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        path = path_of(scope)
        if not path or path.startswith(LASTING) or path == HEALTH:
            await self.app(scope, receive, send)
        elif self._ending.closed and not (path.startswith(API) and scope["method"] == "GET"):
            await refusal(path)(scope, receive, send)
        else:
            with self._ending.request():
                await self.app(scope, receive, send)


def refusal(path: str) -> Response:
    """Return what is said to a request that comes too late, as its route says it is busy."""
    said: object = {"key": "busy", "text": SAID} if path in KEYED else SAID
    headers = {"retry-after": "5", "connection": "close", "cache-control": "no-store"}
    return JSONResponse({"error": said, "detail": SAID}, 503, headers)


def end_by_force_in(seconds: float) -> None:
    """End the program some seconds from now even if a thread of it never does, as one that hangs.

    Nothing of it can be lost then: a host would do the same.
    """

    def end() -> None:
        log.error("Something did not end within %.0f s; it is ended by force.", seconds)
        logging.shutdown()
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
