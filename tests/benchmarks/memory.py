"""How much memory a process has needed at most, as Linux counts it."""

from pathlib import Path

PROC = Path("/proc")


def peak_bytes(pid: int, proc: Path = PROC) -> int:
    """Most resident memory that a process had, and its descendants each at their own moment.

    Raises:
        OSError: there is no such process.
    """
    return _high_water(pid, proc) + sum(_of_child(each, proc) for each in _descendants(pid, proc))


def _of_child(pid: int, proc: Path) -> int:
    """The same of a child, which may have ended since it was listed: then 0."""
    try:
        return _high_water(pid, proc)
    except OSError:
        return 0


def _high_water(pid: int, proc: Path) -> int:
    """The line `VmHWM:   123456 kB` of a process' status, in bytes."""
    for line in (proc / str(pid) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    raise OSError(f"Process {pid} tells no VmHWM: it has ended.")


def _descendants(pid: int, proc: Path) -> list[int]:
    found = []
    for children in (proc / str(pid) / "task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found += [child, *_descendants(child, proc)]  # one that has ended has no tasks
    return found
