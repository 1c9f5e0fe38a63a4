"""`train mobile --teacher` at toy size, from a StyleGAN2 bundle to one that the app serves."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from PIL import Image

import mbtiface
from mbtiface.errors import BundleError, SourceError
from mbtiface.weights.bundle import open_bundle
from tests.toy_bundle import write_toy_bundle
from tests.train.mobile.toy_teacher import RESOLUTION, W_DIM, write_toy_teacher
from train.commands.bundle import Config as BundleConfig
from train.commands.bundle import main as verify
from train.commands.mobile import Config, main
from train.mobile.distil_options import DistilOptions, DistilWeights
from train.runs.checkpoint import load_state

OPTIONS = {
    "start": "none",
    "steps": 4,
    "batch": 4,
    "adversarial_from": 0.5,
    "held_out": 4,
    "save_steps": 2,
    "report_steps": 2,
}


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy_teacher(tmp_path_factory.mktemp("mobile") / "teacher")


def config(teacher: Path, out: Path, **changes: object) -> Config:
    names = {each.name for each in fields(DistilOptions)}
    options = OPTIONS | {name: changes.pop(name) for name in list(changes) if name in names}
    return Config(out, str(teacher), DistilOptions(**options), device="cpu", **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def finished(teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four steps without a stop; only read."""
    out = tmp_path_factory.mktemp("mobile") / "run"
    main(config(teacher, out))
    return out


def test_a_run_leaves_a_bundle_that_the_app_serves(finished: Path) -> None:
    folder = finished / "bundle"
    verify(BundleConfig(folder))
    studio = mbtiface.load(folder, device="cpu")
    assert studio.manifest.networks["generator"].kind == "MobileGenerator"
    ws = studio.mapping(torch.randn(2, W_DIM), None)
    pictures = studio.render(ws)
    assert [each.size for each in pictures] == [(RESOLUTION, RESOLUTION)] * 2
    state = load_state(finished / "state.pt")
    kept = open_bundle(folder).tensors("generator")
    averaged = state["ema"]["head.weight"]
    torch.testing.assert_close(kept["synthesis.head.weight"], averaged.half())
    noise = state["ema"]["blocks.0.conv0.noise_const"]
    torch.testing.assert_close(kept["synthesis.blocks.0.conv0.noise_const"], noise.half())


