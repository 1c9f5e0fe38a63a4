import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.memory import peak_bytes


def make_process(proc: Path, pid: int, peak_kb: int, children: str = "") -> None:
    threads = proc / str(pid) / "task" / str(pid)
    threads.mkdir(parents=True)
    (proc / str(pid) / "status").write_text(
        f"Name:\tpython\nVmPeak:\t  999999 kB\nVmHWM:\t{peak_kb:8d} kB\nVmRSS:\t       1 kB\n"
    )
    (threads / "children").write_text(children)


def test_children_and_their_children_count(tmp_path: Path) -> None:
    make_process(tmp_path, 10, 1000, "11 12 ")
    make_process(tmp_path, 11, 200)
    make_process(tmp_path, 12, 30, "13 ")
    make_process(tmp_path, 13, 4)
    make_process(tmp_path, 14, 50_000)
    assert peak_bytes(10, tmp_path) == 1234 * 1024


def test_a_process_that_has_ended_is_told(tmp_path: Path) -> None:
    make_process(tmp_path, 10, 1, "11 12")
    make_process(tmp_path, 11, 1)
    (tmp_path / "11" / "status").write_text("Name:\tpython\nState:\tZ (zombie)\n")
    assert peak_bytes(10, tmp_path) == 1024  # children come and go
    (tmp_path / "10" / "status").write_text("Name:\tpython\nState:\tZ (zombie)\n")
    with pytest.raises(OSError, match="Process 10 tells no VmHWM"):
        peak_bytes(10, tmp_path)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as Linux has it")
def test_memory_that_was_given_back_is_remembered() -> None:
    code = "a = bytearray(b'1') * 64_000_000; del a; print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        peak = peak_bytes(process.pid)
        process.communicate(b"\n")
    assert 64_000_000 < peak < 200_000_000
    assert peak_bytes(os.getpid()) > 0
