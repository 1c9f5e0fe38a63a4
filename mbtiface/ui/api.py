"""The public endpoints: what programs call, with the names of the Python calls.

Gradio checks no argument of such an endpoint, so each function does. Errors reach the client with
a stable code in `title`: `E_INPUT`, `E_BUSY`, `E_MISSING_PART`, `E_BUNDLE`,
`E_COMMUNITY_UNAVAILABLE`; for a photo that cannot be used its reason, such as `E_PHOTO_NO_FACE`;
for a face that may not join an average its reason, such as `E_REFUSED_ALREADY_TODAY`.
"""

import functools
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
    calls = Calls(page.services)
    for quick in (calls.survey_items, calls.score, calls.about):
        gr.api(coded(quick), api_name=quick.__name__)
    ideal_match = MatchCalls(page.services).ideal_match
    for drawing in (calls.type_average, ideal_match, calls.morph, calls.morph_sequence):
        gr.api(
            coded(drawing),
            api_name=drawing.__name__,
            concurrency_id=DRAWING,
            concurrency_limit=page.settings.concurrency,
        )
    for photo in (PhotoCalls(page.services).invert, ContributeCalls(page.services).contribute):
        gr.api(
            coded(photo),
            api_name=photo.__name__,
            # All may begin, as each begins by deleting its upload; the photo queue keeps the order.
            concurrency_limit=page.settings.concurrency * (1 + WAITING_PER_SLOT),
        )


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
    log.info("%s: %s", code, error)
    return gr.Error(str(error), title=code, print_exception=False)
