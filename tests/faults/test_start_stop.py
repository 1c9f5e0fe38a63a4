"""Starting and stopping again and again leaves no file, thread or process behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.faults.programs import APP, FOLDERS, program
from tests.program_files import ROOT
from tests.ui.fake_page import free_port

CYCLES = "20"
LIMIT_S = 1200


def test_twenty_starts_and_stops_leave_nothing_behind(tmp_path: Path) -> None:
    folders = {name: tmp_path / folder for name, folder in FOLDERS.items()}
    for folder in folders.values():
        folder.mkdir()
    settled = {name: str(folder) for name, folder in folders.items()}
    settled |= {"GRADIO_SERVER_PORT": str(free_port()), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.start_stop", CYCLES],
        cwd=ROOT,
        env=os.environ | settled,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    left = json.loads(done.stdout)
    assert left["last"] == left["settled"]
    assert left["last"]["threads"] == ["MainThread"]
    assert left["last"]["children"] == left["last"]["written"] == []


def test_the_real_app_starts_and_stops_twice_and_leaves_only_its_state(tmp_path: Path) -> None:
    left = []
    for _ in range(2):
        with program(tmp_path, APP) as started:
            assert started.end() == 0
            said = started.log()
        assert "Traceback" not in said
        assert "ERROR" not in said
        left.append(started.files())
    assert not [path for path in left[1] if not path.startswith("state/")]
    assert "state/community.sqlite" in left[1]
    assert not [path for path in left[1] if path.endswith((".draft", "-wal", "-shm", "-journal"))]
