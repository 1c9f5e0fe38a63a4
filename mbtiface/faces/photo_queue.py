"""Photos on their way to a latent: a few at a time, a few waiting, each stopped when asked."""

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from PIL import Image

from mbtiface.faces.drawing_queue import DrawingQueue
from mbtiface.faces.inversion_request import InversionRequest

if TYPE_CHECKING:
    from mbtiface.faces.inversion import Inversion
    from mbtiface.faces.studio import Studio

WAITING_PER_SLOT = 3
"""Photos that may wait for each one being worked on; each holds its file in memory."""


class StoppedError(Exception):
    """A photo's work was stopped, as nobody waits for it any more."""


class PhotoQueue:
    """Opens and inverts photos in threads of its own. Of a photo nothing stays here afterwards."""

    def __init__(self, studio: "Studio", slots: int, max_bytes: int) -> None:
        """`slots`: photos worked on at once. `max_bytes`: largest file."""
        self._studio = studio
        self._max_bytes = max_bytes
        self._queue = DrawingQueue(slots, slots * (1 + WAITING_PER_SLOT))

    def close(self, timeout_s: float) -> None:
        """Drop what waits, take no more, and give what is worked on so long to end."""
        self._queue.close(timeout_s)

    def submit(
        self,
        data: bytes,
        request: InversionRequest,
        on_step: Callable[[int, int], None] | None = None,
        on_open: Callable[[Image.Image], None] | None = None,
        stop: threading.Event | None = None,
    ) -> "Future[Inversion]":
        """Queue a photo; the future raises what `open_photo` and `Studio.invert` raise.

        Args:
            data: the photo's file.
            request: how to invert it.
            on_step: called from a working thread with (done, total) after each refinement step.
            on_open: called from there with the upright photo before its face is looked for.
            stop: once set, the work ends within a step, with `StoppedError`.

        Raises:
            BusyError: too many photos are waiting already.
        """
        photo: list[bytes] = [data]
        del data

        def check() -> None:
            if stop is not None and stop.is_set():
                raise StoppedError

        def step(done: int, total: int, *_: object) -> None:
            check()
            if on_step is not None:
                on_step(done, total)

        def invert() -> "Inversion":
            from mbtiface.faces.photos import open_photo  # its decoders take a while to load

            check()
            image = open_photo(photo.pop(), self._max_bytes)
            if on_open is not None:
                on_open(image)
            check()
            return self._studio.invert(
                image,
                face=request.face,
                crop=request.crop,
                aligned=request.aligned,
                refine_steps=request.refine_steps,
                on_step=step,
            )

        def work() -> "Inversion":
            try:
                return invert()
            except BaseException as error:
                _let_go(error)
                raise

        return self._queue.submit(work)


def _let_go(error: BaseException | None) -> None:
    """Empty the frames behind an error: they hold the photo as long as anybody holds the error."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
