"""The public endpoints: what programs call, with the names of the Python calls.

Gradio checks no argument of such an endpoint, so each function does. Errors reach the client with
a stable code in `title`: `E_INPUT`, `E_BUSY`, `E_MISSING_PART`, `E_BUNDLE`,
`E_COMMUNITY_UNAVAILABLE`; for a photo that cannot be used its reason, such as `E_PHOTO_NO_FACE`;
for a face that may not join an average its reason, such as `E_REFUSED_ALREADY_TODAY`.
"""

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from mbtiface.errors import (
    BundleError,
    BusyError,
    CommunityUnavailableError,
    ContributionRefusedError,
    InputError,
    MbtifaceError,
    MissingPartError,
    PhotoError,
)
from mbtiface.faces.photo_queue import WAITING_PER_SLOT
from mbtiface.services import Services
from mbtiface.ui.api_calls import Calls
from mbtiface.ui.api_contribute import ContributeCalls
from mbtiface.ui.api_match import MatchCalls
from mbtiface.ui.api_photo import PhotoCalls
from mbtiface.ui.page import Page

P = ParamSpec("P")
R = TypeVar("R")
CODES: tuple[tuple[type[MbtifaceError], str], ...] = (
    (InputError, "E_INPUT"),
    (BusyError, "E_BUSY"),
    (MissingPartError, "E_MISSING_PART"),
    (BundleError, "E_BUNDLE"),
    (CommunityUnavailableError, "E_COMMUNITY_UNAVAILABLE"),
    (MbtifaceError, "E_FAILED"),
)
"""The stable code of each kind of error, the first that fits."""
DRAWING = "draw"
"""The group of endpoints that render: together they run as many at once as the settings allow."""
log = logging.getLogger(__name__)


def register(page: Page) -> None:
    """Add every public endpoint to the Blocks that are being built."""
    for name in ("survey_items", "score", "about"):
        gr.api(coded(current(page, Calls, name)), api_name=name)
    drawing: tuple[tuple[type[Any], str], ...] = (
        (Calls, "type_average"),
        (MatchCalls, "ideal_match"),
        (Calls, "morph"),
        (Calls, "morph_sequence"),
    )
    for calls, name in drawing:
        gr.api(
            coded(current(page, calls, name)),
            api_name=name,
            concurrency_id=DRAWING,
            concurrency_limit=page.settings.concurrency,
        )
    photos: tuple[tuple[type[Any], str], ...] = (
        (PhotoCalls, "invert"),
        (ContributeCalls, "contribute"),
    )
    for calls, name in photos:
        gr.api(
            coded(current(page, calls, name)),
            api_name=name,
            # All may begin, as each begins by deleting its upload; the photo queue keeps the order.
            concurrency_limit=page.settings.concurrency * (1 + WAITING_PER_SLOT),
        )


def current(page: Page, calls: Callable[[Services], Any], name: str) -> Callable[..., Any]:
    """Return an endpoint over the bundle that a call's `bundle` names, else the one in use.

    One bundle for the whole of a call, whatever takes over meanwhile.
    """
    shape = getattr(calls(page.services), name)
    signature = inspect.signature(shape)

    @functools.wraps(shape)
    def call(*args: Any, **kwargs: Any) -> Any:
        bundle = signature.bind(*args, **kwargs).arguments.get("bundle")
        return getattr(calls(page.changeover.named(bundle)), name)(*args, **kwargs)

    return call


def coded(call: Callable[P, R]) -> Callable[P, R]:
    """Turn the package's own errors into Gradio's, with the message and a stable code."""

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except MbtifaceError as error:
            raise public_error(error) from error

    return wrapper


def public_error(error: MbtifaceError) -> Any:
    """Return the `gr.Error` of an error: its message, and its code as title."""
    code = next(code for kind, code in CODES if isinstance(error, kind))
    if isinstance(error, PhotoError):
        code = f"E_PHOTO_{error.key.upper()}"
    elif isinstance(error, ContributionRefusedError):
        code = f"E_REFUSED_{error.key.upper()}"
    # Without the message: it repeats what the caller sent.
    log.info("A call was refused: %s", code, extra={"fields": {"code": code}})
    return gr.Error(str(error), title=code, print_exception=False)
