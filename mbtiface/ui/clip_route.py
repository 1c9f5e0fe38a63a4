"""A walk letter by letter as a download, drawn when it is asked for and kept nowhere.

    GET /clip?start=...&by=...&EI=0.5&letters=ENTP&format=mp4&size=512&lang=ko

The face's address stands in the query as for `/face`. The pictures go through the same queue as
all others, one at a time, and no file is written.
"""

import asyncio
from collections.abc import Awaitable, Callable

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from mbtiface.ui.cache_control import KEPT_NOWHERE
from mbtiface.ui.page import Page
from mbtiface.ui.slots import Slots
from mbtiface.ui.walk_clip import Walk, walk_clip

CLIPS_AT_ONCE = 2
BUSY = "Other clips are being made. Try again in a moment."


def clip(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of `/clip`; it raises `InputError` and `BusyError`."""
    slots = Slots(CLIPS_AT_ONCE, BUSY)

    async def handle(request: Request) -> Response:
        query = request.query_params
        walk = Walk.from_query(query)
        language = page.language_of(query.get("lang"), request.headers.get("accept-language", ""))
        services = page.at(query).services
        with slots.one():
            pictures: list[Image.Image] = []
            for address in walk.addresses():
                if await request.is_disconnected():
                    return Response(status_code=400)
                pictures.append(await asyncio.to_thread(services.image, address, walk.size))
            first = page.text("morph_walk_start", language)
            made = await asyncio.to_thread(walk_clip, pictures, walk.letters, walk.format, first)
        headers = {"content-disposition": f'attachment; filename="{walk.file_name}"'}
        return Response(made.data, media_type=made.mime, headers=headers | KEPT_NOWHERE)

    return handle
