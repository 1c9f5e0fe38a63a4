"""A few threads that draw, those pictures first that somebody is looking for."""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from queue import PriorityQueue
from typing import Any, TypeVar

from mbtiface.errors import BusyError
from mbtiface.faces.zero_gpu import in_this_context

T = TypeVar("T")
END, NOW, AHEAD = -1, 0, 1


class DrawingQueue:
    """Work in two ranks, each in order of arrival; bounded; thread-safe.

    Pictures that are fetched ahead, in case somebody will want them, wait behind those that
    somebody waits for.
    """

    def __init__(self, threads: int, limit: int) -> None:
        """`limit`: pieces of work that may be unfinished at a time, running ones included."""
        self._limit = limit
        self._lock = threading.Lock()
        self._unfinished = 0
        self._closed = False
        self._order = itertools.count()
        self._queue: PriorityQueue[tuple[int, int, Future[Any], Callable[[], Any] | None]]
        self._queue = PriorityQueue()
        self._waiting: dict[Future[Any], Callable[[], Any]] = {}
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
            BusyError: too much is waiting already.
            CancelledError: the queue was closed.
        """
        future: Future[T] = Future()
        work = in_this_context(work)
        with self._lock:
            if self._closed:
                raise CancelledError("the program ends")
            if self._unfinished >= self._limit:
                raise BusyError(
                    f"{self._unfinished} pictures are waiting already. Try again in a moment."
                )
            self._unfinished += 1
            self._waiting[future] = work
        self._queue.put((AHEAD if ahead else NOW, next(self._order), future, work))
        return future

    def hurry(self, future: "Future[Any]") -> None:
        """Let work that was queued ahead take its place among what somebody waits for."""
        with self._lock:
            work = self._waiting.get(future)
        if work is not None:
            # Its first entry stays in the queue and is passed over when its turn comes.
            self._queue.put((NOW, next(self._order), future, work))

    def close(self, timeout_s: float) -> None:
        """Drop what waits, take no more, and give what is being drawn so long to end.

        A program that ends while a thread of it draws is not ended by Python but by a crash.
        """
        with self._lock:
            self._closed = True
            dropped = list(self._waiting)
            self._waiting.clear()
        for future in dropped:
            future.cancel()
        for _ in self._threads:
            self._queue.put((END, next(self._order), Future(), None))
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        # A function of its own: a waiting thread must hold on to no work and no result.
        while self._do(*self._queue.get()[2:]):
            pass

    def _do(self, future: "Future[Any]", work: Callable[[], Any] | None) -> bool:
        """Do a piece of work unless it was done or dropped; False = there will be no more."""
        if work is None:
            return False
        with self._lock:
            if self._waiting.pop(future, None) is None:
                return True
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            self._finish()
            future.set_exception(error)
            del future  # the error's traceback leads here: without this the two hold each other
        else:
            self._finish()
            future.set_result(result)
        return True

    def _finish(self) -> None:
        with self._lock:
            self._unfinished -= 1
