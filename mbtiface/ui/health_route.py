"""Whether this program can draw, for whoever watches over it: hosts, containers, people.

    GET /health      {"status": "ok", "reason": "", "bundle": {"name": ..., "version": ...}, ...}

200 when it can draw; 503 while it starts, and when it cannot or is about to end. It says what the
last self-check found and causes no drawing. Nothing in it is about a visitor.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mbtiface.self_check import Verdict
from mbtiface.ui.cache_control import KEPT_NOWHERE
from mbtiface.ui.page import Page
from mbtiface.ui.stopping import Ending

ASKED_S = 1.0
"""Seconds that the database may take to say whether faces can join; after them it is `away`."""
ENDS = Verdict("failing", "The program is about to end.")


def health(page: Page, ending: Ending) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of `/health`."""
    started = time.monotonic()
    contributions = _Contributions(page)

    async def handle(_: Request) -> Response:
        services = page.changeover.current
        verdict = ENDS if ending.closed else services.self_check.verdict
        manifest = services.studio.manifest
        said: dict[str, Any] = {
            "status": verdict.state,
            "reason": verdict.reason,
            "bundle": {"name": manifest.name, "version": manifest.version},
            "engine": services.studio.engine,
            "device": services.studio.device,
            "uptime_s": round(time.monotonic() - started),
            "photos": services.takes_photos,
            "contributions": await contributions.state(),
        }
        status = 200 if verdict.state == "ok" else 503
        return JSONResponse(said, status, KEPT_NOWHERE)

    return handle


class _Contributions:
    """Asks for the state of contributions, one thread at a time, however slow the database is."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._asking: asyncio.Task[str] | None = None

    async def state(self) -> str:
        """Return `on`, `away` or `off`, within `ASKED_S`."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(asyncio.to_thread(self._ask))
        done, _ = await asyncio.wait((self._asking,), timeout=ASKED_S)
        return self._asking.result() if done else "away"

    def _ask(self) -> str:
        return self._page.changeover.current.contributions.state
