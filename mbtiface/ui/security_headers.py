"""Headers that bound what the page may do in a browser, and who may show it.

The policy allows what Gradio's page needs and nothing from elsewhere: its own scripts, those
written into its HTML by a number that is made anew for each visit, its own styles, pictures and
videos also from the page's memory. All other answers are data: opened on their own they may do
nothing.
"""

import logging

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "content-security-policy"
FRAMED_BY = "'self' https://huggingface.co"
"""Who may show the page in a frame: the Hub shows a Space in one."""
DATA_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; sandbox"
)
"""Opened on its own a picture or clip is shown, by a page of the browser's that styles it."""
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
"""A photo is chosen as a file, which needs no camera of the page's own."""
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": PERMISSIONS,
}
FAILED = "Something went wrong here. Try again; if it stays, tell whoever runs this page."
log = logging.getLogger(__name__)


class SecurityHeaders:
    """Adds the headers to every answer; what failed without one gets a bare answer with them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def headed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                add_headers(message)
            await send(message)

        try:
            await self.app(scope, receive, headed)
        except Exception:
            log.exception("A request failed.")
            if begun:
                raise
            await JSONResponse({"error": FAILED}, 500)(scope, receive, headed)


TEXT_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; font-src 'self'; "
    f"base-uri 'none'; form-action 'none'; frame-ancestors {FRAMED_BY}"
)
"""Of a page that is words and pictures, without a script."""


def add_headers(start: Message) -> None:
    """Add the headers to the message that begins an answer; a policy that it has stays."""
    start["headers"] = list(start["headers"])
    headers = MutableHeaders(raw=start["headers"])
    for name, value in EVERYWHERE.items():
        headers[name] = value
    headers.setdefault(POLICY, DATA_POLICY)


def page_policy(nonce: str) -> str:
    """Return the policy of the page whose own script elements carry a nonce."""
    return "; ".join(
        (
            "default-src 'self'",
            # Gradio's HTML component makes functions of its templates, even of plain text.
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            # Gradio's components write their sizes and colours into style attributes.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {FRAMED_BY}",
        )
    )
