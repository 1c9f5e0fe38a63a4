"""Several ways to do one thing, the fastest first: one that fails is not tried again."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from mbtiface.errors import MbtifaceError

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

Way = tuple[str, Callable[[], T]]
"""A way's name, for people, and what makes it."""
FAILURES = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a library that does not work on this machine raises. What this project raises on purpose
speaks of the input, and every way would say the same."""


class FirstThatWorks(Generic[T]):
    """Ways to do one thing. Each is made when its turn has come; thread-safe."""

    def __init__(self, work: str, ways: Sequence[Way[T]]) -> None:
        """`work` says for people what is done; there is at least one way.

        The first way is made now.

        Raises:
            what the last way raises.
        """
        self._work = work
        self._left = list(ways)
        self._lock = threading.RLock()
        self._made: T | None = None
        self.run(lambda way: None)

    @property
    def current(self) -> T:
        """The way in use; the last one fails as it may."""
        with self._lock:
            if self._made is None:
                self._made = self._left[0][1]()
            return self._made

    def run(self, call: Callable[[T], R]) -> R:
        """Do a thing by the first way that works.

        Raises:
            MbtifaceError: the input cannot be used.
            Exception: what the last way raises.
        """
        while True:
            way: T | None = None
            try:
                way = self.current
                return call(way)
            except MbtifaceError:
                raise
            except FAILURES as error:
                if not self._switch_off(way, error):
                    raise

    def _switch_off(self, failed: T | None, error: Exception) -> bool:
        """Give up the way that failed; False if there is no other."""
        with self._lock:
            if failed is not self._made:
                return True  # another thread has given it up meanwhile
            if len(self._left) == 1:
                return False
            (name, _), (next_name, _) = self._left[:2]
            log.warning(
                "%s by %s failed and is switched off; %s takes over. %s: %s",
                self._work,
                name,
                next_name,
                type(error).__name__,
                error,
            )
            self._left.pop(0)
            self._made = None
            return True
