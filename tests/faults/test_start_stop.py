"""Starting and stopping again and again leaves no file, thread or process behind."""

from pathlib import Path

from tests.faults.programs import APP, program
from tests.faults.start_stop import in_a_process

CYCLES = 20
LIMIT_S = 1200


def test_twenty_starts_and_stops_leave_nothing_behind(tmp_path: Path) -> None:
    left = in_a_process(CYCLES, tmp_path, LIMIT_S)
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
