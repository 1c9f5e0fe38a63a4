"""A filmstrip: the present face along one axis, so that a dragged slider waits for no network.

    GET /strip?start=...&by=...&SN=0.5&axis=EI&near=0.3

The face's address stands in the query as for `/face`; its own value on the axis does not matter.
The answer holds `FRAMES` pictures of 256 px, those nearest to `near` first, each sent as soon as it
is drawn: one byte with its number from 0 (`strip_values`), four with its length in bytes, most
significant first, and the JPEG. Where too many others wait it ends early: the page asks for single
pictures then.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mbtiface.errors import BusyError, InputError, MbtifaceError
from mbtiface.faces.address import MAX_AXIS, FaceAddress
from mbtiface.personality.types import AXES
from mbtiface.services import Services
from mbtiface.ui.ahead import is_ahead
from mbtiface.ui.cache_control import KEPT_NOWHERE
from mbtiface.ui.page import Page

FRAMES = 17
"""Pictures of a strip; between two the page cross-fades."""
SIZE = 256
"""Side of each in px."""
MIME = "application/x-mbtiface-strip"
log = logging.getLogger(__name__)


def strip_values() -> tuple[float, ...]:
    """The axis value of each frame, from one end of the slider to the other."""
    return tuple(round(MAX_AXIS * (2 * k / (FRAMES - 1) - 1), 3) for k in range(FRAMES))


def strip(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of `/strip`; it raises `InputError` and `BusyError`."""

    async def handle(request: Request) -> Response:
        query = request.query_params
        services = page.at(query).services
        address, axis = FaceAddress.from_query(query), query.get("axis", "")
        if axis not in AXES:
            raise InputError(f"Axis {axis!r} is unknown. Use {', '.join(AXES)}.")
        near = _number(query.get("near", "0"))
        values = strip_values()
        addresses = [replace(address, axes={**address.axes, axis: value}) for value in values]
        order = sorted(range(FRAMES), key=lambda k: abs(values[k] - near))
        frames = _frames(services, addresses, order, is_ahead(request))
        first = await anext(frames)  # what goes wrong with it is still an answer of its own
        # A strip that ended early must not be taken for the whole one later.
        return StreamingResponse(_rest(first, frames), media_type=MIME, headers=KEPT_NOWHERE)

    return handle


async def _frames(
    services: Services, addresses: Sequence[FaceAddress], order: Sequence[int], ahead: bool
) -> AsyncIterator[bytes]:
    """Draw frames in an order, only as many at a time as there are threads to draw them.

    So single pictures of other visitors come in between, and a visitor who leaves ends it.
    """
    waiting = deque(order)
    drawn: deque[tuple[int, asyncio.Future[bytes]]] = deque()
    while waiting or drawn:
        while waiting and len(drawn) < services.settings.concurrency:
            number = waiting.popleft()
            try:
                future = services.submit(addresses[number], SIZE, ahead)
            except BusyError:
                if number == order[0]:
                    raise
                log.info("A strip ends early: too many others wait.")
                waiting.clear()
            else:
                drawn.append((number, asyncio.wrap_future(future)))
        number, picture = drawn.popleft()
        # Shielded: another visitor may be waiting for the same picture.
        data = await asyncio.shield(picture)
        yield bytes([number]) + len(data).to_bytes(4, "big") + data


async def _rest(first: bytes, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    try:
        async for frame in frames:
            yield frame
    except MbtifaceError as error:
        log.info("A strip ends early: %s", error)
    except Exception:
        log.exception("A strip ends early.")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -MAX_AXIS <= value <= MAX_AXIS:
        raise InputError(
            f"near is {text[:20]!r}, but must be a number from {-MAX_AXIS:g} to {MAX_AXIS:g}."
        )
    return value
