"""Bundles: whole ones open, and every way of being damaged is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from mbtiface.errors import BundleError, MissingPartError
from mbtiface.faces.averages import Averages
from mbtiface.faces.loading import load
from mbtiface.weights import writing
from mbtiface.weights.bundle import EMBEDDED_DIR, check_tensors, load_generator, open_bundle
from mbtiface.weights.manifest import MANIFEST, NetworkSpec, read_manifest
from tests.toy_bundle import ARGS, toy_generator, toy_manifest, write_toy_bundle

GENERATOR = "generator.safetensors"
MB = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "toy")


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any], part: str) -> None:
    """Change a part's tensors and list the files anew, as if the bundle had been made so."""
    tensors = load_file(folder / f"{part}.safetensors")
    change(tensors)
    writing.write_small(folder, part, tensors)
    writing.write_manifest(folder, read_manifest(folder))


def test_a_whole_bundle_gives_the_network_back(folder: Path) -> None:
    bundle = open_bundle(folder)
    network = load_generator(bundle)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    for name, value in toy_generator().state_dict().items():
        expected = value.half().float()
        assert torch.equal(network.state_dict()[name], expected), name
    assert bundle.files("generator") == [folder / GENERATOR]
    assert bundle.files("encoder") == []
    with pytest.raises(MissingPartError, match="'toy' has no encoder: no encoder\\*.safetensors"):
        bundle.tensors("encoder")


def test_large_parts_are_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_SHARD_BYTES", 8000)
    folder = write_toy_bundle(tmp_path / "toy")
    files = open_bundle(folder).files("generator")
    assert len(files) > 1
    assert all(path.stat().st_size < 12000 for path in files)  # names and shapes come on top
    assert not (folder / "generator.safetensors.index.json").exists()
    state = load_generator(open_bundle(folder)).state_dict()
    assert all(
        torch.equal(state[k], v.half().float()) for k, v in toy_generator().state_dict().items()
    )
    # Written whole again, no shard of the earlier form stays.
    monkeypatch.undo()
    assert [path.name for path in open_bundle(write_toy_bundle(folder)).files("generator")] == [
        GENERATOR
    ]
    assert list(folder.glob("generator-*")) == []


def test_a_missing_file(folder: Path) -> None:
    (folder / GENERATOR).unlink()
    with pytest.raises(BundleError, match=f"{GENERATOR} is missing, but the manifest lists it"):
        open_bundle(folder)


def test_a_file_cut_short(folder: Path) -> None:
    content = (folder / GENERATOR).read_bytes()
    (folder / GENERATOR).write_bytes(content[:-10])
    message = f"{GENERATOR} has {len(content) - 10} bytes, but the manifest says {len(content)}"
    with pytest.raises(BundleError, match=message):
        open_bundle(folder)


def test_a_changed_byte(folder: Path) -> None:
    content = bytearray((folder / GENERATOR).read_bytes())
    content[-1] ^= 1
    (folder / GENERATOR).write_bytes(content)
    with pytest.raises(BundleError, match=f"{GENERATOR} has sha256 [0-9a-f]+, but the manifest"):
        open_bundle(folder)


def test_a_file_that_is_no_safetensors(folder: Path) -> None:
    (folder / GENERATOR).write_bytes(b"not a weight in here")
    writing.write_manifest(folder, toy_manifest())
    with pytest.raises(BundleError, match=f"{GENERATOR} is no safetensors file"):
        load_generator(open_bundle(folder))


NAME = "synthesis.head.bias"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: t.update({NAME: torch.zeros(13)}),
            rf"{NAME} has the shape \[13\], expected \[12\]",
        ),
        (lambda t: t.pop(NAME), f"missing {NAME}; unexpected none"),
        (lambda t: t.update(extra=torch.zeros(1)), "missing none; unexpected extra"),
        (lambda t: t[NAME].fill_(float("nan")), f"{NAME} holds values that are not finite"),
        (lambda t: t[NAME].fill_(float("inf")), f"{NAME} holds values that are not finite"),
    ],
)
def test_tensors_that_do_not_fit(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], Any], message: str
) -> None:
    rewrite(folder, change, "generator")
    with pytest.raises(BundleError, match=message):
        load_generator(open_bundle(folder))


