"""Paths of requests as our own routes have them."""

from starlette.types import Scope

API = "/gradio_api/"
"""Under it lies all that Gradio serves to its own page and to clients."""
HEALTH = "/health"


def path_of(scope: Scope) -> str:
    """Return the path of a request below the page's own address; "" for what is no request."""
    if scope["type"] != "http":
        return ""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"
