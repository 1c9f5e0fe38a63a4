"""The whole page over the made-up studio, served by a process of its own.

A process, since Gradio leaves an event loop behind that would trouble the tests after it.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import TextIO

from tests.fakes import FakeStudio

START_LIMIT_S = 240.0
WITHOUT_PHOTOS = "--without-photos"


@contextlib.contextmanager
def fake_page(*arguments: str) -> Iterator[str]:
    """Serve the page until the block ends; yields its address.

    `WITHOUT_PHOTOS` serves that of a bundle without an encoder.
    """
    with served("tests.ui.fake_page", *arguments) as address:
        yield address


@contextlib.contextmanager
def served(module: str, *arguments: str, **environment: str) -> Iterator[str]:
    """Run a module that serves the page, on a free port until the block ends; yields its address.

    `environment` is added to that of this process.
    """
    port = free_port()
    settled = {"GRADIO_SERVER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    with (
        # Not a pipe: nobody reads it meanwhile, and a page that says much would wait for ever.
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=os.environ | settled | environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}/"
            wait_until_served(address, process, said)
            yield address
        finally:
            process.terminate()


def free_port() -> int:
    """Return a port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(address: str, process: "subprocess.Popen[bytes]", said: TextIO) -> None:
    """Wait for the page; raises with what the process said if it ends or takes too long."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    process.terminate()
    said.seek(0)
    raise RuntimeError(f"The page was not served at {address}:\n{said.read()}")


def serve(studio: FakeStudio) -> None:
    """Serve the page over a studio until terminated; the environment settles the rest."""
    from mbtiface.contributing import open_contributions
    from mbtiface.services import Services
    from mbtiface.settings import read_settings
    from mbtiface.ui.build import build
    from mbtiface.ui.launch import launch

    settings = read_settings()
    contributions = open_contributions(settings, studio)
    launch(build(Services(settings, studio, contributions=contributions), settings))


def main() -> None:
    """Serve until terminated."""
    studio = FakeStudio()
    studio.takes_photos = WITHOUT_PHOTOS not in sys.argv
    serve(studio)


if __name__ == "__main__":
    main()
