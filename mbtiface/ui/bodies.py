"""Bodies of requests read into memory, within limits, so that no part of a photo meets a disk."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message, Receive

from mbtiface.errors import BusyError, PhotoError

AT_ONCE = 6
"""As many bodies of the largest size may be under way together."""
PATIENCE_S = 300.0
"""Seconds that one body may take; 20 MB by a slow phone line take half of it."""


class Bodies:
    """Reads bodies; what all of them hold together is bounded. For one event loop."""

    def __init__(
        self, max_bytes: int, at_once: int | None = None, patience_s: float | None = None
    ) -> None:
        """`max_bytes`: largest body; `at_once`: as many of these may be under way together.

        `patience_s`: seconds that one may take. None = `AT_ONCE`, `PATIENCE_S`.
        """
        self._max_bytes = max_bytes
        self._most = max_bytes * (AT_ONCE if at_once is None else at_once)
        self._patience_s = patience_s
        self._held = 0

    async def read(self, chunks: AsyncIterator[bytes], announced: str | None) -> bytes:
        """Return a body whole.

        Args:
            chunks: its parts as they arrive.
            announced: the Content-Length header, by which a body is refused before it is read.

        Raises:
            PhotoError: `too_large`, as soon as that is known.
            BusyError: too much is being received already, or it takes too long.
        """
        if announced and announced.isascii() and announced.isdigit():
            self._check(int(announced[:18]))
        body = bytearray()
        try:
            async with asyncio.timeout(self._patience_s or PATIENCE_S):
                async for chunk in chunks:
                    self._check(len(body) + len(chunk))
                    if self._held + len(chunk) > self._most:
                        raise BusyError("Many photos are arriving. Try again in a moment.")
                    self._held += len(chunk)
                    body += chunk
            return bytes(body)
        except TimeoutError as error:
            raise BusyError("The photo took too long to arrive. Try again.") from error
        finally:
            self._held -= len(body)

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise PhotoError(
                "too_large",
                f"The file is larger than {self._max_bytes / 10**6:.0f} MB. Choose a smaller one.",
            )


class Replay:
    """Gives a body that was read once more, in one piece, then what comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """Return the next ASGI message."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}
