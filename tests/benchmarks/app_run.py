"""The real app in a process of its own, visited over HTTP: starts, first answers, memory."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from mbtiface.faces.address import FaceAddress
from mbtiface.faces.kept_pictures import GALLERY, SIZE
from tests.benchmarks.memory import peak_bytes
from tests.benchmarks.timing import Times
from tests.ui.fake_page import free_port

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
START_LIMIT_S, ANSWER_LIMIT_S = 600.0, 600.0
CONNECTIONS = 6
"""To one server, as browsers have them."""
AT_ONCE = 2
"""Photos sent together: as many as the app works on at the same time."""


@dataclass(frozen=True)
class App:
    """A running app."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def get(self, path: str) -> bytes:
        """Fetch a path of the page; `OSError` if nothing answers yet."""
        return self._request("GET", path, b"")

    def invert(self, photo: bytes, refine_steps: int = 0) -> dict[str, object]:
        """Send a photo, wait for its face, and return the answer's last line."""
        lines = self._request("POST", f"/photo?refine={refine_steps}&lang=en", photo)
        answer: dict[str, object] = json.loads(lines.splitlines()[-1])
        if "error" in answer:
            raise RuntimeError(f"The app refused the photo: {answer['error']}")
        return answer

    def peak(self) -> int:
        """Most memory so far, in bytes."""
        return peak_bytes(self.process.pid)

    def cpu_seconds(self) -> float:
        """Processor time of the app's process so far, all its threads together."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = int(stat[11]), int(stat[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_LIMIT_S)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:300]!r}")
        return content


@dataclass(frozen=True)
class FirstAnswers:
    """What the first visitor after a start waits for, in seconds."""

    page: float
    """From the start of the process until the page is served."""
    picture: float
    """From there until the start face is there at 256 px."""
    gallery: float
    """From there until the gallery's 48 pictures are, drawn or read from disk."""
    photo: float
    """From there until a photo's face is there."""


@dataclass(frozen=True)
class AppRun:
    """One visit: first answers, warm photos, and the most memory until each moment, in bytes."""

    first: FirstAnswers
    photos: Times
    """From the request to the whole answer."""
    memory: dict[str, int]


@contextlib.contextmanager
def running_app(model: str, folder: Path) -> Iterator[App]:
    """Serve `app.py` on a free port; `folder` keeps its state between starts."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MBTIFACE_")}
    environment = kept | {
        "MBTIFACE_MODEL": model,
        "MBTIFACE_STATE_DIR": str(folder / "state"),
        "GRADIO_SERVER_NAME": HOST,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "NO_PROXY": HOST,
        "no_proxy": HOST,
    }
    log = folder / "app.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=said, stderr=said
        ) as process,
    ):
        try:
            yield App(process, port, log)
        finally:
            process.terminate()


def visit(model: str, folder: Path, photo: bytes, photos: int, refine_steps: int) -> AppRun:
    """Start the app and send it photos: one at once, some warm, two together, one with refinement.

    Raises:
        RuntimeError: the app ended, took too long or refused something; with what it said.
    """
    memory: dict[str, int] = {}
    started = time.perf_counter()
    with running_app(model, folder) as app:
        wait_for_page(app, started)
        page = time.perf_counter()
        query = FaceAddress("average:female", "female").query() | {"size": "256"}
        app.get(f"/face?{urlencode(query, safe=':')}")
        picture = time.perf_counter()
        memory["page and first picture"] = app.peak()
        fetch_gallery(app)
        gallery = time.perf_counter()
        memory["the gallery"] = app.peak()
        app.invert(photo)
        photographed = time.perf_counter()
        first = FirstAnswers(
            page - started, picture - page, gallery - picture, photographed - gallery
        )
        memory["first photo"] = app.peak()
        warm = Times(tuple(_seconds(app, photo) for _ in range(photos)))
        memory[f"{photos} more photos"] = app.peak()
        with ThreadPoolExecutor(AT_ONCE) as visitors:
            list(visitors.map(lambda _: app.invert(photo), range(AT_ONCE)))
        memory[f"{AT_ONCE} photos at once"] = app.peak()
        if refine_steps:
            app.invert(photo, refine_steps)
            memory[f"a photo with {refine_steps} steps of refinement"] = app.peak()
    return AppRun(first, warm, memory)


def fetch_gallery(app: App) -> None:
    """Fetch the gallery's pictures as a browser does: six connections, each kept open."""

    def fetch(part: tuple[FaceAddress, ...]) -> None:
        connection = http.client.HTTPConnection(HOST, app.port, timeout=ANSWER_LIMIT_S)
        with contextlib.closing(connection):
            for address in part:
                query = urlencode(address.query() | {"size": str(SIZE)}, safe=":")
                connection.request("GET", f"/face?{query}")
                response = connection.getresponse()
                if not response.read().startswith(b"\xff\xd8"):
                    raise RuntimeError(f"{address.start}: {response.status}, no picture.")

    with ThreadPoolExecutor(CONNECTIONS) as browser:
        list(browser.map(fetch, (GALLERY[n::CONNECTIONS] for n in range(CONNECTIONS))))


def _seconds(app: App, photo: bytes) -> float:
    started = time.perf_counter()
    app.invert(photo)
    return time.perf_counter() - started


def wait_for_page(app: App, started: float) -> None:
    """Return once the page is served; `started` is when the process was.

    Raises:
        RuntimeError: it ended or took too long; with what it said.
    """
    while time.perf_counter() - started < START_LIMIT_S and app.process.poll() is None:
        with contextlib.suppress(OSError):
            app.get("/")
            return
        time.sleep(0.02)
    app.process.terminate()
    said = app.log.read_text(errors="replace")[-3000:]
    raise RuntimeError(f"The app did not serve its page within {START_LIMIT_S:g} s:\n{said}")


def import_times(runs: int) -> tuple[Times, bool]:
    """Time `import mbtiface` in fresh interpreters; and whether it loaded torch."""
    code = (
        "import sys, time; t = time.perf_counter(); import mbtiface; "
        "print(time.perf_counter() - t, 'torch' in sys.modules)"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(runs)
    ]
    return Times(tuple(float(seconds) for seconds, _ in said)), any(
        torch == "True" for _, torch in said
    )
