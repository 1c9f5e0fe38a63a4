"""No trace of a photo in any place that the program can write, however its request ends.

A real program over the made-up studio, all folders that it may write in and its log our own.
"""

import base64
import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.program_files import ROOT
from tests.ui.fake_page import free_port, wait_until_served
from tests.ui.traces import Traces

NAME = "holiday-with-somebody-4711.jpg"
FOLDERS = {
    "MBTIFACE_STATE_DIR": "state",
    "GRADIO_TEMP_DIR": "gradio",
    "TMPDIR": "tmp",
    "HOME": "home",
    "HF_HOME": "huggingface",
    "XDG_CACHE_HOME": "cache",
}
STEP_S = 0.1
MANY = 100
"""Steps that take long enough to be stopped on the way, however busy the machine."""
PATIENCE_S = 180
FILE_LIFETIME_S = 10
"""Instead of minutes."""
PROGRAM = f"""
import logging
logging.basicConfig(level=logging.DEBUG)
from mbtiface.ui import build
from tests.fakes import FakeStudio
from tests.ui.fake_page import serve

class LoggingStudio(FakeStudio):
    step_s = {STEP_S}
    def invert(self, image, on_step, **named):
        def step(done, total):
            logging.info("step %d of %d", done, total)
            on_step(done, total)
        return super().invert(image, on_step=step, **named)

build.SWEEP_EVERY_S, build.FILE_LIFETIME_S = 1, {FILE_LIFETIME_S}
serve(LoggingStudio())
"""


