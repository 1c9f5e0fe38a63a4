"""Isolation of every test from this machine, and what tests of several folders share.

No variable of the user's environment, no home folder and no network reaches a test.
"""

import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
SCRATCH = Path(tempfile.mkdtemp(prefix="mbtiface-tests-"))
CLEARED_PREFIXES = ("MBTIFACE_", "GRADIO_", "HF_", "HUGGINGFACE_", "SPACE_")
ISOLATED = {
    "MBTIFACE_STATE_DIR": str(SCRATCH / "state"),
    "HF_HOME": str(SCRATCH / "huggingface"),
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_TEMP_DIR": str(SCRATCH / "gradio"),
    # Servers under test listen on this machine: no proxy of the user's may come between.
    "NO_PROXY": "localhost,127.0.0.1,::1",
    "no_proxy": "localhost,127.0.0.1,::1",
}


def isolate() -> None:
    """Set the environment before anything else is read: the Hub and Gradio read theirs once."""
    for name in list(os.environ):
        if name.startswith(CLEARED_PREFIXES):
            del os.environ[name]
    os.environ.update(ISOLATED)


# Not in `pytest_configure`: conftests of folders named on the command line are read before it.
isolate()


def pytest_unconfigure() -> None:
    """Remove what the session wrote."""
    shutil.rmtree(SCRATCH, ignore_errors=True)


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, not made yet; settings read inside the test name it."""
    folder = tmp_path / "state"
    monkeypatch.setenv("MBTIFACE_STATE_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse connections that leave this machine, by name and by number."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check_local(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check_local(self.family, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def check_local(family: int, address: Any) -> None:
    """Raise unless a socket address is on this machine."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = address[0].split("%")[0]
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise RuntimeError(f"A test tried to connect to {host}: tests run without a network.")


@pytest.fixture(scope="session")
def golden_dir() -> Path:
    """The folder of golden files: `GOLDEN_DIR` if it is set, else tests/golden."""
    return Path(os.environ.get("GOLDEN_DIR") or TESTS / "golden")


@pytest.fixture(scope="session")
def random_face_wheel() -> Path:
    """The fetched `random-face` wheel; for tests marked `wheel`."""
    from tests.fetch_wheel import wheel_path

    path = wheel_path()
    if not path.exists():
        pytest.fail(f"{path.name} is not fetched: run `python -m tests.fetch_wheel` once.")
    return path


@pytest.fixture(scope="session")
def browser_path() -> str:
    """A Chromium that runs; for tests marked `browser`."""
    from tests.install_browser import HELP, find_browser

    return find_browser() or pytest.fail(HELP)


@pytest.fixture(scope="session")
def embedded_studio() -> Any:
    """The embedded bundle's studio, opened once for all tests that only read it."""
    from mbtiface.faces.loading import load

    return load("embedded")
