"""Memory goes back to the system."""

import ctypes
import platform
import subprocess
import sys

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
    monkeypatch.setattr(memory, "_mallopt", None)
    assert not memory.give_back()
    assert not memory.share_heaps()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert memory._of_libc("malloc_trim") is None


HEAPS = """
import sys, threading
from mbtiface.faces import memory
assert sys.argv[1] == "each" or memory.share_heaps(1)
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
found = []
def take():
    found.append(libc.malloc(1000))
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
    thread.join()
start, end = next(
    [int(part, 16) for part in line.split()[0].split("-")]
    for line in open("/proc/self/maps")
    if line.rstrip().endswith("[heap]")
)
print(sum(start <= address < end for address in found))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has heaps a thread")
@pytest.mark.parametrize(("how", "in_heap"), [("shared", 4), ("each", 0)])
def test_threads_share_a_heap(how: str, in_heap: int) -> None:
    command = [sys.executable, "-c", HEAPS, how]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(told.stdout) == in_heap, told.stderr
