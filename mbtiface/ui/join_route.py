"""A visitor's own face joins the average of the type that their answers made, or leaves it again.

    GET    /join                                          {"state": "on"} or "away", "off"
    POST   /join?form&answers&start=photo:TOKEN&by&gender&join_id&own=1
    DELETE /join?form&answers&start=photo:TOKEN&by&gender

The type comes from the answers, never from the photo. What undoes the join stays in the server's
memory beside the face; the answer holds pictures of the averages and no number of them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from mbtiface.contributing import STRETCH
from mbtiface.errors import (
    BusyError,
    CommunityUnavailableError,
    ContributionRefusedError,
    InputError,
    MbtifaceError,
)
from mbtiface.personality.types import check_gender
from mbtiface.services import Services
from mbtiface.ui.cache_control import KEPT_NOWHERE
from mbtiface.ui.outcome import Answers
from mbtiface.ui.page import Page
from mbtiface.ui.paths import route_by_method
from mbtiface.ui.photo_answer import data_uri
from mbtiface.ui.slots import Slots
from mbtiface.ui.visitor import visitor_of_request

PICTURE_PX = 256
AT_ONCE = 4
"""Joins under way together: each may hold a thread for as long as the database makes it wait."""
BUSY = "Others are joining. Try again in a moment."
STATUS = {"away": 503, "busy": 503, "bad_request": 400, "gone": 410, "failed": 500}
"""HTTP status by key; 409 for the reasons of a refusal."""
log = logging.getLogger(__name__)


def join_routes(page: Page) -> list[BaseRoute]:
    """Return the route at `/join`."""
    slots = Slots(AT_ONCE, BUSY)

    async def state(request: Request) -> Response:
        services = page.at(request.query_params).services
        found = await asyncio.to_thread(lambda: services.contributions.state)
        return JSONResponse({"state": found}, headers=KEPT_NOWHERE)

    async def join(request: Request) -> Response:
        visitor = visitor_of_request(request, page.settings.proxies)
        query = dict(request.query_params)
        return await _answered(slots, lambda: joined(page.at(query).services, query, visitor))

    async def leave(request: Request) -> Response:
        query = dict(request.query_params)
        return await _answered(slots, lambda: left(page.at(query).services, query))

    return [route_by_method("/join", GET=state, POST=join, DELETE=leave)]


def joined(services: Services, query: Mapping[str, str], visitor: str) -> dict[str, Any]:
    """Let a kept face join, and return what its person is shown.

    Raises:
        InputError: a value is missing or not allowed, or the face is no longer kept.
        ContributionRefusedError: nothing was counted; the key says why.
        CommunityUnavailableError: the database cannot be used now.
        BusyError: the face was counted, but too many pictures are waiting.
    """
    token, code, gender = _face(services, query)
    if query.get("own") != "1":
        raise InputError("Joining needs the tick that one is 18 or older and the photo one's own.")
    contributions = services.contributions
    done = contributions.join_kept(
        services.kept_faces, token, code, gender, visitor, query.get("join_id", "")
    )
    pictures = contributions.pictures(done)
    return {
        "code": code,
        "gender": gender,
        "count_before": done.count_before,
        "count": done.count,
        "clipped": done.clipped,
        "times": STRETCH,
        "pictures": {
            name: data_uri(services.marked(w, PICTURE_PX)) for name, w in pictures.items()
        },
    }


def left(services: Services, query: Mapping[str, str]) -> dict[str, Any]:
    """Take a kept face out of its average again, and return how many are left there.

    Raises:
        ContributionRefusedError: `too_late`; InputError: a value is not allowed.
        CommunityUnavailableError: the database cannot be used now.
    """
    token, code, gender = _face(services, query)
    return {"count": services.contributions.undo(token, code, gender)}


class _GoneError(InputError):
    """The face is no longer kept."""


def _face(services: Services, query: Mapping[str, str]) -> tuple[str, str, str]:
    answers = Answers.from_query(query)
    token = answers.address().photo_token()
    if token is None:
        raise InputError("Only a face that started from one's own photo can join an average.")
    if token not in services.kept_faces:
        raise _GoneError("The face of this photo is no longer kept. Choose the photo again.")
    return token, answers.code(), check_gender(query.get("gender", ""))


async def _answered(slots: Slots, work: Callable[[], dict[str, Any]]) -> Response:
    try:
        with slots.one():
            # A visitor who leaves must not leave a join half told.
            return JSONResponse(await _shielded(asyncio.to_thread(work)), headers=KEPT_NOWHERE)
    except MbtifaceError as error:
        key = error_key(error)
        if key == "failed":
            log.error("A join failed: %s", error)
        return JSONResponse({"error": {"key": key}}, STATUS.get(key, 409), KEPT_NOWHERE)
    except Exception:
        log.exception("A join failed.")
        return JSONResponse({"error": {"key": "failed"}}, STATUS["failed"], KEPT_NOWHERE)


async def _shielded(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return await asyncio.shield(work)


def error_key(error: MbtifaceError) -> str:
    """Return the key by which the page words an error."""
    if isinstance(error, ContributionRefusedError):
        return error.key
    kinds: tuple[tuple[type[MbtifaceError], str], ...] = (
        (CommunityUnavailableError, "away"),
        (BusyError, "busy"),
        (_GoneError, "gone"),
        (InputError, "bad_request"),
    )
    return next((key for kind, key in kinds if isinstance(error, kind)), "failed")
