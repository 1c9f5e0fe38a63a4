"""Slots for work that holds a thread or much memory: a crowd is sent away instead of queued."""

from collections.abc import Iterator
from contextlib import contextmanager

from mbtiface.errors import BusyError


class Slots:
    """Bounds how many requests do one kind of work together. For one event loop."""

    def __init__(self, count: int, refusal: str) -> None:
        """`count`: how many at once; `refusal`: what is said to anyone beyond."""
        self._free = count
        self._refusal = refusal

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a slot for the length of the block.

        Raises:
            BusyError: all are taken.
        """
        if self._free < 1:
            raise BusyError(self._refusal)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