def test_its_course_and_figures_are_kept(finished: Path) -> None:
    lines = [json.loads(line) for line in (finished / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    terms = {"l1", "l2", "wavelet_l1", "perceptual", "seconds_a_step"}
    assert terms | {"held_out_l1", "held_out_mixed_l1", "held_out_feature_distance"} <= set(
        lines[0]
    )
    assert {"adversarial", "discriminator", "logits_teacher", "logits_student"} <= set(lines[1])
    report = json.loads((finished / "report.json").read_text())
    assert report["l1"] == pytest.approx(lines[1]["held_out_l1"], rel=1e-3)
    assert report["feature_distance"] > 0
    assert 0 < report["cost"]["multiply_add_share"] < 1
    manifest = open_bundle(finished / "bundle").manifest
    assert manifest.metrics["mobile"] == report
    assert manifest.provenance["mobile"]["config"]["steps"] == 4
    with Image.open(finished / "grid.jpg") as grid:  # plain and mixed, teacher | student
        assert grid.size == (4 * RESOLUTION, 4 * RESOLUTION)


def test_every_tensor_is_listed_with_its_origin(
    teacher: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start = write_toy_bundle(tmp_path / "start", faces=False)
    caplog.set_level("INFO")
    main(config(teacher, tmp_path / "run", start=str(start), steps=1))
    origins = json.loads((tmp_path / "run" / "origins.json").read_text())
    names = set(open_bundle(tmp_path / "run" / "bundle").tensors("generator"))
    assert sorted(name for each in origins.values() for name in each) == sorted(names)
    assert "synthesis.blocks.0.conv0.weight" in origins["taken"]
    assert "synthesis.blocks.2.conv0.weight" in origins["new"]
    assert "mapping.fc0.weight" in origins["teacher"]
    for key, text in (("taken", f"taken from {start}"), ("new", "new")):
        assert f"{len(origins[key])} tensors {text}: {', '.join(origins[key])}" in caplog.text
    assert "Made up for the tests." in open_bundle(tmp_path / "run" / "bundle").manifest.credits


def test_a_stopped_run_goes_on_as_if_it_never_stopped(
    teacher: Path, finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    for _ in range(2):
        main(config(teacher, out, budget_minutes=0.0))  # one step each
    assert load_state(out / "state.pt")["step"] == 2
    assert open_bundle(out / "bundle").manifest.metrics["mobile"]["step"] == 2
    main(config(teacher, out))
    whole, parts = (load_state(folder / "state.pt") for folder in (finished, out))
    assert whole["step"] == parts["step"] == 4
    for part in ("synthesis", "heads", "ema"):
        for name, value in whole[part].items():
            assert torch.equal(value, parts[part][name]), name
    main(config(teacher, out))  # nothing is left to do
    assert load_state(out / "state.pt")["step"] == 4


def test_small_heads_are_fitted_to_it_afterwards(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.mobile.heads.HELD_OUT", 4)
    monkeypatch.setattr("train.commands.mobile.MIXED_PICTURES", 1)
    given = {"count": 8, "steps": 2, "batch": 4, "report_pictures": 1, "workers": 1}
    folder, run = finished / "bundle", tmp_path / "heads"
    main(Config(run, heads=True, bundle=str(folder), sizes=(32,), **given))  # type: ignore[arg-type]
    assert (run / "heads.safetensors").exists()


@pytest.mark.parametrize("c_dim", [0, 3])
def test_terms_can_be_switched_off_and_teachers_may_have_labels(tmp_path: Path, c_dim: int) -> None:
    folder = write_toy_teacher(tmp_path / "teacher", c_dim, parts=False)
    out = tmp_path / "run"
    weights = DistilWeights(perceptual=0, adversarial=0)
    main(config(folder, out, steps=1, weights=weights))
    line = json.loads((out / "log.jsonl").read_text())
    assert not {"perceptual", "adversarial", "discriminator"} & set(line)
    assert json.loads((out / "report.json").read_text())["feature_distance"] > 0
    assert open_bundle(out / "bundle").manifest.networks["generator"].args["c_dim"] == c_dim


def test_what_cannot_be_distilled_is_named(teacher: Path, finished: Path, tmp_path: Path) -> None:
    mobile = write_toy_bundle(tmp_path / "mobile", faces=False)
    out = tmp_path / "run"
    with pytest.raises(SourceError, match="holds a MobileGenerator; only a Generator"):
        main(config(mobile, out))
    with pytest.raises(SourceError, match="holds a Generator; a student starts"):
        main(config(teacher, out, start=str(teacher)))
    with pytest.raises(SourceError, match="64 px has 3 blocks"):
        main(config(teacher, out, channels=(8, 8)))
    with pytest.raises(SourceError, match="6 of one process"):
        main(config(teacher, out, batch=6))
    with pytest.raises(BundleError, match="is no bundle"):
        main(config(tmp_path, out))
    with pytest.raises(SourceError, match="either --teacher BUNDLE.*or --heads"):
        main(Config(out, str(teacher), heads=True))
    with pytest.raises(SourceError, match="Heads need a bundle"):
        main(Config(out, heads=True))
    with pytest.raises(SourceError, match="another distil"):
        main(config(teacher, finished, steps=5))
    assert not out.exists()


def test_a_dry_run_writes_nothing(teacher: Path, tmp_path: Path) -> None:
    main(config(teacher, tmp_path / "run", dry_run=True))
    assert not (tmp_path / "run").exists()


def test_two_processes_share_a_step(teacher: Path, tmp_path: Path) -> None:
    """torchrun on the CPU: both take part, one writes; they end as one process does."""
    options = {"start": "none", "steps": 2, "batch": 8, "held-out": 2}
    weights = {"perceptual": 0, "adversarial": 0}
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
        *("-m", "train", "mobile", "--teacher", str(teacher), "--out", str(tmp_path / "two")),
        *("--device", "cpu", "--threads", "1"),
        *(part for name, value in options.items() for part in (f"--distil.{name}", str(value))),
        *(p for name, value in weights.items() for p in (f"--distil.weights.{name}", str(value))),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    run = tmp_path / "two"
    assert len((run / "log.jsonl").read_text().splitlines()) == 1
    assert open_bundle(run / "bundle").manifest.name == "toy-mobile"
    weights_off = DistilWeights(perceptual=0, adversarial=0)
    main(config(teacher, tmp_path / "one", steps=2, batch=8, held_out=2, weights=weights_off))
    one, two = (load_state(tmp_path / name / "state.pt") for name in ("one", "two"))
    assert one["step"] == two["step"] == 2
    for name, value in one["synthesis"].items():
        torch.testing.assert_close(two["synthesis"][name], value, rtol=0.02, atol=2e-3)
