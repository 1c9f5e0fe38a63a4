"""The endpoints as tools of the Model Context Protocol, where the settings switch that on.

Gradio answers a tool by calling its own page as a client, from this machine. So that client would
read any file of this machine that an argument names, and every caller would come from 127.0.0.1:
`ToolCalls` closes both. Endpoints that take a photo are no tools: an assistant could only name an
address for the server to fetch, and whose photo it is only a person can say.
"""

import contextlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any

import gradio as gr
from starlette.datastructures import Headers
from starlette.types import Scope

from mbtiface.errors import SettingsError
from mbtiface.settings import Settings
from mbtiface.ui.api_requests import FILE, RefusedError
from mbtiface.ui.visitor import FORWARDED

PATH = "/gradio_api/mcp"
CALLER = "x-mbtiface-caller"
"""Header of this program's calls of itself: the secret, then the address of whoever called it."""
FILE_REFUSED = "Tools take no files. Give a face as a start or as a latent w."


def check_mcp(settings: Settings) -> None:
    """Check that what the protocol needs is installed, if it is switched on.

    Raises:
        SettingsError: it is not.
    """
    if settings.mcp and find_spec("mcp") is None:
        raise SettingsError(
            "MBTIFACE_MCP is on (or --mcp given), but the package mcp is not installed. "
            'Install it with: pip install -e ".[mcp]". Or switch it off.'
        )


def lifespan(
    blocks: gr.Blocks, left_out: tuple[str, ...]
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return what takes endpoints out of the tools, if there are any, before any is asked for."""

    @contextlib.asynccontextmanager
    async def begin(app: Any) -> AsyncIterator[None]:
        tools = blocks.mcp_server_obj.tool_to_endpoint if blocks.mcp_server_obj else {}
        for tool, endpoint in list(tools.items()):
            if endpoint.removeprefix("/") in left_out:
                del tools[tool]
        yield

    return begin


class ToolCalls:
    """Requests of assistants, and what this program asks of itself to answer them."""

    def __init__(self) -> None:
        self._secret = secrets.token_hex(16)

    def count(self, body: Any) -> int:
        """Return how many tools a message calls.

        Raises:
            RefusedError: an argument names a file.
        """
        messages = body if isinstance(body, list) else [body]
        calls = [
            one for one in messages if isinstance(one, dict) and one.get("method") == "tools/call"
        ]
        if any(map(_names_file, calls)):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "E_INPUT", FILE_REFUSED)
        return len(calls)

    def signed(self, scope: Scope) -> Scope:
        """Return an assistant's request with its address in a header that Gradio hands on."""
        headers = Headers(scope=scope)
        caller = scope["client"][0] if scope.get("client") else ""
        # Gradio hands on one header of each name.
        forwarded = ",".join(headers.getlist(FORWARDED))
        added = {CALLER: f"{self._secret} {caller}"} | ({FORWARDED: forwarded} if forwarded else {})
        return {**scope, "headers": [*_without(scope, FORWARDED, CALLER), *_raw(added)]}

    def own(self, scope: Scope) -> Scope | None:
        """Return a request of this program to itself as its first sender's; None for any other."""
        secret, _, caller = Headers(scope=scope).get(CALLER, "").partition(" ")
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return None
        client = (caller, 0) if caller else None
        return {**scope, "headers": _without(scope, CALLER), "client": client}


def _names_file(value: Any) -> bool:
    """Whether a value, no deeper than bodies may be, is or holds what Gradio takes for a file."""
    if isinstance(value, dict):
        meta = value.get("meta")
        if isinstance(meta, dict) and meta.get("_type") == FILE:
            return True
        return any(map(_names_file, value.values()))
    return isinstance(value, list) and any(map(_names_file, value))


def _without(scope: Scope, *names: str) -> list[tuple[bytes, bytes]]:
    gone = {name.encode() for name in names}
    return [(name, value) for name, value in scope["headers"] if name.lower() not in gone]


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
