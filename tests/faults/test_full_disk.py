"""A disk without room, and a temporary folder that somebody removed: the page goes on without."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from tests.faults.programs import Program, program
from tests.faults.visitors import PATIENCE_S, join_query, photo

DISK = "size=4m"
"""For the database (0.2 MB with its log), uploads and results of the API."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Path]]:
    """A program whose folders lie on a disk of their own, and that disk."""
    places = tmp_path_factory.mktemp("places")
    disk = places / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(disk)]
    if os.name == "nt" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own needs the right to mount one")
    try:
        folders = {"MBTIFACE_STATE_DIR": str(disk / "state"), "GRADIO_TEMP_DIR": str(disk / "temp")}
        with program(places, MBTIFACE_PROXIES="private", **folders) as started:
            yield started, disk
            assert started.end() == 0
            assert "Traceback" not in started.log()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Leave no byte free on a disk."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filling.unlink()


def test_without_room_faces_are_drawn_and_joins_refused_until_there_is_some(
    small: tuple[Program, Path],
) -> None:
    started, disk = small
    with httpx.Client(base_url=started.address, timeout=PATIENCE_S) as browser:
        assert browser.post("join", params=join_query(browser, 0)).status_code == 200
        query = join_query(browser, 1)
        with full(disk):
            assert browser.get("").status_code == 200
            assert browser.get("face", params={"start": "seed:5"}).status_code == 200
            refused = browser.post("join", params=query)
            assert (refused.status_code, refused.json()) == (503, {"error": {"key": "away"}})
            files = {"files": ("me.jpg", photo())}
            upload = browser.post("gradio_api/upload", files=files)
            assert upload.status_code == 500
            assert str(disk) not in upload.text
            assert browser.get("health").json()["status"] == "ok"
        assert browser.post("join", params=query).json()["count"] == 1
        assert browser.post("gradio_api/upload", files=files).status_code == 200


def test_a_temporary_folder_that_is_gone_is_made_again(
    small: tuple[Program, Path], tmp_path: Path
) -> None:
    started, disk = small
    client = Client(started.address, verbose=False, download_files=tmp_path)
    shutil.rmtree(disk / "temp", ignore_errors=True)
    with httpx.Client(base_url=started.address, timeout=PATIENCE_S) as browser:
        for path in ("", "face?start=seed:6", "health"):
            assert browser.get(path).status_code == 200
        assert "photo" in browser.post("photo", content=photo()).text
        files = {"files": ("me.jpg", photo())}
        assert browser.post("gradio_api/upload", files=files).status_code == 200
    shutil.rmtree(disk / "temp")
    drawn = client.predict(start="seed:7", size=256, api_name="/morph")
    assert Path(
        drawn["picture"]["path"] if isinstance(drawn["picture"], dict) else drawn["picture"]
    )
