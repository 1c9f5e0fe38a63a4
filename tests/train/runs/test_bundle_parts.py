"""Parts put into a bundle by `python -m train bundle`: they load, or nothing is written."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from mbtiface.networks.aligner import CropAligner
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.inversion_parts import load_aligner, load_encoder, load_perceptual
from tests.toy_bundle import write_toy_bundle
from tests.toy_parts import ENCODER
from train.__main__ import main
from train.commands import bundle as bundle_command
from train.psp.perceptual_weights import CREDIT
from train.runs.bundle_parts import without_paths

ALIGNER = {"img_resolution": 32, "stem_channels": 4, "widths": [8], "units": [1], "hidden": 8}
FIGURES = {"made": {"refined": 3.5}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "bundle")


def write_run(run: Path, part: str, network: torch.nn.Module, args: Mapping[str, Any]) -> Path:
    """A finished run, as the commands leave it."""
    run.mkdir()
    save_file(network.state_dict(), run / f"{part}.safetensors")
    spec = {"kind": type(network).__name__, "args": dict(args)}
    (run / f"{part}.json").write_text(json.dumps(spec))
    (run / "report.json").write_text(json.dumps(FIGURES))
    (run / "config.json").write_text(json.dumps({"seed": 3, "data": "some/where"}))
    return run


def test_an_aligner_and_an_encoder_become_part_of_a_bundle(folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    aligner, encoder = CropAligner(**ALIGNER), CompactEncoder(**ENCODER)
    torch.nn.init.normal_(aligner.out.weight)
    one = write_run(tmp_path / "a", "aligner", aligner, ALIGNER)
    two = write_run(tmp_path / "e", "encoder", encoder, ENCODER)
    arguments = ["bundle", "--bundle", str(folder), "--aligner", str(one), "--encoder", str(two)]
    assert main(arguments) == 0
    bundle = open_bundle(folder)
    x = torch.rand(1, 3, 32, 32) * 2 - 1
    for loaded, written in ((load_aligner(bundle), aligner), (load_encoder(bundle), encoder)):
        assert not loaded.training
        torch.testing.assert_close(loaded(x), written.eval()(x), atol=1e-2, rtol=1e-2)
    assert (folder / "aligner.safetensors").is_file()
    assert all(t.dtype != torch.float32 for t in bundle.tensors("aligner").values())
    assert bundle.manifest.metrics["aligner"] == FIGURES
    assert bundle.manifest.provenance["encoder"] == {"config": {"seed": 3}}


def test_a_part_is_replaced_by_the_next_one(folder: Path, tmp_path: Path) -> None:
    for name, hidden in (("one", 8), ("two", 16)):
        args = ALIGNER | {"hidden": hidden}
        run = write_run(tmp_path / name, "aligner", CropAligner(**args), args)
        assert main(["bundle", "--bundle", str(folder), "--aligner", str(run)]) == 0
    assert load_aligner(open_bundle(folder)).hidden.out_features == 16


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"kind": "CropAligner", "args": ALIGNER | {"hidden": 16}}, "hidden"),
        ({"kind": "CropAligner", "args": {"colour": 1}}, "cannot be built"),
        ({"kind": "CompactEncoder", "args": {}}, "of kind 'CompactEncoder'"),
        ({"name": "CropAligner"}, "holds no finished aligner"),
    ],
)
def test_what_does_not_fit_leaves_the_bundle_as_it_was(
    spec: dict[str, Any],
    message: str,
    folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = write_run(tmp_path / "run", "aligner", CropAligner(**ALIGNER), ALIGNER)
    (run / "aligner.json").write_text(json.dumps(spec))
    before = open_bundle(folder).manifest
    assert main(["bundle", "--bundle", str(folder), "--aligner", str(run)]) == 1
    assert message in caplog.text
    assert open_bundle(folder).manifest == before


def test_an_unfinished_run_is_refused(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = write_run(tmp_path / "run", "aligner", CropAligner(**ALIGNER), ALIGNER)
    (run / "report.json").unlink()
    assert main(["bundle", "--bundle", str(folder), "--aligner", str(run)]) == 1
    assert "`python -m train aligner`" in caplog.text


def test_the_perceptual_features_come_with_their_credit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = PerceptualFeatures(stages=2)
    monkeypatch.setattr(bundle_command, "perceptual_features", lambda: network)
    for _ in range(2):
        assert main(["bundle", "--bundle", str(folder), "--perceptual"]) == 0
    bundle = open_bundle(folder)
    loaded = load_perceptual(bundle)
    x = torch.rand(1, 3, 32, 32) * 2 - 1
    for one, other in zip(loaded(x), network(x), strict=True):
        torch.testing.assert_close(one, other, atol=1e-2, rtol=1e-2)
    assert bundle.manifest.credits.count(CREDIT) == 1
    assert CREDIT in (folder / "README.md").read_text("utf-8")
    assert "perceptual" not in bundle.manifest.metrics


def test_paths_of_the_machine_are_left_out() -> None:
    config = {"bundle": "a/b", "steps": 3, "sources": {"data": "runs/made", "start": None}}
    assert without_paths(config) == {"steps": 3, "sources": {"start": None}}
