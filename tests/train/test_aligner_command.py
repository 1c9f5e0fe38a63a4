"""`python -m train aligner`: from made faces to a finished run, in pieces."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mbtiface.networks.aligner import CropAligner
from tests.train.psp.drawn_faces import write_faces
from train.__main__ import main
from train.data.made_faces import PART, MadeFaces
from train.psp import aligner_fit, aligner_samples
from train.psp.face_samples import HELD_OUT

SMALL = ["--network.img-resolution", "32", "--network.stem-channels", "4", "--network.widths", "8"]
SMALL += ["--network.units", "1", "--network.hidden", "8", "--batch", "4", "--canvases", "2"]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A dataset whose pictures are links to a few drawn faces."""
    faces = MadeFaces(tmp_path / "made")
    drawn = [tmp_path / f"{k}.png" for k in range(4)]
    write_faces(drawn, 64)
    for index in range(HELD_OUT + 8):
        path = faces.picture(index)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(drawn[index % 4])
    latents = {"w": torch.zeros(HELD_OUT + 8, 2, 4), "crossover": torch.ones(HELD_OUT + 8).long()}
    save_file(latents, faces.folder / "latents-00000.safetensors")
    return faces.folder


def test_a_run_ends_with_network_spec_and_figures(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert HELD_OUT + 8 < PART
    monkeypatch.setattr(aligner_fit, "HELD_OUT_CROPS", 64)
    out = tmp_path / "run"
    command = ["aligner", "--data", str(made), "--out", str(out), *SMALL]
    assert main([*command, "--steps", "3", "--budget-minutes", "0"]) == 0
    assert (out / "state.pt").is_file()
    assert not (out / "aligner.safetensors").exists()
    assert main([*command, "--steps", "2"]) == 0  # fewer steps end it sooner
    spec = json.loads((out / "aligner.json").read_text())
    assert spec["kind"] == "CropAligner"
    network = CropAligner(**spec["args"])
    network.load_state_dict(load_file(out / "aligner.safetensors"))
    values = json.loads((out / "report.json").read_text())
    assert values["steps"] == 2
    assert values["made"]["pictures"] == 2
    assert values["made"]["rough_squares"]["alone"]["corners_mean"] > 0
    assert [json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()] == [
        2
    ]


def test_other_sizes_need_another_folder(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = ["aligner", "--data", str(made), "--out", str(tmp_path / "run"), *SMALL]
    assert main([*command, "--budget-minutes", "0"]) == 0
    assert main([*command, "--budget-minutes", "0", "--network.hidden", "9"]) == 1
    assert "another network" in caplog.text


def test_too_few_faces_are_refused(
    tmp_path: Path, made: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligner_samples, "HELD_OUT", 1000)
    assert main(["aligner", "--data", str(made), "--out", str(tmp_path / "run"), *SMALL]) == 1
    assert "too few" in caplog.text
