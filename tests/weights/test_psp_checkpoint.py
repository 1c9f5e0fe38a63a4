"""Checkpoints of rosinality, pSp and e4e: golden files, torch's two formats, what they hold."""

import argparse
import os
from pathlib import Path

import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.weights import read_psp_checkpoint
from tests.foreign_files import write_torch
from tests.golden_files import golden_dir, read_golden

EXPECTED = "11b_psp_container_expected.safetensors"


def check_constants(
    tensors: dict[str, torch.Tensor], keys: list[list[object]], values: dict[str, float]
) -> None:
    assert sorted([name, list(tensor.shape)] for name, tensor in tensors.items()) == sorted(keys)
    for name, value in values.items():
        assert bool((tensors[name] == value).all()), name


def test_golden_psp_checkpoint_is_exact() -> None:
    golden = read_golden(EXPECTED)
    found = read_psp_checkpoint(golden_dir() / "11b_psp_container.pt")
    check_constants(found["state_dict"], golden.config["psp_keys"], golden.config["psp_values"])
    assert found["opts"] == golden.config["opts"]
    assert torch.equal(found["latent_avg"], golden["latent_avg"])


def test_golden_legacy_generator_is_exact() -> None:
    golden = read_golden(EXPECTED)
    found = read_psp_checkpoint(golden_dir() / "11c_stylegan2_container_legacy.pt")
    keys, values = golden.config["legacy_keys"], golden.config["legacy_values"]
    check_constants(found["g_ema"], keys, values)
    assert torch.equal(found["latent_avg"], golden["latent_avg"][0])
    assert "opts" not in found


def test_golden_probe_is_refused_by_name() -> None:
    with pytest.raises(SourceError, match="'__builtin__', 'exec'"):
        read_psp_checkpoint(golden_dir() / "11h_hostile_psp.pt")
    assert "GOLDEN_CANARY" not in os.environ


@pytest.mark.parametrize("legacy", [False, True])
def test_a_namespace_of_options_becomes_a_table(tmp_path: Path, legacy: bool) -> None:
    content = {
        "state_dict": {"encoder.a": torch.arange(6.0).reshape(2, 3)},
        "opts": argparse.Namespace(encoder_type="Encoder4Editing", lr=1e-4, sizes=(1, 2)),
        "latent_avg": torch.ones(3, 4),
    }
    found = read_psp_checkpoint(write_torch(tmp_path / "a.pt", content, legacy))
    assert found["opts"] == {
        "encoder_type": "Encoder4Editing",
        "lr": 1e-4,
        "sizes": [1, 2],
        "learn_in_w": False,
        "output_size": 1024,
    }
    assert torch.equal(found["state_dict"]["encoder.a"], torch.arange(6.0).reshape(2, 3))
    assert torch.equal(found["latent_avg"], torch.ones(3, 4))


@pytest.mark.parametrize("legacy", [False, True])
def test_training_state_of_rosinality_is_left_aside(tmp_path: Path, legacy: bool) -> None:
    half = torch.randn(3, 2).half()
    parameter = torch.nn.Parameter(torch.randn(4))
    optimizer = torch.optim.Adam([parameter])
    parameter.sum().backward()
    optimizer.step()
    content = {
        "g": {"w": parameter},
        "d": {"w": half.T},
        "g_ema": {"w": half[1:]},
        "g_optim": optimizer.state_dict(),
        "args": argparse.Namespace(size=256),
        "ada_aug_p": 0.0,
    }
    found = read_psp_checkpoint(write_torch(tmp_path / "a.pt", content, legacy))
    assert set(found) == {"g", "d", "g_ema"}
    assert torch.equal(found["d"]["w"], half.T)
    assert torch.equal(found["g_ema"]["w"], half[1:])
    assert torch.equal(found["g"]["w"], parameter.detach())
    assert not found["g"]["w"].requires_grad


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"model": {}}, "it has model, but none of g_ema, g, d, state_dict"),
        ([1, 2], "it has no table"),
        ({"g_ema": 3}, "g_ema is no table of tensors"),
        ({"g_ema": {"a": "text"}}, "holds 'a', which is no tensor"),
        ({"g_ema": {}, "latent_avg": torch.zeros(2, 2, 2)}, "latent_avg is neither"),
        ({"state_dict": {}, "opts": [1]}, "opts is no table of options"),
        ({"state_dict": {}, "opts": {"a": torch.zeros(1)}}, "holds a Tensor, which is no plain"),
    ],
)
def test_what_is_no_such_checkpoint_is_said(tmp_path: Path, content: object, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        read_psp_checkpoint(write_torch(tmp_path / "a.pt", content))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_checkpoint_cut_short_anywhere_is_refused(tmp_path: Path, legacy: bool) -> None:
    content = {"g_ema": {f"w{i}": torch.randn(50, 7) for i in range(5)}}
    whole = write_torch(tmp_path / "a.pt", content, legacy).read_bytes()
    for share in (0.0, 0.01, 0.2, 0.5, 0.9, 0.9999):
        (tmp_path / "cut.pt").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(SourceError):
            read_psp_checkpoint(tmp_path / "cut.pt")


def test_tensors_of_a_zip_archive_outlive_its_reading(tmp_path: Path) -> None:
    path = write_torch(tmp_path / "a.pt", {"g_ema": {"w": torch.arange(1000.0)}})
    tensor = read_psp_checkpoint(path)["g_ema"]["w"]
    path.unlink()
    assert torch.equal(tensor, torch.arange(1000.0))
