"""A few threads that draw, those pictures first that somebody is looking for."""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from queue import PriorityQueue
from typing import Any, TypeVar

from mbtiface.errors import BusyError
from mbtiface.faces.zero_gpu import in_this_context

T = TypeVar("T")
END, NOW, AHEAD = -1, 0, 1


@dataclass(eq=False)
class Piece:
    """Work that was handed in; `started` once a thread has taken it or it was dropped."""

    work: Callable[[], Any]
    ahead: bool
    future: "Future[Any]" = field(default_factory=Future)
    started: bool = False


class DrawingQueue:
    """Work in two ranks, each in order of arrival; bounded; thread-safe.

    Pictures that are fetched ahead, in case somebody will want them, wait behind those that
    somebody waits for; while any such picture waits, no more are taken. They have a bound of their
    own, so that they never take a place from those.
    """

    def __init__(self, threads: int, limit: int) -> None:
        """`limit`: pieces of each rank that may be unfinished, running ones included."""
        self._limit = limit
        self._lock = threading.Lock()
        self._closed = False
        self._order = itertools.count()
        self._queue: PriorityQueue[tuple[int, int, Piece | None]] = PriorityQueue()
        self._unfinished: dict[Future[Any], Piece] = {}
        # Daemons: a picture that nobody will see must not hold up the program's end.
        self._threads = [
            threading.Thread(target=self._run, name=f"draw-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[], T], ahead: bool = False) -> "Future[T]":
        """Queue a piece of work.

        Raises:
            BusyError: too much is waiting already; or nobody waits for this but for others.
            CancelledError: the queue was closed.
        """
        piece = Piece(in_this_context(work), ahead)
        with self._lock:
            if self._closed:
                raise CancelledError("the program ends")
            pieces = self._unfinished.values()
            count = sum(each.ahead == ahead for each in pieces)
            if count >= self._limit:
                raise BusyError(f"{count} pictures are waiting already. Try again in a moment.")
            if ahead and any(not (each.ahead or each.started) for each in pieces):
                raise BusyError("Others are waiting for their pictures. Try again in a moment.")
            self._unfinished[piece.future] = piece
        self._put(piece)
        return piece.future

    def hurry(self, future: "Future[Any]") -> None:
        """Let work that was queued ahead take its place among what somebody waits for."""
        with self._lock:
            piece = self._unfinished.get(future)
            if piece is None or piece.started or not piece.ahead:
                return
            piece.ahead = False
        # Its first entry stays in the queue and is passed over when its turn comes.
        self._put(piece)

    def close(self, timeout_s: float) -> None:
        """Drop what waits, take no more, and give what is being drawn so long to end.

        A program that ends while a thread of it draws is not ended by Python but by a crash.
        """
        with self._lock:
            self._closed = True
            dropped = [piece for piece in self._unfinished.values() if not piece.started]
            for piece in dropped:
                piece.started = True
                del self._unfinished[piece.future]
        for piece in dropped:
            piece.future.cancel()
        for _ in self._threads:
            self._queue.put((END, next(self._order), None))
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _put(self, piece: Piece) -> None:
        self._queue.put((AHEAD if piece.ahead else NOW, next(self._order), piece))

    def _run(self) -> None:
        # A function of its own: a waiting thread must hold on to no work and no result.
        while self._do(self._queue.get()[2]):
            pass

    def _do(self, piece: Piece | None) -> bool:
        """Do a piece of work unless it was done or dropped; False = there will be no more."""
        if piece is None:
            return False
        with self._lock:
            if piece.started:
                return True
            piece.started = True
        future, work = piece.future, piece.work
        del piece.work  # an entry of its that is passed over later must not keep it
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            self._finish(future)
            future.set_exception(error)
            del future, piece  # the error's traceback leads here: else the two hold each other
        else:
            self._finish(future)
            future.set_result(result)
        return True

    def _finish(self, future: "Future[Any]") -> None:
        with self._lock:
            del self._unfinished[future]
