"""A process of its own that reads checkpoints: what they do to it, they do not do to the tests.

It is told a reader and a path, a line each in JSON, and answers with a line: the error's class and
text (none if the file was read), and the most memory that it took meanwhile.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def memory_bytes(name: str) -> int:
    """A figure of this process: `VmRSS` now, `VmHWM` at its highest."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def forget_peak() -> None:
    """Let the highest count from now on."""
    Path("/proc/self/clear_refs").write_text("5")


class Child:
    """The process, started on first use and again after it had to be ended."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._process: subprocess.Popen[str] | None = None

    def read(self, reader: str, path: Path) -> dict[str, Any]:
        """Read a file there; TimeoutError where that takes too long, EOFError if it dies."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([reader, str(path)]) + "\n")
        process.stdin.flush()
        late = threading.Timer(self._limit_s, process.kill)
        late.start()
        line = process.stdout.readline()
        in_time = late.is_alive()
        late.cancel()
        if not line:
            self.end()
            raise EOFError("the reader died") if in_time else TimeoutError("the reader hung")
        return dict(json.loads(line))

    def end(self) -> None:
        """End the process, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            command = [sys.executable, "-m", "tests.reading_child"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        return self._process


def serve() -> None:
    """Read what the lines of standard input name, until it ends."""
    from mbtiface import weights
    from mbtiface.errors import MbtifaceError

    for line in sys.stdin:
        reader, path = json.loads(line)
        forget_peak()
        before = memory_bytes("VmRSS")
        error = message = None
        try:
            getattr(weights, reader)(path)
        except MbtifaceError as raised:
            error, message = type(raised).__name__, str(raised)
        answer = {
            "error": error,
            "message": message,
            "taken_bytes": memory_bytes("VmHWM") - before,
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
