"""Memory goes back to the system."""

import ctypes
import platform

import pytest

from mbtiface.faces import memory


def resident_kb() -> int:
    with open("/proc/self/status", encoding="ascii") as opened:
        return next(int(line.split()[1]) for line in opened if line.startswith("VmRSS"))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed memory so")
def test_freed_memory_goes_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    # Pieces too small to be mapped on their own; the last one keeps the heap from shrinking.
    pieces = [libc.malloc(100_000) for _ in range(2000)]
    for piece in pieces:
        ctypes.memset(piece, 1, 100_000)
    for piece in pieces[:-1]:
        libc.free(piece)
    before = resident_kb()
    assert memory.give_back()
    assert resident_kb() < before - 100_000
    libc.free(pieces[-1])


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", None)
    assert not memory.give_back()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert memory._trim_of_libc() is None
