"""Every preset, on a file of its layout, dialect and full shape that the test makes of one number.

The published files themselves could not be had.
"""

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.networks import Discriminator, Generator, GradualStyleEncoder, ProgressiveEncoder
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.inversion_parts import ENCODERS
from mbtiface.weights.key_maps import generator_to_rosinality
from mbtiface.weights.manifest import Manifest
from tests.foreign_files import hollow, write_snapshot, write_torch
from train.commands.import_bundle import Config, main
from train.foreign import presets
from train.foreign.presets import HAIRFAST, PRESETS, Preset

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ROWS = 18


def generator(size: int) -> Generator:
    with torch.device("meta"):
        # NVIDIA's configuration of 256 px is half as wide.
        base = 16384 if size == 256 else 32768
        network = Generator(512, 0, 512, size, 3, synthesis_kwargs={"channel_base": base})
    hollow(network)
    return network


def snapshot(path: Path, size: int) -> None:
    kwargs = {
        "z_dim": 512,
        "w_dim": 512,
        "mapping_kwargs": {"num_layers": 8},
        "synthesis_kwargs": {"channel_base": 32768, "num_fp16_res": 4, "conv_clamp": 256},
    }
    with torch.device("meta"):
        critic = Discriminator(0, size, 3, channel_base=16384 if size == 256 else 32768)
    network = generator(size)
    parts = {"G": (network, kwargs), "D": (hollow(critic), {}), "G_ema": (network, kwargs)}
    write_snapshot(path, parts | {"augment_pipe": None}, protocol=3)


def rosinality_state() -> dict[str, torch.Tensor]:
    return generator_to_rosinality(generator(1024).state_dict())


def encoder_checkpoint(path: Path, name: str) -> None:
    kind = {"psp": GradualStyleEncoder, "e4e": ProgressiveEncoder}[name]
    with torch.device("meta"):
        encoder = kind(50, "ir_se", ROWS)
    state = {f"encoder.{key}": value for key, value in hollow(encoder).state_dict().items()}
    state |= {f"decoder.{key}": value for key, value in rosinality_state().items()}
    # Larger than half precision holds, as a variance may be.
    state["encoder.body.3.res_layer.0.running_var"] = torch.full((64,), 1e5)
    kinds = {"psp": "GradualStyleEncoder", "e4e": "Encoder4Editing"}
    options = {"encoder_type": kinds[name], "start_from_latent_avg": True}
    if name == "psp":
        options |= {"output_size": 1024, "learn_in_w": False}
    average = torch.arange(512.0).div(512).expand(ROWS, 512)
    content = {"state_dict": state, "latent_avg": average, "opts": argparse.Namespace(**options)}
    write_torch(path, content)


def write(path: Path, name: str) -> None:
    """A file as a preset's should be."""
    if name.startswith("ffhq-"):
        snapshot(path, int(name.removeprefix("ffhq-")))
    elif name == "rosinality-ffhq-1024":
        content = {"g_ema": rosinality_state(), "latent_avg": torch.full((512,), 0.25)}
        write_torch(path, content)
    else:
        encoder_checkpoint(path, name)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """A Hub whose files are made on request; the requests so far."""
    asked: list[tuple[Any, ...]] = []
    names = {(each.repo, each.file): name for name, each in PRESETS.items()}

    def fetch(repo: str, file: str, revision: str | None = None) -> Path:
        asked.append((repo, file, revision))
        path = tmp_path / "cache" / "snapshots" / (revision or COMMIT) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, names[repo, file])
        return path

    monkeypatch.setattr(presets, "fetch_file", fetch)
    return asked


def imported(folder: Path, source: str, **options: Any) -> Manifest:
    main(Config(source, folder, pictures=1, **options))
    return open_bundle(folder).manifest


# 1024 px: below, with an encoder.
@pytest.mark.parametrize("size", [256, 512])
def test_nvidias_generators(size: int, hub: list[tuple[Any, ...]], tmp_path: Path) -> None:
    manifest = imported(tmp_path / "bundle", f"ffhq-{size}")
    assert hub == [("hysts/StyleGAN2", f"models/stylegan2-ffhq-{size}x{size}.pkl", None)]
    assert manifest.resolution == size
    spec = manifest.networks["generator"].args
    assert spec["mapping_kwargs"]["num_layers"] == 8
    # Told from the tensors, though the file says otherwise of the smallest.
    assert spec["synthesis_kwargs"]["channel_base"] == (16384 if size == 256 else 32768)
    assert spec["synthesis_kwargs"]["num_fp16_res"] == 4
    assert spec["synthesis_kwargs"]["conv_clamp"] == 256
    assert manifest.license.startswith("Non-commercial")
    assert any("StyleGAN2 by NVIDIA" in line for line in manifest.credits)
    found = manifest.provenance["imported"]
    assert found["dialect"] == PRESETS[f"ffhq-{size}"].dialect
    assert (found["preset"], found["revision"]) == (f"ffhq-{size}", COMMIT)


