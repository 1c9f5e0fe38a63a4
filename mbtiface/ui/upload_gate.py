"""Uploads wait at a gate until they are whole; only then does Gradio write them to its folder.

Gradio writes an upload while it arrives. When the connection breaks in the middle, its part stays
on the disk for good, and nothing knows of it.
"""

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mbtiface.errors import BusyError, PhotoError
from mbtiface.ui.bodies import Bodies, Replay

FRAME_BYTES = 2**16
"""What a form adds to the file in it."""


class UploadGate:
    """Gathers every form with files in memory before it is passed on; all else passes untouched."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        """`max_bytes`: largest file."""
        self.app = app
        self._bodies = Bodies(max_bytes + FRAME_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
            await self.app(scope, receive, send)
            return
        try:
            chunks = Request(scope, receive).stream()
            body = await self._bodies.read(chunks, headers.get("content-length"))
        except ClientDisconnect:
            return
        except PhotoError as error:
            await PlainTextResponse(str(error), 413)(scope, receive, send)
        except BusyError as error:
            await PlainTextResponse(str(error), 503)(scope, receive, send)
        else:
            await self.app(scope, Replay(body, receive), send)
