"""How much memory a process has needed at most, as Linux counts it."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def peak_bytes(pid: int, proc: Path = PROC) -> int:
    """Most resident memory that a process had, and its descendants each at their own moment.

    Raises:
        OSError: there is no such process.
    """
    return _high_water(pid, proc) + sum(_of_child(each, proc) for each in _descendants(pid, proc))


@contextlib.contextmanager
def watch_memory(pid: int, every_s: float = 2.0) -> Iterator[list[tuple[float, int]]]:
    """Yield a list that grows by (seconds since now, resident bytes) of a process while it lives.

    Raises:
        OSError: there is no such process.
    """
    seen = [(0.0, resident_bytes(pid))]
    started, end = time.monotonic(), threading.Event()

    def watch() -> None:
        with contextlib.suppress(OSError):  # it ended
            while not end.wait(every_s):
                seen.append((time.monotonic() - started, resident_bytes(pid)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        end.set()
        thread.join()


def resident_bytes(pid: int, proc: Path = PROC) -> int:
    """Resident memory of a process at this moment.

    Raises:
        OSError: there is no such process.
    """
    return _status_bytes(pid, proc, "VmRSS")


def _of_child(pid: int, proc: Path) -> int:
    """The same of a child, which may have ended since it was listed: then 0."""
    try:
        return _high_water(pid, proc)
    except OSError:
        return 0


def _high_water(pid: int, proc: Path) -> int:
    return _status_bytes(pid, proc, "VmHWM")


def _status_bytes(pid: int, proc: Path, wanted: str) -> int:
    """A line such as `VmHWM:   123456 kB` of a process' status, in bytes."""
    for line in (proc / str(pid) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == wanted:
            return int(value.split()[0]) * 1024
    raise OSError(f"Process {pid} tells no {wanted}: it has ended.")


def _descendants(pid: int, proc: Path) -> list[int]:
    found = []
    for children in (proc / str(pid) / "task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found += [child, *_descendants(child, proc)]  # one that has ended has no tasks
    return found
