"""What README.md shows under "From a script" is run as it stands there, on a served page."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import fetch_gradio_js
from tests.program_files import ROOT
from tests.ui.fake_page import fake_page

SHOWN_ADDRESS = "http://127.0.0.1:7860"


def snippets(language: str) -> list[str]:
    """Return the code blocks of a language in the section, in order."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.split("\n## From a script\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with fake_page() as address:
        yield address.rstrip("/")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the photo that the snippets open."""
    pixels = np.random.default_rng(3).integers(0, 255, (6, 8, 3), np.uint8)
    photo = Image.fromarray(pixels).resize((400, 300), Image.Resampling.BICUBIC)
    photo.save(tmp_path / "photo.jpg")
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_snippet_of_the_section_is_run_here() -> None:
    counts = {language: len(snippets(language)) for language in ("python", "js", "sh", r"\w*")}
    assert counts == {"python": 2, "js": 1, "sh": 1, r"\w*": 4}
    for code in [snippets("python")[1], *snippets("js"), *snippets("sh")]:
        assert code.count(SHOWN_ADDRESS) == 1


def test_the_python_of_the_package_runs(
    folder: Path, embedded_studio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded_studio.render(embedded_studio.sample(seed=5), 512).save(folder / "photo.jpg")
    monkeypatch.chdir(folder)
    # Opened already; opening it once more takes seconds and tells nothing new.
    monkeypatch.setattr("mbtiface.load", {"embedded": embedded_studio}.__getitem__, raising=False)
    names: dict[str, Any] = {}
    exec(compile(snippets("python")[0], "README.md", "exec"), names)
    assert len(names["frames"]) == 15
    assert names["found"].w.shape == (18, 512)


def test_the_python_of_the_client_runs(address: str, folder: Path) -> None:
    code = snippets("python")[1].replace(SHOWN_ADDRESS, address)
    shown = f"{code}\nprint(on['bundle'], len(found['w']))"
    lines = run([sys.executable, "-c", shown], folder).splitlines()
    assert re.search(r"\S+\.jpg \{'EI': .*'version': '0\.0\.1'\}", lines[1])
    assert lines[2].startswith("E_INPUT Type 'ENTX' is unknown.")
    assert lines[3] == "{'name': 'fake', 'version': '0.0.1'} 18"


def test_the_javascript_runs(address: str, folder: Path) -> None:
    if reason := fetch_gradio_js.missing():
        pytest.skip(reason)
    (folder / "node_modules").symlink_to(fetch_gradio_js.FETCHED / "node_modules")
    program = folder / "shown.mjs"
    program.write_text(f"{snippets('js')[0].replace(SHOWN_ADDRESS, address)}\nprocess.exit(0);")
    lines = run(["node", program.name], folder).splitlines()
    assert re.match(rf"[EI][SN][TF][JP] .+ {address}/gradio_api/file=\S+\.jpg$", lines[0])
    assert lines[1].startswith("E_INPUT Type 'ENTX' is unknown.")


def test_the_curl_runs(address: str, folder: Path) -> None:
    code = snippets("sh")[0].replace(SHOWN_ADDRESS, address)
    answer = run(["bash", "-euo", "pipefail", "-c", code], folder)
    assert "event: complete" in answer
    assert '"bundle": {"name": "fake", "version": "0.0.1"}' in answer
