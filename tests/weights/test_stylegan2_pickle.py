"""Snapshots of NVIDIA's layout: golden files, and what a reader that runs nothing makes of them."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.networks import Discriminator, Generator
from mbtiface.weights import read_stylegan2_pickle
from tests.foreign_files import SOURCE, write_snapshot
from tests.golden_files import assert_near, golden_dir, read_golden

IMAGE_TOLERANCE = 2e-5
SNAPSHOTS = ("11a_snapshot_p4.pkl", "11a_snapshot_p3.pkl", "11a_snapshot_noaug.pkl")
EXPECTED = "11a_snapshot_expected.safetensors"
TINY = {
    "z_dim": 8,
    "c_dim": 0,
    "w_dim": 8,
    "img_resolution": 8,
    "img_channels": 3,
    "synthesis_kwargs": {"channel_base": 64, "channel_max": 8},
}


def tiny() -> Generator:
    torch.manual_seed(0)
    return Generator(**TINY).eval()  # type: ignore[arg-type]


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return write_snapshot(tmp_path / "tiny.pkl", {"G_ema": (tiny(), TINY), "G": None, "D": None})


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_golden_tensors_and_arguments_are_exact(name: str) -> None:
    golden = read_golden(EXPECTED)
    found = read_stylegan2_pickle(golden_dir() / name)
    assert found["training_set_kwargs"] == golden.config["training_set_kwargs"]
    for part in ("G", "D", "G_ema", "augment_pipe"):
        network = found[part]
        if part == "augment_pipe" and "noaug" in name:
            assert network is None
            continue
        assert network is not None
        assert network["args"] == golden.config["init_kwargs"][part]
        assert network["positional"] == []
        names = golden.config["parameters"].get(part, []) + golden.config["buffers"][part]
        assert sorted(network["tensors"]) == sorted(names)
        for tensor_name, tensor in network["tensors"].items():
            expected = golden[f"{part}/{tensor_name}"]
            assert tensor.dtype == expected.dtype
            assert torch.equal(tensor, expected), tensor_name
    assert found["G_ema"]["kind"] == "Generator"  # type: ignore[index]
    assert found["D"]["kind"] == "Discriminator"  # type: ignore[index]


@torch.no_grad()
def test_golden_pictures() -> None:
    golden = read_golden(EXPECTED)
    found: Any = read_stylegan2_pickle(golden_dir() / SNAPSHOTS[0])
    generator = Generator(**found["G_ema"]["args"])
    generator.load_state_dict(found["G_ema"]["tensors"], strict=True)
    z = golden["z"]
    image = generator.eval()(z, noise_mode="const", force_fp32=True)
    assert_near(image, golden["img_ema_const"], IMAGE_TOLERANCE)
    truncated = generator(z, truncation_psi=0.5, noise_mode="const", force_fp32=True)
    assert_near(truncated, golden["img_ema_const_psi05"], IMAGE_TOLERANCE)
    discriminator = Discriminator(**found["D"]["args"])
    discriminator.load_state_dict(found["D"]["tensors"], strict=True)
    assert_near(discriminator.eval()(image, force_fp32=True), golden["logits"], IMAGE_TOLERANCE)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("11h_hostile_global.pkl", "'builtins', 'exec'"),
        ("11h_hostile_dotted_name.pkl", "'torch.serialization', 'os.environ.update'"),
        ("11h_hostile_nested_bytes.pkl", "its G is no network"),
        ("11h_hostile_psp.pt", "pickle operation"),
    ],
)
def test_golden_probes_are_refused_by_name(name: str, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        read_stylegan2_pickle(golden_dir() / name)
    assert "GOLDEN_CANARY" not in os.environ


def test_source_text_is_data_that_nobody_reads(snapshot: Path) -> None:
    found = read_stylegan2_pickle(golden_dir() / "11h_hostile_module_src.pkl")
    assert found["G_ema"] is not None
    assert "GOLDEN_CANARY" not in os.environ
    assert SOURCE.encode() in snapshot.read_bytes()
    assert read_stylegan2_pickle(snapshot)["G_ema"] is not None


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_that_python_3_may_have_written(tmp_path: Path, protocol: int) -> None:
    network = tiny()
    path = write_snapshot(tmp_path / "tiny.pkl", {"G_ema": (network, TINY)}, protocol)
    if protocol == 2:  # bytes are spelled as a call of a codec there, which is no name of the list
        with pytest.raises(SourceError, match="'_codecs', 'encode'"):
            read_stylegan2_pickle(path)
        return
    found = read_stylegan2_pickle(path)["G_ema"]
    assert found is not None
    assert found["args"] == TINY
    state = network.state_dict()
    assert sorted(found["tensors"]) == sorted(state)
    assert all(torch.equal(found["tensors"][name], state[name]) for name in state)


def test_only_the_parts_asked_for_are_read(snapshot: Path) -> None:
    found = read_stylegan2_pickle(snapshot, parts=("G_ema", "D", "augment_pipe"))
    assert set(found) == {"G_ema", "D", "training_set_kwargs"}
    assert found["D"] is None


def test_a_tensorflow_pickle_says_how_to_convert_it(tmp_path: Path) -> None:
    path = tmp_path / "old.pkl"
    path.write_bytes(b"\x80\x03cdnnlib.tflib.network\nNetwork\nq\x00)\x81q\x01}q\x02b.")
    with pytest.raises(SourceError, match="TensorFlow StyleGAN, which is not supported. Convert"):
        read_stylegan2_pickle(path)


@pytest.mark.parametrize("content", [{"a": 1}, [1, 2], "text", None])
def test_a_pickle_of_something_else(tmp_path: Path, content: object) -> None:
    path = tmp_path / "else.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(SourceError, match=f"{path} is no snapshot of StyleGAN2"):
        read_stylegan2_pickle(path)


def test_a_file_that_is_missing_or_empty(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read .No such file"):
        read_stylegan2_pickle(tmp_path / "none.pkl")
    (tmp_path / "empty.pkl").write_bytes(b"")
    with pytest.raises(SourceError, match="has 0 bytes"):
        read_stylegan2_pickle(tmp_path / "empty.pkl")


def test_a_snapshot_cut_short_anywhere_is_refused(snapshot: Path, tmp_path: Path) -> None:
    content = snapshot.read_bytes()
    for share in (0.01, 0.2, 0.5, 0.9, 0.9999):
        cut = tmp_path / "cut.pkl"
        cut.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(SourceError):
            read_stylegan2_pickle(cut)