def test_rosinalitys_generator(hub: list[tuple[Any, ...]], tmp_path: Path) -> None:
    manifest = imported(tmp_path / "bundle", "rosinality-ffhq-1024")
    assert hub[0][2] == HAIRFAST
    assert manifest.resolution == 1024
    found = manifest.provenance["imported"]
    assert found["dialect"] == PRESETS["rosinality-ffhq-1024"].dialect == "rosinality"
    tensors = open_bundle(tmp_path / "bundle").tensors("generator")
    assert bool((tensors["mapping.w_avg"] == 0.25).all())


def test_an_encoder_brings_its_generator(hub: list[tuple[Any, ...]], tmp_path: Path) -> None:
    manifest = imported(tmp_path / "bundle", "psp")
    assert hub == [("trysem/pixel2style2pixel", "psp_ffhq_encode.pt", None)]
    assert manifest.resolution == 1024
    assert manifest.provenance["imported"]["dialect"] == PRESETS["psp"].dialect
    check_encoder(tmp_path / "bundle", "GradualStyleEncoder")


def test_nvidias_generator_with_an_encoder(hub: list[tuple[Any, ...]], tmp_path: Path) -> None:
    manifest = imported(tmp_path / "bundle", "ffhq-1024", with_encoder="e4e")
    assert [each[0] for each in hub] == ["hysts/StyleGAN2", "AIRI-Institute/HairFastGAN"]
    assert manifest.provenance["encoder"]["preset"] == "e4e"
    assert manifest.provenance["imported"]["preset"] == "ffhq-1024"
    assert any("encoder4editing" in line for line in manifest.credits)
    assert set(manifest.networks) == {"generator", "encoder"}
    check_encoder(tmp_path / "bundle", "ProgressiveEncoder")


def test_an_encoder_for_another_size_is_refused(hub: list[tuple[Any, ...]], tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match="an encoder for 18 rows of w., but the generator takes 1"
    ):
        imported(tmp_path / "bundle", "ffhq-256", with_encoder="e4e")
    assert not (tmp_path / "bundle").exists()


def check_encoder(folder: Path, kind: str) -> None:
    """The bundle's encoder is the file's: its average, and what half precision cannot hold."""
    bundle = open_bundle(folder)
    spec = bundle.manifest.networks["encoder"]
    assert (spec.args["kind"], spec.args["num_layers"], spec.args["mode"]) == (kind, 50, "ir_se")
    tensors = bundle.tensors("encoder")
    with torch.device("meta"):
        expected = ENCODERS[spec.kind](**spec.args).state_dict()
    assert {name: value.shape for name, value in tensors.items()} == {
        name: value.shape for name, value in expected.items()
    }
    assert torch.equal(tensors["latent_avg"][5], torch.arange(512.0).div(512).half())
    assert bool((tensors["encoder.body.3.res_layer.0.running_var"] == 1e5).all())
    assert tensors["encoder.styles.17.linear.weight"].dtype == torch.half


def test_a_file_of_another_digest_than_the_presets_is_refused(
    hub: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = PRESETS["ffhq-256"]
    pinned = Preset(given.dialect, given.repo, given.file, sha256="0" * 64)
    monkeypatch.setattr(presets, "PRESETS", {"ffhq-256": pinned})
    with pytest.raises(SourceError, match="but ffhq-256 has 0000"):
        imported(tmp_path / "bundle", "ffhq-256")


def test_any_file_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: list[tuple[Any, ...]]
) -> None:
    file = "models/stylegan2-ffhq-256x256.pkl"
    address = f"hf://hysts/StyleGAN2@abc/{file}"
    manifest = imported(tmp_path / "bundle", address)
    assert hub == [("hysts/StyleGAN2", file, "abc")]
    assert "preset" not in manifest.provenance["imported"]
    assert manifest.provenance["imported"]["revision"] == "abc"
    assert manifest.license.startswith("Not stated")
