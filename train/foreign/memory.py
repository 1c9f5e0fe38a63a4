"""Lets large blocks of memory go back to the system as soon as they are free."""

import ctypes
import sys

M_MMAP_THRESHOLD = -3
"""glibc's name of the option, see mallopt(3)."""
LARGE_BYTES = 1 << 17


def return_large_blocks() -> None:
    """Keep glibc from raising the size from which blocks are the system's own.

    It raises it with every large tensor that is freed, and from then on keeps the holes that
    tensors of many sizes leave: twice the memory at the peak. Other C libraries are left alone.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
