"""A run that was stopped, or killed, goes on as if nothing had happened."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mbtiface.errors import SourceError
from tests.train.stylegan2.toy_gan import TICK, config, differences, write_discs
from train.commands.gan import main
from train.runs.checkpoint import load_state
from train.stylegan2 import loop
from train.stylegan2.state import Snapshots


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("gan") / "data")


@pytest.fixture(scope="module")
def whole(data: Path) -> Path:
    """A run of 8 ticks in one go that keeps all its snapshots: every second tick's."""
    run = data.parent / "whole"
    options = config(data, run, 8)
    main(replace(options, watch=replace(options.watch, keep=4)))
    return run


def newest(run: Path) -> dict:
    return load_state(Snapshots(run).numbered()[-1])


def check_same(run: Path, whole: Path) -> None:
    """A run stands where the whole one stood, bit for bit."""
    state = newest(run)
    assert not differences(
        state, load_state(Snapshots(whole).folder / f"{state['images']:010d}.pt")
    )


def lines(run: Path, name: str = "log.jsonl") -> list[dict]:
    return [json.loads(line) for line in (run / name).read_text().splitlines()]


def test_eight_ticks_are_four_and_four(data: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    main(config(data, run, 4))
    assert newest(run)["images"] == 4 * TICK
    main(config(data, run, 8))
    assert newest(run)["images"] == 8 * TICK
    check_same(run, whole)
    for one, other in zip(lines(run), lines(whole), strict=True):
        for name in ("step", "p", "r_t", "loss_generator", "score_real", "gradient_Dmain"):
            assert one[name] == other[name]
    assert lines(run, "scores.jsonl") == lines(whole, "scores.jsonl")
    ours, theirs = (load_file(each / "generator.safetensors") for each in (run, whole))
    assert not differences(ours, theirs)


def test_a_run_has_what_it_should(whole: Path) -> None:
    state = newest(whole)
    assert (state["images"], state["iteration"]) == (8 * TICK, 16)
    numbers = [path.stem for path in Snapshots(whole).numbered()]
    assert numbers == [f"{16 * k:010d}" for k in range(1, 5)]
    assert [line["step"] for line in lines(whole)] == [TICK * k for k in range(1, 9)]
    needed = {"kimg", "sec_kimg", "minutes", "p", "r_t", "loss_generator", "loss_real"}
    needed |= {"loss_generated", "loss_r1", "loss_path_length", "pl_mean", "memory_gb"}
    assert needed <= set(lines(whole)[0])
    grids = sorted(path.name for path in (whole / "grids").iterdir())
    assert grids == [*(f"{16 * k:010d}.jpg" for k in range(1, 5)), "real.jpg"]
    assert (whole / "scores.png").stat().st_size > 0
    assert list((whole / "tensorboard").iterdir())


@pytest.mark.parametrize("when", ["at once", "while it is written"])
def test_a_killed_run_goes_on(
    data: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """kill -9 in a process of its own: after 3 ticks, or amid writing the snapshot of tick 4."""
    script = f"""
import os, signal, torch
from pathlib import Path
from tests.train.stylegan2.toy_gan import config
from train.commands.gan import main
from train.stylegan2.trainer import Trainer
torch.set_num_threads(1)
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
step, save = Trainer.step, torch.save
def watched(self, batch):
    step(self, batch)
    if {when == "at once"} and self.images == {3 * TICK}:
        die()
def written(state, partial):
    save(state, partial)
    if {when != "at once"} and state["images"] == {4 * TICK}:
        os.truncate(partial, 100)
        die()
Trainer.step, torch.save = watched, written
main(config(Path({str(data)!r}), Path({str(tmp_path / "run")!r}), 8))
"""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, timeout=240, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    run = tmp_path / "run"
    assert newest(run)["images"] == 2 * TICK
    main(config(data, run, 4))
    assert newest(run)["images"] == 4 * TICK
    check_same(run, whole)
    assert [line["step"] for line in lines(run)] == [TICK * k for k in range(1, 5)]


def test_a_run_that_is_done_is_not_trained_further(data: Path, whole: Path) -> None:
    before = newest(whole)
    main(config(data, whole, 8))
    assert not differences(newest(whole), before)
    assert json.loads((whole / "report.json").read_text())["ending"] == "done"


def test_a_budget_of_minutes_stops_cleanly(data: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    main(config(data, run, 8, minutes=0.0))
    assert newest(run)["iteration"] == 1
    assert json.loads((run / "report.json").read_text())["ending"] == "time is up"
    main(config(data, run, 2))
    assert newest(run)["images"] == 2 * TICK
    check_same(run, whole)


def test_a_full_disk_names_itself_and_loses_nothing(
    data: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    main(config(data, run, 2))
    save = torch.save

    def full(state: object, partial: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SourceError, match="No space left on device"):
        main(config(data, run, 4))
    monkeypatch.setattr(torch, "save", save)
    assert newest(run)["images"] == 2 * TICK
    main(config(data, run, 4))
    assert newest(run)["images"] == 4 * TICK
    check_same(run, whole)


def test_weights_that_are_lost_end_the_run_with_the_last_good_state(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, step = tmp_path / "run", loop.Trainer.step

    def broken(self: loop.Trainer, batch: loop.RealBatch) -> None:
        step(self, batch)
        if self.images > 2 * TICK:
            next(self.generator.parameters()).data.fill_(float("nan"))

    monkeypatch.setattr(loop.Trainer, "step", broken)
    with pytest.raises(SourceError, match="infinite or no numbers.*--resume"):
        main(config(data, run, 4))
    assert newest(run)["images"] == 2 * TICK
    (alarm,) = lines(run, "alarms.jsonl")
    assert alarm["kind"] == "not finite"
    assert all(
        value.isfinite().all() for value in load_file(run / "generator.safetensors").values()
    )


def test_samples_that_become_alike_ring_and_the_snapshot_before_stays(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, step = tmp_path / "run", loop.Trainer.step

    def collapsing(self: loop.Trainer, batch: loop.RealBatch) -> None:
        if self.images >= 2 * TICK:
            for name, value in self.generator.named_parameters():
                if "torgb.weight" in name:
                    value.data.zero_()
        step(self, batch)

    monkeypatch.setattr(loop.Trainer, "step", collapsing)
    main(config(data, run, 4))
    (alarm,) = lines(run, "alarms.jsonl")
    assert (alarm["kind"], alarm["step"]) == ("variance gone", 3 * TICK)
    assert load_state(run / "states" / loop.BEFORE_ALARM)["images"] == 2 * TICK
    assert newest(run)["images"] == 4 * TICK


def test_other_data_or_options_do_not_go_on(data: Path, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="another seed"):
        main(config(data, whole, 8, seed=1))
    fewer = write_discs(tmp_path / "data", 10)
    run = tmp_path / "run"
    main(config(fewer, run, 1))
    write_discs(fewer, 12)
    with pytest.raises(SourceError, match="data changed since this run began: digest, pictures"):
        main(config(fewer, run, 2))
