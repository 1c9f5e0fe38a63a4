"""Gives memory back to the system after work that needed much of it for a moment."""

import ctypes
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


def _trim_of_libc() -> Callable[[int], int] | None:
    """`malloc_trim` of glibc; None with another C library."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None


_trim = _trim_of_libc()


def give_back() -> bool:
    """Return what the C library keeps of freed memory; False where it cannot.

    Compiling a network or refining a face needs hundreds of megabytes for seconds. glibc keeps
    most of them in case they are needed again, thread by thread, until a small machine is full.
    """
    if _trim is None:
        return False
    _trim(0)
    return True
