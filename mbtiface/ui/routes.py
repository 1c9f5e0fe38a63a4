"""Own routes beside Gradio: pictures by address, the result card, styles, scripts and fonts.

A picture by an own route reaches the page in one trip and is kept by the browser; through a
Gradio component it takes two or three and leaves a file behind.
"""

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from mbtiface.errors import BusyError, InputError, MbtifaceError
from mbtiface.faces.address import FaceAddress
from mbtiface.ui.ahead import is_ahead
from mbtiface.ui.cache_control import ASK_FIRST, FOREVER, KEPT_NOWHERE, NEVER
from mbtiface.ui.card import draw_card
from mbtiface.ui.clip_route import clip
from mbtiface.ui.frame import ASSETS
from mbtiface.ui.health_route import health
from mbtiface.ui.join_route import join_routes
from mbtiface.ui.made_page import made
from mbtiface.ui.model_route import model
from mbtiface.ui.outcome import Answers
from mbtiface.ui.page import Page
from mbtiface.ui.paths import HEALTH, Handler
from mbtiface.ui.photo_route import photo_routes
from mbtiface.ui.slots import Slots
from mbtiface.ui.stopping import Ending
from mbtiface.ui.strip_route import strip

ASSET_FOLDERS = ("fonts", "journey", "scripts", "styles")
CARDS_AT_ONCE = 2
BUSY = "Other cards are being drawn. Try again in a moment."
FAILED = "The picture could not be drawn. Try again; if it stays, tell whoever runs this page."
log = logging.getLogger(__name__)


def routes(page: Page, ending: Ending | None = None) -> list[BaseRoute]:
    """Return the routes of pictures, photos, joins, files, the model that is coming, and health.

    `ending`: the program's end, which health tells of.
    """
    mounts = [
        Mount(f"/site/{name}", LongLivedFiles(directory=ASSETS / name)) for name in ASSET_FOLDERS
    ]
    return [
        Route("/face", _guarded(_face(page))),
        Route("/card.png", _guarded(_card(page))),
        Route("/clip", _guarded(clip(page))),
        Route("/strip", _guarded(strip(page))),
        Route("/model", model(page)),
        Route(HEALTH, health(page, ending or Ending())),
        Route("/made", made(page)),
        *photo_routes(page),
        *join_routes(page),
        *mounts,
    ]


class LongLivedFiles(StaticFiles):
    """Static files that the browser keeps; a digest in the address changes with the file."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file's response with a lifetime of a year."""
        response = await super().get_response(path, scope)
        if scope["query_string"] or path.endswith(".woff2"):
            response.headers["cache-control"] = FOREVER
        return response


def _face(page: Page) -> Handler:
    async def face(request: Request) -> Response:
        query = request.query_params
        services = page.at(query).services
        address = FaceAddress.from_query(query)
        size = query.get("size", "256")
        if not (size.isascii() and size.isdigit()):
            raise InputError(f"Size is {size!r}, but must be 256, 512 or 1024.")
        newest = address
        if address.community_cell() is not None:
            newest = await asyncio.to_thread(services.newest, address)
        future = services.submit(address, int(size[:9]), is_ahead(request))
        # A visitor who leaves must not cancel a picture that another one may be waiting for.
        data = await asyncio.shield(asyncio.wrap_future(future))
        # Only an address that names the bundle in use, and an average as it is, is kept for ever.
        current = query.get("v") == services.key and newest == address
        kept = NEVER if address.photo_token() else FOREVER if current else ASK_FIRST
        return Response(data, media_type="image/jpeg", headers={"cache-control": kept})

    return face


def _card(page: Page) -> Handler:
    slots = Slots(CARDS_AT_ONCE, BUSY)

    async def card(request: Request) -> Response:
        query = request.query_params
        answers = Answers.from_query(query)
        language = page.language_of(query.get("lang"), request.headers.get("accept-language", ""))
        with slots.one():
            host = request.url.netloc
            data = await asyncio.to_thread(draw_card, page.at(query), answers, language, host)
        name = f"{answers.code().lower()}.png"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        if answers.address().photo_token():
            headers |= KEPT_NOWHERE
        return Response(data, media_type="image/png", headers=headers)

    return card


def _guarded(handler: Handler) -> Handler:
    """Turn our own errors into JSON: 400 for bad input, 503 when busy, 500 otherwise.

    When busy, what is fetched ahead gets an empty 204: nothing went wrong, and browsers note any
    503 as an error.
    """

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except InputError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except BusyError as error:
            headers = {"retry-after": "1"}
            if is_ahead(request):
                return Response(status_code=204, headers=headers | KEPT_NOWHERE)
            return JSONResponse({"error": str(error)}, status_code=503, headers=headers)
        except MbtifaceError as error:
            log.error("%s: %s", request.url.path, error)
            return JSONResponse({"error": str(error)}, status_code=500)
        except Exception:
            log.exception("%s failed.", request.url.path)
            return JSONResponse({"error": FAILED}, status_code=500)

    return guarded
