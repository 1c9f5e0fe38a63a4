"""Two processes, started by torchrun on the CPU, do what one would do; a dead one ends the run."""

import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.train.stylegan2.ranks_script import gradients
from tests.train.stylegan2.toy_gan import ALONE, write_discs

LIMIT = 1e-4
ROOT = Path(__file__).parents[3]
A_MINUTE = 60.0


def torchrun(*arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    return subprocess.run(
        [*command, "-m", "tests.train.stylegan2.ranks_script", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_two_processes_give_the_gradients_of_one(tmp_path: Path) -> None:
    """Every phase of two iterations: the same batch, the same groups, no augmentation."""
    done = torchrun("gradients", str(tmp_path / "found.safetensors"), timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    found, expected = load_file(tmp_path / "found.safetensors"), gradients(ALONE)
    assert found.keys() == expected.keys()
    assert {name.split()[1] for name in found} == {"Gmain", "Greg", "Dmain", "Dreg"}
    for name, gradient in expected.items():
        error = (found[name] - gradient).norm() / gradient.norm()
        assert error < LIMIT, f"{name}: {error:.2g}"


def test_a_dead_process_ends_the_run_with_a_message(tmp_path: Path) -> None:
    """The second one kills itself amid the run: torchrun would raise were it to hang."""
    data, run = write_discs(tmp_path / "data"), tmp_path / "run"
    done = torchrun("die", str(data), str(run), timeout=240 + A_MINUTE)
    assert done.returncode != 0
    assert "lost the others" in done.stderr, done.stderr[-3000:]
    assert "goes on from the last snapshot" in done.stderr
    assert [path.stem for path in (run / "states").glob("0*.pt")] == ["0000000016"]
    assert torch.load(run / "states" / "0000000016.pt", weights_only=True)["iteration"] == 4
