"""The whole page over the made-up studio, served by a process of its own.

A process, since Gradio leaves an event loop behind that would trouble the tests after it.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

START_LIMIT_S = 240.0


@contextlib.contextmanager
def fake_page() -> Iterator[str]:
    """Serve the page on a free port until the block ends; yields its address."""
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ui.fake_page"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}/"
            wait_until_served(address, process)
            yield address
        finally:
            process.terminate()


def free_port() -> int:
    """Return a port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(address: str, process: "subprocess.Popen[str]") -> None:
    """Wait for the page; raises with what the process said if it ends or takes too long."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    process.terminate()
    said = process.stdout.read() if process.stdout else ""
    raise RuntimeError(f"The page was not served at {address}:\n{said}")


def main() -> None:
    """Serve until terminated."""
    from mbtiface.services import Services
    from mbtiface.settings import read_settings
    from mbtiface.ui.build import build
    from mbtiface.ui.launch import launch
    from tests.fakes import FakeStudio

    settings = read_settings()
    launch(build(Services(settings, FakeStudio()), settings))


if __name__ == "__main__":
    main()
