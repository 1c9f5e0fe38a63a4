"""What becomes of the bundle that was asked for, told to pages that are open meanwhile.

GET /model?v=KEY&lang=ko      {"phase": "fetching", "text": "...", "why": ""}

`why` is for who runs the page, in English as logged; a visitor need not read it.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mbtiface.ui.cache_control import KEPT_NOWHERE
from mbtiface.ui.page import Page


def model(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of `/model`."""

    async def handle(request: Request) -> Response:
        query = request.query_params
        language = page.language_of(query.get("lang"), request.headers.get("accept-language", ""))
        coming = page.changeover.coming
        said = {
            "phase": coming.phase,
            "text": coming_text(page.at(query), language),
            "why": coming.reason,
        }
        return JSONResponse(said, headers=KEPT_NOWHERE)

    return handle


def coming_text(page: Page, language: str) -> str:
    """Return the sentence for a session: how far the bundle is, or that it serves or does not."""
    coming = page.changeover.coming
    if coming.phase == "none":
        return ""
    if coming.phase == "failed":
        return page.text("shell_notice", language)
    if coming.phase == "ready":
        moved = page.services is page.changeover.current
        key = "shell_model_here" if moved else "shell_model_ready"
        return page.text(key, language, name=coming.name)
    percent = 100 * coming.done // coming.total if coming.total else 0
    return page.text(f"shell_model_{coming.phase}", language, name=coming.name, percent=percent)
