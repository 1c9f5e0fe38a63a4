"""`project` and `evaluate` on a toy bundle: what they write, and that killed runs go on."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from mbtiface.faces.loading import load
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.manifest import NetworkSpec
from tests.toy_bundle import ACTING, NUM_WS, RESOLUTION, W_DIM, write_toy_bundle
from tests.toy_parts import ENCODER, put
from train.__main__ import main
from train.data.ratings import fold_of
from train.psp import projection_run
from train.psp.projection_run import Projector

FACES = 5


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    return write_toy_bundle(tmp_path_factory.mktemp("bundles") / "toy")


@pytest.fixture(scope="module")
def photos(bundle, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    studio = load(bundle, "cpu")
    for number in range(FACES):
        w = studio.sample(number + 1, psi=1.0)
        studio.render(w).save(folder / f"{number:04d}.png")
    return folder


@pytest.fixture(scope="module")
def with_encoder(tmp_path_factory) -> Path:
    folder = write_toy_bundle(tmp_path_factory.mktemp("bundles") / "encoding")
    torch.manual_seed(0)
    put(folder, "encoder", CompactEncoder(**ENCODER), NetworkSpec("CompactEncoder", ENCODER))
    return folder


def run(*arguments: object) -> int:
    return main([str(each) for each in arguments])


def project(bundle: Path, photos: Path, out: Path, *more: object) -> int:
    options = ("--bundle", bundle, "--photos", photos, "--out", out, "--batch", 2)
    return run("project", *options, *more)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(float)


def test_latents_and_reconstructions_are_written(bundle, photos, tmp_path) -> None:
    out = tmp_path / "run"
    assert project(bundle, photos, out, "--steps", 30, "--w-plus") == 0
    w = load_file(out / "latents.safetensors")["w"]
    assert w.shape == (FACES, NUM_WS, W_DIM)
    assert torch.equal(w[:, ACTING:], w[:, ACTING - 1 : ACTING].expand(-1, 2, -1))
    names = json.loads((out / "files.json").read_text())
    assert names == [f"{number:04d}.png" for number in range(FACES)]
    average = load(bundle, "cpu").render(
        load(bundle, "cpu").averages.tensors["w_avg"].expand(8, -1)
    )
    for name in names:
        truth = pixels(photos / name)
        ours = np.abs(pixels(out / "reconstructions" / name) - truth).mean()
        assert ours < 0.7 * np.abs(np.asarray(average) - truth).mean()
    assert json.loads((out / "config.json").read_text())["steps"] == 30


def test_a_killed_run_goes_on_with_the_next_part(bundle, photos, tmp_path, monkeypatch) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert project(bundle, photos, whole, "--steps", 2) == 0
    done: list[int] = []
    original = Projector.method

    def dying(self, *arguments):
        method = original(self, *arguments)

        def invert(pictures, on_step):
            if len(done) == 1:
                raise KeyboardInterrupt
            done.append(len(pictures))
            return method(pictures, on_step)

        return invert

    with monkeypatch.context() as patch:
        patch.setattr(Projector, "method", dying)
        with pytest.raises(KeyboardInterrupt):
            project(bundle, photos, killed, "--steps", 2)
    first = killed / "parts" / "latents-00000.safetensors"
    kept = first.stat().st_mtime_ns
    assert not (killed / "latents.safetensors").exists()
    assert project(bundle, photos, killed, "--steps", 2) == 0
    assert first.stat().st_mtime_ns == kept
    one, other = (load_file(each / "latents.safetensors")["w"] for each in (whole, killed))
    torch.testing.assert_close(one, other)


def test_a_budget_stops_and_the_same_command_goes_on(bundle, photos, tmp_path, caplog) -> None:
    out = tmp_path / "run"
    with caplog.at_level(logging.INFO):
        assert project(bundle, photos, out, "--steps", 1, "--budget-minutes", 0) == 0
    assert "time is up at face 0 of 5" in caplog.text
    assert not (out / "latents.safetensors").exists()
    assert project(bundle, photos, out, "--steps", 1) == 0
    assert (out / "latents.safetensors").exists()


def test_other_options_need_another_folder(bundle, photos, tmp_path, caplog) -> None:
    out = tmp_path / "run"
    assert project(bundle, photos, out, "--steps", 1, "--dry-run") == 0
    assert not out.exists()
    assert project(bundle, photos, out, "--steps", 1) == 0
    assert project(bundle, photos, out, "--steps", 2) == 1
    assert "holds a run with another steps" in caplog.text


def test_starting_from_an_encoder(bundle, with_encoder, photos, tmp_path, caplog) -> None:
    assert project(bundle, photos, tmp_path / "none", "--start", "encoder") == 1
    assert "has no encoder" in caplog.text
    out = tmp_path / "run"
    assert project(with_encoder, photos, out, "--start", "encoder", "--steps", 0, "--w-plus") == 0
    network = projection_run.bundle_encoder(open_bundle(with_encoder), torch.device("cpu"))
    x = torch.from_numpy(pixels(photos / "0000.png")).permute(2, 0, 1)[None].float() / 127.5 - 1
    w = load_file(out / "latents.safetensors")["w"]
    torch.testing.assert_close(w[:1], network(x).detach(), atol=1e-3, rtol=1e-3)


def evaluate(bundle: Path, data: Path, out: Path, *more: object) -> int:
    options = ("--bundle", bundle, "--data", data, "--out", out, "--inversion")
    return run("evaluate", *options, *more)


def test_evaluation_without_an_encoder(bundle, photos, tmp_path, caplog) -> None:
    fold = fold_of("0000.png")
    mine = sorted(path.name for path in photos.iterdir() if fold_of(path.name) == fold)
    out = tmp_path / "run"
    steps = ("--baseline-steps", 2, 120, "--long-count", 1, "--fold", fold)
    with caplog.at_level(logging.INFO):
        assert evaluate(bundle, photos, out, *steps) == 0
    assert "has no encoder" in caplog.text
    assert "Its rows are left out." in caplog.text
    rows = json.loads((out / "inversion.json").read_text())["rows"]
    assert [row["method"] for row in rows] == ["2 steps in W", "120 steps in W"]
    assert [row["faces"] for row in rows] == [len(mine), 1]
    assert rows[1]["l2"] < rows[0]["l2"]
    assert all(row["seconds"] > 0 and row["identity"] > 0 for row in rows)
    assert (out / "inversion.md").read_text().count("\n") == 4
    with Image.open(out / "inversion.jpg") as sheet:
        assert sheet.width == 3 * RESOLUTION + 2 * 4


def test_evaluation_with_an_encoder(with_encoder, photos, tmp_path) -> None:
    fold = fold_of("0000.png")
    out = tmp_path / "run"
    steps = ("--baseline-steps", 2, "--refine-steps", 30, "--fold", fold, "--count", 1)
    assert evaluate(with_encoder, photos, out, *steps) == 0
    rows = {row["method"]: row for row in json.loads((out / "inversion.json").read_text())["rows"]}
    assert list(rows) == ["encoder alone", "encoder and 30 steps", "2 steps in W"]
    assert rows["encoder and 30 steps"]["l2"] < rows["encoder alone"]["l2"]


def test_evaluation_says_what_it_cannot_do(bundle, photos, tmp_path, caplog) -> None:
    options = ("--bundle", bundle, "--data", photos, "--out", tmp_path / "run")
    assert run("evaluate", *options) == 1
    assert "Give --inversion" in caplog.text
    empty = next(
        fold for fold in range(10) if fold not in {fold_of(p.name) for p in photos.iterdir()}
    )
    assert evaluate(bundle, photos, tmp_path / "run", "--fold", empty) == 1
    assert f"is of fold {empty}" in caplog.text
