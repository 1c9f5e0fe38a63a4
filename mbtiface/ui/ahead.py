"""Pictures that the page fetches ahead, in case somebody will want them: how a request says so."""

from starlette.requests import Request

HEADER = "x-ahead"
"""A header, so that the address stays that of the picture, and the browser's cache serves both."""


def is_ahead(request: Request) -> bool:
    """Whether nobody waits for the answer yet."""
    return HEADER in request.headers
