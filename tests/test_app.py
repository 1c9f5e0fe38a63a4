"""`python app.py` ends with one clear line, and no traceback, where it cannot serve."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run_app(**variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ended = run_app(GRADIO_SERVER_PORT=port)
    assert ended.returncode == 1
    assert f"Port {port} on 127.0.0.1 is already in use." in ended.stderr
    assert "GRADIO_SERVER_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_host_of_another_machine_is_told_in_one_line() -> None:
    ended = run_app(GRADIO_SERVER_NAME="192.0.2.7", GRADIO_SERVER_PORT="47860")
    assert ended.returncode == 1
    assert "Host 192.0.2.7 is no address of this machine." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_state_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = str(tmp_path / "file" / "state")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    ended = run_app(MBTIFACE_STATE_DIR=folder, GRADIO_SERVER_PORT=port)
    assert ended.returncode == 1
    assert f"The state folder {folder} cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_setting_that_cannot_be_used_is_told_in_one_line() -> None:
    ended = run_app(MBTIFACE_DEVICE="tpu")
    assert ended.returncode == 1
    assert "MBTIFACE_DEVICE is 'tpu'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_host_that_ends_it_leaves_it_time_to_keep_things(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    variables = {"GRADIO_SERVER_PORT": port, "MBTIFACE_STATE_DIR": str(tmp_path)}
    # As many hosts do: the program is run by another one that tells when it has ended.
    program = "import atexit, app; atexit.register(print, 'kept'); raise SystemExit(app.main())"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if "Serving on" in line:
                    break
            wait_for_port(int(port))
            process.send_signal(signal.SIGTERM)
            out, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert "kept" in out
    assert "Traceback" not in errors


def wait_for_port(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing serves on port {port}")


def test_the_program_is_short() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) < 30
