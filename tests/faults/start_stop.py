"""Starts and stops the served page again and again in one process, and tells what is left over.

`python -m tests.faults.start_stop 200` prints one JSON object: what was open after the third start
and stop, and after the last. The first ones load libraries and their caches.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from mbtiface.contributing import open_contributions
from mbtiface.faces.kept_pictures import open_kept_pictures
from mbtiface.services import Services
from mbtiface.settings import read_settings
from mbtiface.ui.build import build
from mbtiface.ui.launch import launch
from tests.fakes import FakeStudio
from tests.faults.programs import FOLDERS
from tests.faults.visitors import PATIENCE_S, join_query
from tests.program_files import ROOT
from tests.ui.fake_page import free_port

SETTLED = 3
"""Starts and stops after which nothing new may stay."""


@dataclass(frozen=True)
class Left:
    """What a process holds."""

    files: list[str]
    """What its file descriptors lead to, sorted; sockets and pipes by their kind."""
    threads: list[str]
    children: list[int]
    written: list[str]
    """Files in the temporary folder."""


def left_over() -> Left:
    """Look at this process."""
    gc.collect()
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(os.readlink(descriptor).split(":[")[0])
        except FileNotFoundError:  # the one that the listing itself held
            continue
    tasks = Path("/proc/self/task").iterdir()
    children = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    threads = sorted(thread.name.split("_")[0] for thread in threading.enumerate())
    folder = Path(tempfile.gettempdir())
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return Left(sorted(links), threads, children, written)


def start_and_stop(number: int) -> None:
    """Serve, be visited, and end."""
    settings = read_settings()
    studio = FakeStudio()
    services = Services(
        settings,
        studio,
        kept_pictures=open_kept_pictures(settings.state_dir, studio),
        contributions=open_contributions(settings, studio),
    )
    end = launch(build(services, settings), block=False)
    try:
        url = f"http://{settings.host}:{settings.port}/"
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as browser:
            assert browser.get("").status_code == 200
            assert browser.get("face", params={"start": f"seed:{number}"}).status_code == 200
            # The same visitor joins again and again: only the first is counted.
            assert browser.post("join", params=join_query(browser, 0)).status_code in (200, 409)
            assert browser.post("gradio_api/call/about", json={"data": []}).status_code == 200
    finally:
        end()


def in_a_process(cycles: int, folder: Path, limit_s: float) -> dict[str, dict[str, list[Any]]]:
    """Do it so often in a process of its own, its files in a folder: what was `settled`, `last`.

    Raises:
        subprocess.SubprocessError: it failed, or took longer than the limit.
    """
    folders = {name: folder / one for name, one in FOLDERS.items()}
    for one in folders.values():
        one.mkdir(parents=True, exist_ok=True)
    settled = {name: str(one) for name, one in folders.items()}
    settled |= {"GRADIO_SERVER_PORT": str(free_port()), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.start_stop", str(cycles)],
        cwd=ROOT,
        env=os.environ | settled,
        stdout=subprocess.PIPE,
        text=True,
        timeout=limit_s,
        check=True,
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Start and stop as often as is asked."""
    cycles = int(sys.argv[1])
    settled = None
    for number in range(cycles):
        start_and_stop(number)
        if number + 1 == min(SETTLED, cycles):
            settled = asdict(left_over())
    subprocess.run(["true"], check=True)  # a process that ended is none that is left
    sys.stdout.write(json.dumps({"settled": settled, "last": asdict(left_over())}) + "\n")


if __name__ == "__main__":
    main()
