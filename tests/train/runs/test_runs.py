"""The habits that all runs share: budget, state, schedule, average, log, processes."""

import json
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from mbtiface.errors import SourceError
from train.runs.budget import deadline, passed
from train.runs.checkpoint import load_state, save_state, write_tensors
from train.runs.distributed import Ranks, agree, average_gradients, join, wait
from train.runs.ema import Ema
from train.runs.run_log import RunLog
from train.runs.schedule import schedule
from train.runs.weight_decay import parameter_groups


def test_a_budget_ends() -> None:
    assert deadline(None) is None
    assert not passed(None)
    assert passed(deadline(0.0) - 1e-3)
    assert not passed(deadline(10.0))
    assert deadline(1.0) - time.monotonic() == pytest.approx(60, abs=1)


def test_a_state_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    save_state(path, {"w": torch.arange(3), "step": 4, "best": {"score": 0.5}})
    state = load_state(path)
    assert torch.equal(state["w"], torch.arange(3))
    assert (state["step"], state["best"]) == (4, {"score": 0.5})
    assert [each.name for each in tmp_path.iterdir()] == ["state.pt"]


def test_a_state_that_cannot_be_written_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.pt"
    save_state(path, {"step": 1})

    def full(state: object, partial: Path) -> None:
        partial.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SourceError, match="No space left on device.*make room"):
        save_state(path, {"step": 2})
    assert load_state(path)["step"] == 1
    assert [each.name for each in tmp_path.iterdir()] == ["state.pt"]


def test_tensors_come_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "latents.safetensors"
    turned = torch.arange(6.0).reshape(2, 3).T
    write_tensors(path, {"w": turned})
    assert torch.equal(load_file(path)["w"], turned)
    with pytest.raises(SourceError, match=r"nowhere.latents.safetensors cannot be written"):
        write_tensors(tmp_path / "nowhere" / "latents.safetensors", {"w": turned})
    assert [each.name for each in tmp_path.iterdir()] == ["latents.safetensors"]


def test_states_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is missing"):
        load_state(tmp_path / "state.pt")
    (tmp_path / "state.pt").write_bytes(b"no state")
    with pytest.raises(SourceError, match="is damaged"):
        load_state(tmp_path / "state.pt")


def test_the_rate_rises_and_falls() -> None:
    values = [schedule(part / 100) for part in range(101)]
    assert values[0] == 0.01
    assert max(values) == values[10] == 1.0
    assert values[55] == pytest.approx(0.5)
    assert values[100] == pytest.approx(0.0)
    assert schedule(0.02, warm_up=0.04) == 0.5


def test_the_average_follows() -> None:
    network = nn.Linear(2, 1, bias=False)
    network.register_buffer("count", torch.zeros(()))
    ema = Ema(network, decay=0.5)
    before = network.weight.detach().clone()
    with torch.no_grad():
        network.weight.add_(1.0)
    network.count += 3
    ema.update(network, step=1000)
    torch.testing.assert_close(ema.network.weight, before + 0.5)
    assert ema.network.count == 3
    # Early on it follows faster: after step 1 by 1 - 2 / 11.
    slow = Ema(network, decay=0.999)
    with torch.no_grad():
        network.weight.add_(1.0)
    slow.update(network, step=1)
    torch.testing.assert_close(slow.network.weight, before + 1 + (1 - 2 / 11))


def test_a_log_has_a_line_a_report(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log.scalars(5, {"loss": 0.123456})
    RunLog(tmp_path).scalars(10, {"loss": 0.1})
    log.picture(10, "grid", torch.zeros(4, 6, 3, dtype=torch.uint8))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines == [{"step": 5, "loss": 0.1235}, {"step": 10, "loss": 0.1}]
    assert list((tmp_path / "tensorboard").iterdir())
    RunLog(tmp_path, "256").scalars(3, {"loss": 1.0})
    assert json.loads((tmp_path / "log.256.jsonl").read_text()) == {"step": 3, "loss": 1.0}
    assert list((tmp_path / "tensorboard" / "256").iterdir())


def test_one_process_needs_no_others() -> None:
    ranks = join("cpu")
    assert ranks == Ranks(0, 1, torch.device("cpu"))
    assert ranks.first
    assert agree(True, ranks)
    assert not agree(False, ranks)
    wait(ranks)
    parameter = nn.Parameter(torch.ones(2))
    parameter.sum().backward()
    average_gradients([parameter], ranks)
    assert torch.equal(parameter.grad, torch.ones(2))


def test_only_matrices_decay() -> None:
    network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Linear(3, 1))
    decaying, still = parameter_groups(network, 0.1)
    assert [tuple(p.shape) for p in decaying["params"]] == [(3, 2, 3, 3), (1, 3)]
    assert (decaying["weight_decay"], still["weight_decay"]) == (0.1, 0.0)
    assert len(decaying["params"]) + len(still["params"]) == len(list(network.parameters()))
