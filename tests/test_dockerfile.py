"""The image is not built here: what its Dockerfile says is held against the repository instead,
and the app is run from exactly the files that the image would hold."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mbtiface.settings import Settings, read_settings
from tests.faults.programs import APP, program
from tests.program_files import ROOT

TEXT = (ROOT / "Dockerfile").read_text("utf-8")
LINES = re.sub(r"\\\n\s*", " ", TEXT).splitlines()
RIGHTS = "-dac_override,-dac_read_search,-fowner"
WITHOUT_RIGHTS = ("setpriv", "--bounding-set", RIGHTS, "--inh-caps", RIGHTS)
"""Root under these is bound by the modes of files, as every other user is."""


def instructions(name: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in LINES if line.startswith(f"{name} ")]


def variables() -> dict[str, str]:
    (text,) = instructions("ENV")
    return dict(part.split("=", 1) for part in text.split())


def copied() -> list[str]:
    return [source for line in instructions("COPY") for source in line.split()[:-1]]


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert kept[1] == "*"
    let_through = {line[1:] for line in kept if line.startswith("!")}
    assert let_through == set(copied())
    assert all((ROOT / source).exists() for source in copied())
    for left_out in ("tests", "train", "docs", ".git", ".venv", "runs", "data", ".env"):
        assert left_out not in let_through


def test_the_program_runs_as_a_user_of_its_own_who_owns_the_state_alone() -> None:
    (user,) = instructions("USER")
    assert any(f"useradd --uid 1000 --create-home {user}" in line for line in LINES)
    assert any(f"--owner={user}" in line and line.endswith("/state") for line in LINES)
    assert not [line for line in instructions("COPY") if "--chown" in line]
    order = [line.split()[0] for line in LINES if line and not line.startswith("#")]
    assert order.index("USER") > len(order) - 1 - order[::-1].index("RUN")


def test_port_variables_and_folder_are_those_of_the_settings() -> None:
    settings = read_settings(variables())
    assert (settings.host, settings.port) == ("0.0.0.0", Settings().port)
    assert instructions("EXPOSE") == [str(settings.port)]
    assert instructions("VOLUME") == [str(settings.state_dir)]
    assert settings.log == "json"
    assert variables()["HF_HOME"].startswith(f"{settings.state_dir}/")
    (probe,) = instructions("HEALTHCHECK")
    assert f"http://127.0.0.1:{settings.port}/health" in probe
    (command,) = [line for line in instructions("CMD") if line.startswith("[")]
    assert json.loads(command) == ["python", "app.py"]


def test_python_is_the_one_of_the_card() -> None:
    (base,) = instructions("FROM")
    (version,) = re.findall(r'^python_version: "(.+)"$', (ROOT / "README.md").read_text(), re.M)
    assert base == f"python:{version}-slim"


@pytest.fixture
def image() -> Iterator[Path]:
    """A folder with what the image holds, which nobody may write; and one for the state."""
    folder = Path(tempfile.mkdtemp(prefix="mbtiface-image-"))
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / "app" / source, ignore=ignored)
        else:
            (folder / "app").mkdir(exist_ok=True)
            shutil.copy(ROOT / source, folder / "app" / source)
    (folder / "places").mkdir()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (folder / "places").chmod(0o777)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


def test_the_folder_of_the_program_cannot_be_written(image: Path) -> None:
    touch = ("python3", "-c", "open('mbtiface/new', 'w')")
    command = (*WITHOUT_RIGHTS, *touch) if os.geteuid() == 0 else touch
    done = subprocess.run(command, cwd=image / "app", capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr


def test_the_app_serves_from_these_files_where_it_may_write_only_its_state(image: Path) -> None:
    command = (*WITHOUT_RIGHTS, *APP) if os.geteuid() == 0 else APP
    environment = {name: variables()[name] for name in ("MBTIFACE_LOG", "PYTHONUNBUFFERED")}
    before = sorted((image / "app").rglob("*"))
    with program(image / "places", command, image / "app", PYTHONPATH="", **environment) as run:
        with httpx.Client(base_url=run.address, timeout=120) as browser:
            face = browser.get("face", params={"start": "average:male", "by": "male"})
            assert face.headers["content-type"] == "image/jpeg"
            health = browser.get("health").json()
            assert health["bundle"]["name"] == "embedded"
            assert health["contributions"] == "on"
        assert run.end() == 0
        assert "Traceback" not in run.log()
    assert sorted((image / "app").rglob("*")) == before