@dataclass(frozen=True)
class Program:
    """A program at work, and every place that it can write to."""

    address: str
    places: Path

    def log(self) -> str:
        return (self.places / "log").read_text()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    places = tmp_path_factory.mktemp("places")
    folders = {name: places / folder for name, folder in FOLDERS.items()}
    for folder in (*folders.values(), places / "cwd"):
        folder.mkdir()
    port = free_port()
    environment = os.environ | {name: str(folder) for name, folder in folders.items()}
    environment |= {"GRADIO_SERVER_PORT": str(port), "MBTIFACE_CONCURRENCY": "1"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    with (places / "log").open("w+") as log:
        command = [sys.executable, "-c", PROGRAM]
        with subprocess.Popen(
            command, cwd=places / "cwd", env=environment, stdout=log, stderr=log
        ) as process:
            try:
                address = f"http://127.0.0.1:{port}/"
                wait_until_served(address, process, log)
                yield Program(address, places)
            finally:
                process.terminate()


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A photo like no other: smooth shapes, known again at any size, with words in its EXIF."""
    pixels = np.random.default_rng(4711).integers(0, 255, (9, 12, 3), np.uint8)
    image = Image.fromarray(pixels).resize((1200, 900), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x010E] = "holiday-with-somebody-4711, at home"
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", quality=90, exif=exif)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def traces(photo: bytes) -> Traces:
    return Traces(photo, NAME)


@pytest.fixture(scope="module")
def client(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(
        program.address, verbose=False, download_files=tmp_path_factory.mktemp("pictures")
    )


def last_line(answer: httpx.Response) -> dict[str, object]:
    return json.loads(answer.text.splitlines()[-1])


@contextlib.contextmanager
def connection(program: Program, head: str, length: int) -> Iterator[socket.socket]:
    """An open request of our own, of which as much is sent as one likes."""
    parts = urlsplit(program.address)
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as opened:
        opened.sendall(f"{head}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        yield opened


def test_the_search_finds_what_it_looks_for(traces: Traces, photo: bytes, tmp_path: Path) -> None:
    image = Image.open(io.BytesIO(photo))
    assert traces.found(tmp_path) == []
    (tmp_path / "copy.bin").write_bytes(photo)
    (tmp_path / "half.bin").write_bytes(photo[: len(photo) // 2])
    image.resize((100, 75)).save(tmp_path / "thumbnail.png")
    image.crop((300, 150, 900, 750)).resize((256, 256)).save(tmp_path / "crop.webp")
    (tmp_path / "pixels.bin").write_bytes(image.resize((256, 256)).tobytes())
    small = io.BytesIO()
    image.resize((320, 240)).save(small, "jpeg")
    (tmp_path / "log").write_bytes(
        b"sent data:image/jpeg;base64," + base64.b64encode(small.getvalue())
    )
    (tmp_path / NAME).mkdir()
    (tmp_path / "names.txt").write_text(f"uploaded {NAME}")
    Image.radial_gradient("L").save(tmp_path / "another.png")
    found = {Path(line.split(":")[0]).name for line in traces.found(tmp_path)}
    planted = {"copy.bin", "half.bin", "thumbnail.png", "crop.webp", "pixels.bin", "log"}
    assert found == planted | {NAME, "names.txt"}


def test_a_photo_by_the_route_leaves_none(program: Program, photo: bytes, traces: Traces) -> None:
    url = f"{program.address}photo?refine=4"
    meanwhile = []
    with httpx.stream("POST", url, content=photo, timeout=PATIENCE_S) as answer:
        for line in answer.iter_lines():
            meanwhile += traces.found(program.places)
            found = json.loads(line)
    token = found["photo"]
    drawn = httpx.get(
        f"{program.address}face?start=photo:{token}&by=both&v=0.0.1", timeout=PATIENCE_S
    )
    assert drawn.status_code == 200
    card = httpx.get(
        f"{program.address}card.png?form=quick&answers=4031420413204314&start=photo:{token}&by=both",
        timeout=PATIENCE_S,
    )
    assert card.status_code == 200
    assert meanwhile == traces.found(program.places) == []
    assert httpx.delete(f"{program.address}photo?photo={token}", timeout=60).status_code == 204
    refused = httpx.get(f"{program.address}face?start=photo:{token}&by=both&v=0.0.1", timeout=60)
    assert refused.status_code == 400
    everywhere = [file for file in program.places.rglob("*") if file.is_file()]
    assert not [file for file in everywhere if token.encode() in file.read_bytes()]


@pytest.mark.parametrize(
    ("query", "cut", "key"),
    [("face=5", None, "no_such_face"), ("", 30_000, "truncated"), ("crop=1,2", None, "bad_crop")],
)
def test_a_photo_that_is_refused_leaves_none(
    program: Program, photo: bytes, traces: Traces, query: str, cut: int | None, key: str
) -> None:
    answer = httpx.post(f"{program.address}photo?{query}", content=photo[:cut], timeout=PATIENCE_S)
    assert last_line(answer)["error"]["key"] == key
    assert traces.found(program.places) == []


def test_a_closed_tab_stops_the_work_and_leaves_none(
    program: Program, photo: bytes, traces: Traces
) -> None:
    with connection(program, f"POST /photo?refine={MANY} HTTP/1.1", len(photo)) as opened:
        opened.sendall(photo)
        said = b""
        while b'"progress"' not in said:
            said += opened.recv(4096)
    # One photo at a time: this one waits until the other's steps are all done or stopped.
    answer = httpx.post(f"{program.address}photo", content=photo, timeout=PATIENCE_S)
    assert "photo" in last_line(answer)
    assert f" of {MANY}" in program.log()
    assert f"step {MANY} of {MANY}" not in program.log()
    assert traces.found(program.places) == []


def test_a_tab_closed_while_it_sends_leaves_none(
    program: Program, photo: bytes, traces: Traces
) -> None:
    form = (
        f'--b\r\nContent-Disposition: form-data; name="files"; filename="{NAME}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode() + photo
    half = len(photo) * 3 // 4
    for head, body in (
        ("POST /photo HTTP/1.1", photo),
        ("POST /gradio_api/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b", form),
    ):
        with connection(program, head, len(body) + 9) as opened:
            opened.sendall(body[:half])
            time.sleep(0.3)
            assert traces.found(program.places) == []
        time.sleep(0.3)
        assert traces.found(program.places) == []


@pytest.mark.parametrize(
    ("cut", "values", "code"),
    [
        (None, {"refine_steps": 2}, None),
        (None, {"face": 5}, "E_PHOTO_NO_SUCH_FACE"),
        (None, {"refine_steps": -1}, "E_INPUT"),
        (30_000, {}, "E_PHOTO_TRUNCATED"),
    ],
)
def test_a_photo_by_the_api_leaves_none(
    program: Program,
    client: Client,
    photo: bytes,
    traces: Traces,
    tmp_path: Path,
    cut: int | None,
    values: dict[str, int],
    code: str | None,
) -> None:
    (tmp_path / NAME).write_bytes(photo[:cut])
    image = handle_file(tmp_path / NAME)
    if code is None:
        assert client.predict(image=image, api_name="/invert", **values)["w"]
    else:
        with pytest.raises(AppError) as caught:
            client.predict(image=image, api_name="/invert", **values)
        assert caught.value.title == code
    assert traces.found(program.places) == []


def test_a_photo_that_joins_an_average_leaves_none(
    program: Program, client: Client, photo: bytes, traces: Traces, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(photo)
    asked = {"code": "ENTP", "gender": "female", "adult": True, "own_photo": True}
    joined = client.predict(image=handle_file(tmp_path / NAME), api_name="/contribute", **asked)
    assert joined["count"] == 1
    assert traces.found(program.places) == []


def test_a_photo_whose_sender_left_the_api_leaves_none(
    program: Program, client: Client, photo: bytes, traces: Traces, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(photo)
    job = client.submit(image=handle_file(tmp_path / NAME), refine_steps=5, api_name="/invert")
    deadline = time.monotonic() + 20
    while job.status().code.value == "STARTING" and time.monotonic() < deadline:
        time.sleep(0.02)
    job.cancel()
    time.sleep(5 * STEP_S + 0.5)
    assert traces.found(program.places) == []


def test_an_upload_that_nobody_uses_goes_by_itself(
    program: Program, photo: bytes, traces: Traces
) -> None:
    files = {"files": (NAME, photo)}
    answer = httpx.post(f"{program.address}gradio_api/upload", files=files, timeout=PATIENCE_S)
    assert answer.status_code == 200
    assert traces.found(program.places)
    deadline = time.monotonic() + PATIENCE_S
    while (left := traces.found(program.places)) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert left == []


def test_the_log_says_nothing_of_requests_for_faces(program: Program) -> None:
    log = program.log()
    assert "/face" not in log
    assert "photo:" not in log
