"""How much memory importing a network of full size takes: less than twice its file."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mbtiface.networks import Discriminator, Generator
from mbtiface.weights.key_maps import generator_to_rosinality
from tests.foreign_files import write_snapshot, write_torch
from tests.program_files import ROOT

IMPORTING = """
import json, sys
from pathlib import Path
import torch
torch.set_num_threads(2)
from tests.reading_child import forget_peak, memory_bytes
from tests.train.foreign.toy_checkpoints import rosinality, toy_network
from train.commands.import_bundle import Config, main
# At rest: all libraries loaded, as importing a toy network leaves them.
toy = rosinality(Path(sys.argv[2]).with_name("toy.pt"), toy_network())
main(Config(str(toy), Path(sys.argv[2]).with_name("toy"), pictures=1))
rest = memory_bytes("VmRSS")
forget_peak()
main(Config(sys.argv[1], Path(sys.argv[2]), pictures=1))
print(json.dumps(memory_bytes("VmHWM") - rest))
"""


def full_generator() -> Generator:
    torch.manual_seed(0)
    return Generator(512, 0, 512, 1024, 3).requires_grad_(False)


def snapshot(folder: Path) -> Path:
    critic = Discriminator(0, 1024, 3).requires_grad_(False)
    parts = {"G": (full_generator(), {}), "D": (critic, {}), "G_ema": (full_generator(), {})}
    return write_snapshot(folder / "ffhq.pkl", parts)


def rosinality(folder: Path) -> Path:
    state = generator_to_rosinality(full_generator().state_dict())
    return write_torch(folder / "ffhq.pt", {"g_ema": state, "latent_avg": torch.zeros(512)})


@pytest.mark.parametrize("write", [snapshot, rosinality])
def test_a_full_import_takes_less_than_twice_its_file(
    write: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING, str(source), str(tmp_path / "bundle")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    taken, size = json.loads(done.stdout), source.stat().st_size
    with capsys.disabled():
        sys.stdout.write(f"\n{source.name}: {size / 1e6:.0f} MB, peak {taken / 1e6:.0f} MB\n")
    assert taken < 2 * size
