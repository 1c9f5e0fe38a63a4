"""What goes into the page's `<head>` before Gradio starts: language, texts, styles, scripts.

Gradio chooses its language before anything that `launch` could add, so the HTML of `/` is
changed on its way out: the language is settled here, once, for Gradio and our own scripts alike.
"""

import hashlib
import json
import re
import secrets
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mbtiface.services import MEGABYTE
from mbtiface.ui import photo
from mbtiface.ui.gallery_dialog import linked_type
from mbtiface.ui.page import Page
from mbtiface.ui.security_headers import POLICY, page_policy
from mbtiface.ui.theme import colour_css

ASSETS = Path(__file__).parents[2] / "assets"
Linked = dict[str, str] | None
SCRIPT_ELEMENT = re.compile(r"<script(?=[\s>])")
NONCE_BYTES = 16
SCRIPT_TEXTS = ("shell_", "survey_", "photo_page_", "join_")
"""Texts with these prefixes go to the browser for the scripts."""


class FrameMiddleware:
    """Adds the frame to the HTML of `/`; every other answer passes through untouched."""

    def __init__(self, app: ASGIApp, page: Page) -> None:
        self.app = app
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        if scope["type"] != "http" or not _is_front(scope):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        accepted = request.headers.get("accept-language", "")
        language = self.page.language_of(request.query_params.get("lang"), accepted)
        opened = linked_type(request.query_params)
        await self.app(scope, receive, _Rewriter(send, self.page, language, opened))


class _Rewriter:
    """Holds back an HTML answer until it is whole, then sends it with the frame in it."""

    def __init__(self, send: Send, page: Page, language: str, opened: Linked) -> None:
        self._send = send
        self._page = page
        self._language = language
        self._opened = opened
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body" or self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(raw=list(self._start["headers"]))
        if headers.get("content-type", "").startswith("text/html"):
            html = self._body.decode()
            page = self._page.at({})
            nonce = secrets.token_urlsafe(NONCE_BYTES)
            html = frame_html(html, page, self._language, self._opened)
            self._body = allow_scripts(html, nonce).encode()
            headers[POLICY] = page_policy(nonce)
        headers["content-length"] = str(len(self._body))
        await self._send({**self._start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": self._body})


def _is_front(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return path in ("", "/") and scope["method"] == "GET"


def frame_html(html: str, page: Page, language: str, opened: Linked = None) -> str:
    """Return the page's HTML with language, texts, styles and scripts in its head.

    `opened`: the type that the link opens, as `linked_type` reads it.
    """
    # The title stands in <title>, in the link preview and in Gradio's own config.
    html = html.replace(page.text("shell_title"), page.text("shell_title", language))
    html = html.replace("<head>", f"<head>{_first_script(page, language, opened)}{_scripts()}", 1)
    return html.replace("</head>", f"{_styles()}</head>", 1)


def allow_scripts(html: str, nonce: str) -> str:
    """Give every script element the nonce that the page's policy asks for.

    Texts of the page cannot hold one: "<" is escaped in all that is written into a script.
    """
    return SCRIPT_ELEMENT.sub(f'<script nonce="{nonce}"', html)


def _first_script(page: Page, language: str, opened: Linked) -> str:
    texts = page.messages[language]
    data = {
        "lang": language,
        "version": page.services.key,
        "coming": page.changeover.coming.phase in ("fetching", "opening"),
        "texts": {key: text for key, text in texts.items() if key.startswith(SCRIPT_TEXTS)},
        "megabyte": MEGABYTE,
        "opened": opened,
        "joining": page.services.contributions.offered,
        "photoMarkup": photo.markup(page, language) if page.services.takes_photos else "",
    }
    # "<" is escaped so that no text can end the script.
    payload = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f"<script>window.mbtiface={payload};(l=>{{"
        "Object.defineProperty(navigator,'language',{get:()=>l});"
        "Object.defineProperty(navigator,'languages',{get:()=>[l]});"
        "Object.assign(document.documentElement.dataset,{lang:l,plain:''})"
        "})(window.mbtiface.lang)</script>"
    )


def _scripts() -> str:
    """Return our scripts; deferred ones run in the page's order, and Gradio's must find them."""
    paths = sorted((ASSETS / "scripts").glob("*.js"))
    return "".join(f'<script defer src="{versioned(path)}"></script>' for path in paths)


def _styles() -> str:
    """Return our styles, which stand after Gradio's."""
    parts = [f"<style>{colour_css()}</style>"]
    for path in sorted((ASSETS / "styles").glob("*.css")):
        parts.append(f'<link rel="stylesheet" href="{versioned(path)}">')
    return "".join(parts)


def versioned(path: Path) -> str:
    """Return the address of a file under `assets/`; it changes with the file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    return f"site/{path.parent.name}/{path.name}?{digest}"
