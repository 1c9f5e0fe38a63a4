"""A visitor's own photo: in by the body of one request, out as a face under a secret token.

    POST   /photo?face=0&crop=x,y,side,angle&refine=25&lang=ko    body: the photo's file
    DELETE /photo?photo=TOKEN
    POST   /photo/forget?photo=TOKEN      the same, for `navigator.sendBeacon`

The photo is read into memory and never written anywhere. The answer is a stream of JSON lines:
`{"progress": [done, total]}` for each step of refinement, then one line with the face or with an
`error`. When the visitor goes away the work stops and nothing is kept.
"""

import asyncio
import contextlib
import json
import logging
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from mbtiface.errors import BusyError, InputError, MbtifaceError, MissingPartError, PhotoError
from mbtiface.faces.address import PHOTO
from mbtiface.faces.inversion_request import InversionRequest
from mbtiface.faces.photo_queue import StoppedError
from mbtiface.services import MEGABYTE, Services
from mbtiface.ui.bodies import Bodies
from mbtiface.ui.cache_control import KEPT_NOWHERE
from mbtiface.ui.page import Page
from mbtiface.ui.paths import route_by_method
from mbtiface.ui.photo_answer import PhotoAnswer

NDJSON = "application/x-ndjson"
# A proxy that gathers the lines would hide the progress.
HEADERS = KEPT_NOWHERE | {"x-accel-buffering": "no"}
STATUS = {"too_large": 413, "busy": 503, "missing_part": 501, "failed": 500}
"""HTTP status of errors known before the stream begins; 400 for all others."""
KEYS: tuple[tuple[type[Exception], str], ...] = (
    (BusyError, "busy"),
    (MissingPartError, "missing_part"),
    (InputError, "bad_request"),
    (StoppedError, "cancelled"),
)
"""What else may stop a photo, besides a `PhotoError` with a key of its own."""
log = logging.getLogger(__name__)


def photo_routes(page: Page) -> list[BaseRoute]:
    """Return the routes under `/photo`."""
    bodies = Bodies(page.settings.max_upload_mb * MEGABYTE)

    async def invert(request: Request) -> Response:
        query = request.query_params
        language = page.language_of(query.get("lang"), request.headers.get("accept-language", ""))
        answer = PhotoAnswer(page, language)
        try:
            asked = read_request(query)
            data = await bodies.read(request.stream(), request.headers.get("content-length"))
            return _Stream(_Work(page.at(query).services, answer, asked, data))
        except ClientDisconnect:
            return Response(status_code=400)
        except MbtifaceError as error:
            key = error_key(error)
            return Response(
                _line(answer.error(key)), STATUS.get(key, 400), HEADERS, media_type=NDJSON
            )

    async def forget(request: Request) -> Response:
        for services in page.changeover.all():
            services.kept_faces.forget(request.query_params.get("photo", ""))
        return Response(status_code=204, headers=KEPT_NOWHERE)

    return [
        route_by_method("/photo", POST=invert, DELETE=forget),
        Route("/photo/forget", forget, methods=["POST"]),
    ]


def read_request(query: Mapping[str, str]) -> InversionRequest:
    """Read `face`, `crop` and `refine` from query parameters.

    Raises:
        InputError: a value is not allowed; `PhotoError` with key `bad_crop` for the square.
    """
    crop: list[Any] | None = None
    if "crop" in query:
        crop = [_number(part) for part in query["crop"].split(",")]
    face, steps = _number(query.get("face", "0")), _number(query.get("refine", "0"))
    return InversionRequest.make(face, crop, False, steps)


def _number(text: str) -> object:
    """Return the number that a text names, or the text for the request to refuse."""
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        return float(text)
    except ValueError:
        return text


def error_key(error: BaseException) -> str:
    """Return the key of an error: `PhotoError`'s own, or what else may stop a photo."""
    if isinstance(error, PhotoError):
        return error.key
    return next((key for kind, key in KEYS if isinstance(error, kind)), "failed")


def log_failure(error: BaseException) -> None:
    """Log what nobody foresaw: kind and place alone, as a message may say something of a photo."""
    if error_key(error) == "failed":
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("A photo failed: %s in %s:%s", type(error).__name__, place.name, place.lineno)


class _Work:
    """One photo on its way; `lines` are what its visitor is told meanwhile."""

    def __init__(
        self, services: Services, answer: PhotoAnswer, asked: InversionRequest, data: bytes
    ) -> None:
        self._kept_faces = services.kept_faces
        self._answer = answer
        self._asked = asked
        self._stop = threading.Event()
        self._steps: asyncio.Queue[list[int] | None] = asyncio.Queue()
        # Not a method: the future would hold this object, which holds the future, until the
        # garbage collector comes by; what is known of a photo goes with its request.
        tell = _teller(asyncio.get_running_loop(), self._steps)
        self._future = services.photos.submit(
            data, asked, lambda *step: tell(list(step)), answer.see_photo, self._stop
        )
        self._future.add_done_callback(lambda _: tell(None))

    def stop(self) -> None:
        """End the work within a step; nothing happens where it has ended."""
        self._stop.set()

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the answer's lines; forgets the face again when closed before the last is sent."""
        token, told = "", False
        try:
            while (step := await self._steps.get()) is not None:
                yield _line({"progress": step})
            if error := self._future.exception():
                log_failure(error)
                yield _line(self._answer.error(error_key(error)))
                return
            inversion = self._future.result()
            found = await asyncio.to_thread(self._answer.found, inversion, self._asked)
            token = self._kept_faces.keep(inversion.w, inversion.difference)
            yield _line({"photo": token, "start": f"{PHOTO}:{token}"} | found)
            told = True
        finally:
            if token and not told:
                self._kept_faces.forget(token)


def _teller(
    loop: asyncio.AbstractEventLoop, steps: "asyncio.Queue[list[int] | None]"
) -> Callable[[list[int] | None], None]:
    """Return a function that puts a step into the queue from any thread; None for the end."""

    def tell(step: list[int] | None) -> None:
        # The loop is closed when the program ends in the middle of a photo.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(steps.put_nowait, step)

    return tell


class _Stream(StreamingResponse):
    """The lines of a work, which ends with the connection and not at some later time."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._lines = work.lines()
        super().__init__(self._lines, headers=HEADERS, media_type=NDJSON)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI request."""
        try:
            async with contextlib.aclosing(self._lines):  # type: ignore[type-var]
                await super().__call__(scope, receive, send)
        finally:
            self._work.stop()


def _line(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()