def test_averages_that_do_not_fit(folder: Path) -> None:
    rewrite(folder, lambda t: t.update(strength=torch.ones(5)), "faces")
    with pytest.raises(BundleError, match=r"faces.safetensors: strength has the shape \[5\]"):
        load(folder, "cpu")


def test_many_names_are_shortened() -> None:
    tensors = {f"t{k}": torch.zeros(1) for k in range(8)}
    with pytest.raises(BundleError, match="unexpected t0, t1, t2, t3, t4 and 3 more"):
        check_tensors(tensors, {}, Path("x"))


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        ({}, "generator of kind None; this program knows Generator, MobileGenerator"),
        ({"generator": NetworkSpec("os.system")}, "generator of kind 'os.system'"),
        ({"generator": NetworkSpec("MobileGenerator", {"depth": 3})}, "cannot be built.*depth"),
        (
            {"generator": NetworkSpec("MobileGenerator", ARGS | {"img_resolution": 64})},
            "cannot be built.*2 blocks make pictures of 32 px",
        ),
        (
            {"generator": NetworkSpec("MobileGenerator", ARGS | {"channels": [16, -8]})},
            "cannot be built from its arguments",
        ),
        (
            {"generator": NetworkSpec("MobileGenerator", ARGS | {"w_dim": "many"})},
            "cannot be built from its arguments",
        ),
    ],
)
def test_networks_that_cannot_be_built(
    folder: Path, networks: dict[str, NetworkSpec], message: str
) -> None:
    writing.write_manifest(folder, read_manifest(folder), networks=networks)
    with pytest.raises(BundleError, match=message):
        load_generator(open_bundle(folder))


def test_a_resolution_that_is_not_the_generators(folder: Path) -> None:
    writing.write_manifest(folder, read_manifest(folder), resolution=512)
    with pytest.raises(BundleError, match="makes pictures of 32 px, but the manifest says 512"):
        load_generator(open_bundle(folder))


def test_a_name_that_leads_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes((folder / GENERATOR).read_bytes())
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    content["files"]["../x.safetensors"] = content["files"].pop(GENERATOR)
    (folder / MANIFEST).write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleError, match="names the file '../x.safetensors'"):
        open_bundle(folder)


def test_a_foreign_folder(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BundleError, match="is no bundle: it has no manifest.json"):
        open_bundle(tmp_path)


def test_files_beside_those_of_the_manifest_are_not_read(folder: Path) -> None:
    save_file({"weight": torch.zeros(2)}, folder / "generator-00009.safetensors")
    assert load_generator(open_bundle(folder)).img_resolution == 32


def test_a_failed_write_leaves_no_bundle_that_passes(folder: Path) -> None:
    writing.write_sharded(folder, "generator", writing.half({"weight": torch.zeros(2)}))
    with pytest.raises(BundleError, match="generator.safetensors"):
        open_bundle(folder)


def test_half_precision_refuses_what_does_not_fit() -> None:
    halved = writing.half({"a": torch.ones(2), "n": torch.tensor([70_000])})
    assert halved["a"].dtype == torch.float16
    assert halved["n"].dtype == torch.int64
    with pytest.raises(OverflowError, match="big does not fit half precision"):
        writing.half({"big": torch.tensor([1e5])})


def test_the_embedded_bundle_is_whole_and_fits_the_hub() -> None:
    bundle = open_bundle("embedded")
    network = load_generator(bundle)
    assert (network.img_resolution, network.num_ws) == (1024, 18)
    shapes = {name: tuple(t.shape) for name, t in bundle.tensors("faces").items()}
    assert shapes == Averages.shapes(18, 512)
    sizes = {path.name: path.stat().st_size for path in EMBEDDED_DIR.iterdir() if path.is_file()}
    assert set(sizes) == {*bundle.manifest.files, MANIFEST}
    assert max(sizes.values()) < 10 * MB
    assert sum(sizes.values()) < 40 * MB
    for path in bundle.files("generator"):
        with safe_open(path, "pt") as opened:
            assert {opened.get_slice(name).get_dtype() for name in opened.keys()} == {"F16"}  # noqa: SIM118
