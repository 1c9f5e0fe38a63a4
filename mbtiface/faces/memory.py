"""Gives memory back to the system after work that needed much of it for a moment."""

import ctypes
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


ARENA_MAX = -8
"""glibc's name of the option that limits the number of its heaps (M_ARENA_MAX)."""


def _of_libc(name: str) -> Callable[..., int] | None:
    """A function of glibc; None with another C library."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None


_trim = _of_libc("malloc_trim")
_mallopt = _of_libc("mallopt")


def share_heaps(count: int = 2) -> bool:
    """Let all threads share a few heaps; False where the C library cannot.

    glibc gives each of a server's threads a heap of its own, up to eight a core, and what one has
    freed no other can use. Call it before there are threads.
    """
    return _mallopt is not None and _mallopt(ARENA_MAX, count) == 1


def give_back() -> bool:
    """Return what the C library keeps of freed memory; False where it cannot.

    Compiling a network or refining a face needs hundreds of megabytes for seconds. glibc keeps
    most of them in case they are needed again, thread by thread, until a small machine is full.
    """
    if _trim is None:
        return False
    _trim(0)
    return True
