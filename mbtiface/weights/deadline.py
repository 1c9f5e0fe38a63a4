"""Bounds calls that may hang: a library's own time limits bound neither look-ups nor retries."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Deadline:
    """A moment by which several calls have to be done together."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self._until - time.monotonic())

    def run(self, call: Callable[[], T]) -> T:
        """Run a call in a thread of its own and return its result; what it raises is raised here.

        Raises:
            TimeoutError: the moment came first. The thread is left behind, as nothing can end it.
        """
        results: list[T] = []
        failures: list[BaseException] = []

        def run() -> None:
            try:
                results.append(call())
            except BaseException as error:  # noqa: BLE001 (raised again by the waiting thread)
                failures.append(error)

        thread = threading.Thread(target=run, name="mbtiface-deadline", daemon=True)
        thread.start()
        thread.join(self.left())
        if failures:
            raise failures[0]
        if not results:
            raise TimeoutError(f"no answer in {self.seconds:g} s")
        return results[0]
