"""The public endpoints: what programs call, with the names of the Python calls.

Gradio checks no argument of such an endpoint, so each function does. Errors reach the client with
a stable code in `title`:

    E_INPUT                   a value is not allowed
    E_PHOTO_...               a photo cannot be used, and why, such as E_PHOTO_NO_FACE
    E_REFUSED_...             a face may not join an average, and why, as E_REFUSED_ALREADY_TODAY
    E_RATE                    too many calls a minute from one address; told before the call begins
    E_BUSY                    too much is waiting already
    E_MISSING_PART, E_BUNDLE  the bundle in use cannot do it
    E_COMMUNITY_UNAVAILABLE   the averages that people change are away
    E_FAILED                  a fault of this program; its log says where

What `api_gate` refuses comes as HTTP with `{"error": message, "code": code}`: 429 with E_RATE, 413
with E_TOO_LARGE, 400 and 404 with E_INPUT, 503 with E_BUSY. Clients of Gradio join a queue to call,
and get E_RATE as any other error.
"""

import functools
import inspect
import logging
import traceback
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
    RateError,
)
from mbtiface.faces.photo_queue import WAITING_PER_SLOT
from mbtiface.services import Services
from mbtiface.ui.api_about import AboutCalls
from mbtiface.ui.api_calls import Calls
from mbtiface.ui.api_contribute import ContributeCalls
from mbtiface.ui.api_endpoint import add_endpoint, add_refusal
from mbtiface.ui.api_match import MatchCalls
from mbtiface.ui.api_photo import PhotoCalls
from mbtiface.ui.api_survey import SurveyCalls
from mbtiface.ui.api_values import checked_number
from mbtiface.ui.call_rates import MINUTE_S, rate_error
from mbtiface.ui.page import Page

P = ParamSpec("P")
R = TypeVar("R")
CODES: tuple[tuple[type[MbtifaceError], str], ...] = (
    (InputError, "E_INPUT"),
    (RateError, "E_RATE"),
    (BusyError, "E_BUSY"),
    (MissingPartError, "E_MISSING_PART"),
    (BundleError, "E_BUNDLE"),
    (CommunityUnavailableError, "E_COMMUNITY_UNAVAILABLE"),
    (MbtifaceError, "E_FAILED"),
)
"""The stable code of each kind of error, the first that fits."""
PLAIN: tuple[tuple[type[Any], str], ...] = (
    (SurveyCalls, "survey_items"),
    (SurveyCalls, "score"),
    (AboutCalls, "about"),
)
"""Endpoints that draw nothing."""
DRAWN: tuple[tuple[type[Any], str], ...] = (
    (Calls, "type_average"),
    (MatchCalls, "ideal_match"),
    (Calls, "morph"),
    (Calls, "morph_sequence"),
)
OF_PHOTOS: tuple[tuple[type[Any], str], ...] = (
    (PhotoCalls, "invert"),
    (ContributeCalls, "contribute"),
)
REFUSAL = "refused"
"""What a call is turned into where its address makes too many; not public."""
MAX_MESSAGE = 1000
"""Longest message of an error, in characters: values are repeated in them."""
UNFORESEEN = "Something went wrong on the server, and its log says where. Try again or report it."
DRAWING = "draw"
"""The group of endpoints that render: together they run as many at once as the settings allow."""
log = logging.getLogger(__name__)


def register(page: Page) -> None:
    """Add every public endpoint to the Blocks that are being built, and what refuses a call."""
    for calls, name in PLAIN:
        add_endpoint(coded(current(page, calls, name)), name)
    for calls, name in DRAWN:
        add_endpoint(
            coded(current(page, calls, name)),
            name,
            concurrency_id=DRAWING,
            concurrency_limit=page.settings.concurrency,
        )
    for calls, name in OF_PHOTOS:
        # All may begin, as each begins by deleting its upload; the photo queue keeps the order.
        limit = page.settings.concurrency * (1 + WAITING_PER_SLOT)
        add_endpoint(coded(current(page, calls, name)), name, concurrency_limit=limit)
    add_refusal(coded(_refusal(page.settings.api_per_minute)), REFUSAL)


def _refusal(per_minute: int) -> Callable[[float], None]:
    def refused(wait_s: float) -> None:
        raise rate_error(per_minute, checked_number("wait_s", wait_s, 0.0, MINUTE_S) or 0.0)

    return refused


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
    """Turn errors into Gradio's: our own with their message, any other with no detail."""

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except MbtifaceError as error:
            raise public_error(error) from error
        except Exception as error:  # noqa: BLE001 - whatever it was, a program gets a code
            # Kind and place alone, as a message may say something of a photo.
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = type(error).__name__
            log.error("A call failed: %s in %s:%s", kind, place.name, place.lineno)
            raise gr.Error(UNFORESEEN, title="E_FAILED", print_exception=False) from None

    return wrapper


def public_error(error: MbtifaceError) -> Any:
    """Return the `gr.Error` of an error: its message, and its code as title."""
    code = next(code for kind, code in CODES if isinstance(error, kind))
    if isinstance(error, PhotoError):
        code = f"E_PHOTO_{error.key.upper()}"
    elif isinstance(error, ContributionRefusedError):
        code = f"E_REFUSED_{error.key.upper()}"
    message = str(error)
    if len(message) > MAX_MESSAGE:
        message = f"{message[:MAX_MESSAGE]}..."
    # Without the message: it repeats what the caller sent.
    log.info("A call was refused: %s", code, extra={"fields": {"code": code}})
    return gr.Error(message, title=code, print_exception=False)
