"""Programs that serve the page, in folders of their own, and what they leave behind."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.program_files import ROOT
from tests.ui.fake_page import free_port, wait_until_served

END_LIMIT_S = 120
FOLDERS = {
    "MBTIFACE_STATE_DIR": "state",
    "GRADIO_TEMP_DIR": "gradio",
    "TMPDIR": "tmp",
    "HOME": "home",
    "HF_HOME": "huggingface",
    "XDG_CACHE_HOME": "cache",
}
"""Every folder that the program may write in."""
FAKE = (sys.executable, "-m", "tests.faults.serving_program")
APP = (sys.executable, "app.py")


@dataclass(frozen=True)
class Program:
    """A program at work."""

    process: "subprocess.Popen[bytes]"
    address: str
    places: Path

    def log(self) -> str:
        """What it has said."""
        return (self.places / "log").read_text()

    def end(self) -> int:
        """Tell it to end, wait for that, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_LIMIT_S)

    def files(self) -> set[str]:
        """Paths of all files in its folders, but for its log."""
        found = (path for path in self.places.rglob("*") if path.is_file())
        return {str(path.relative_to(self.places)) for path in found} - {"log"}


@contextlib.contextmanager
def program(
    places: Path,
    command: Sequence[str] = FAKE,
    cwd: Path = ROOT,
    **environment: str,
) -> Iterator[Program]:
    """Start a program that serves the page; what it writes lies under `places`."""
    port = free_port()
    folders = {name: places / folder for name, folder in FOLDERS.items()}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    settled = {name: str(folder) for name, folder in folders.items()}
    settled |= {"GRADIO_SERVER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    settled |= {"PYTHONDONTWRITEBYTECODE": "1"}
    with (
        (places / "log").open("wb") as log,
        subprocess.Popen(
            command,
            cwd=cwd,
            env=os.environ | settled | environment,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        started = Program(process, f"http://127.0.0.1:{port}/", places)
        try:
            wait_until_served(started.address, process)
            yield started
        finally:
            process.kill()
