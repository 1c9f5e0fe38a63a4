"""One line in the log for each request to a route of our own: name, status, time and size.

Nothing else of it: its query says whose face or which answers, its headers who asks. What the
page's files and Gradio's own routes are asked for is not told.
"""

import logging
import time
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mbtiface.ui.paths import path_of

log = logging.getLogger(__name__)


class AccessLog:
    """Tells the log of each request to one of some paths, when its answer has been sent."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self.app = app
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        path = path_of(scope)
        if path not in self._paths:
            await self.app(scope, receive, send)
            return
        started, status, size = time.perf_counter(), 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            milliseconds = round(1000 * (time.perf_counter() - started), 1)
            fields = {"route": path[1:], "method": scope["method"], "status": status}
            fields |= {"ms": milliseconds, "bytes": size}
            log.info(
                "%s %s %d in %.1f ms, %d bytes",
                scope["method"],
                path[1:],
                status,
                milliseconds,
                size,
                extra={"fields": fields},
            )
