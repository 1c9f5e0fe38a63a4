"""`python -m train bundle`: fitted heads become part of the generator; the card is written."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mbtiface.networks.small_head import SmallHead
from mbtiface.weights.bundle import load_generator, open_bundle
from tests.toy_bundle import W_DIM, write_toy_bundle
from train.__main__ import main

FIGURES = {"latents": 3, "16.plain": {"l1": 0.5}}


def write_heads(folder: Path, in_channels: int) -> dict[str, torch.Tensor]:
    """A run folder with one head for 16 px, which toy block 0 feeds."""
    folder.mkdir()
    head = SmallHead(W_DIM, in_channels)
    tensors = {f"synthesis.small_heads.16.{k}": v.clone() for k, v in head.state_dict().items()}
    save_file(tensors, folder / "heads.safetensors")
    (folder / "report.json").write_text(json.dumps(FIGURES))
    return tensors


def test_heads_become_part_of_the_generator(tmp_path: Path) -> None:
    bundle = write_toy_bundle(tmp_path / "bundle")
    before = load_generator(open_bundle(bundle))
    written = write_heads(tmp_path / "run", 16)
    assert main(["bundle", "--bundle", str(bundle), "--heads", str(tmp_path / "run")]) == 0
    opened = open_bundle(bundle)
    after = load_generator(opened)
    assert after.synthesis.sizes == (16, 32)
    assert opened.manifest.metrics["heads"] == FIGURES
    state = after.state_dict()
    for name, value in written.items():
        assert torch.equal(state[name], value.half().float())
    for name, value in before.state_dict().items():
        assert torch.equal(state[name], value)
    ws = torch.randn(1, after.num_ws, W_DIM)
    assert after.synthesis(ws, 16).shape == (1, 3, 16, 16)


def test_heads_of_another_generator_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bundle = write_toy_bundle(tmp_path / "bundle")
    write_heads(tmp_path / "run", 32)
    assert main(["bundle", "--bundle", str(bundle), "--heads", str(tmp_path / "run")]) == 1
    assert "small_heads.16" in caplog.text
    open_bundle(bundle)
    assert load_generator(open_bundle(bundle)).synthesis.sizes == (32,)


def test_a_run_without_heads_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bundle = write_toy_bundle(tmp_path / "bundle")
    assert main(["bundle", "--bundle", str(bundle), "--heads", str(tmp_path)]) == 1
    assert "holds no finished heads" in caplog.text


def test_a_new_version_is_in_manifest_and_card(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bundle = write_toy_bundle(tmp_path / "bundle")
    assert main(["bundle", "--bundle", str(bundle), "--version", "2.3.4"]) == 0
    assert open_bundle(bundle).manifest.version == "2.3.4"
    assert " 2.3.4" in (bundle / "README.md").read_text("utf-8")
    assert main(["bundle", "--bundle", str(bundle)]) == 0
    assert open_bundle(bundle).manifest.version == "2.3.4"
    assert main(["bundle", "--bundle", str(bundle), "--version", "new"]) == 1
    assert "Version 'new' is not three numbers such as 1.1.0." in caplog.text


def test_the_card_names_licence_credits_and_limits(tmp_path: Path) -> None:
    bundle = write_toy_bundle(tmp_path / "bundle")
    assert main(["bundle", "--bundle", str(bundle)]) == 0
    text = (bundle / "README.md").read_text("utf-8")
    manifest = open_bundle(bundle).manifest
    assert manifest.license in text
    assert all(line in text for line in (*manifest.credits, *manifest.forbidden_use))
    assert "do not show personality" in text
