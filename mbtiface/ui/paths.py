"""Paths of requests as our own routes have them, and routes with a handler for each method."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

Handler = Callable[[Request], Awaitable[Response]]

API = "/gradio_api/"
"""Under it lies all that Gradio serves to its own page and to clients."""
HEALTH = "/health"


def path_of(scope: Scope) -> str:
    """Return the path of a request below the page's own address; "" for what is no request."""
    if scope["type"] != "http":
        return ""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def route_by_method(path: str, **handlers: Handler) -> Route:
    """Return one route with a handler for each method, named by it: `GET=...`.

    One, as two routes of a path each name their own methods alone to who asks for another.
    """

    async def handle(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await handlers[method](request)

    return Route(path, handle, methods=list(handlers))
