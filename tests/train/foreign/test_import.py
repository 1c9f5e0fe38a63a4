"""`python -m train import FILE`: every dialect becomes the same bundle, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import torch

import mbtiface
from mbtiface.errors import InputError, SourceError
from mbtiface.networks import Generator
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.manifest import read_manifest
from tests.foreign_files import write_torch
from tests.train.foreign.toy_checkpoints import (
    RESOLUTION,
    W_DIM,
    rosinality,
    snapshot,
    toy_arguments,
    toy_network,
)
from train.__main__ import main as run
from train.commands.import_bundle import Config, main
from train.foreign import foreign_networks


def imported(source: Path, folder: Path, **options: Any) -> Generator:
    main(Config(str(source), folder, pictures=1, **options))
    network = load_generator(open_bundle(folder))
    assert isinstance(network, Generator)
    return network


def check_same(network: Generator, given: Generator) -> None:
    """The bundle's generator draws the given one's pictures, up to half precision."""
    z = torch.randn(2, given.z_dim, generator=torch.Generator().manual_seed(5))
    c = torch.eye(given.c_dim)[:2] if given.c_dim else None
    for psi in (1.0, 0.5):
        with torch.no_grad():
            before = given(z, c, truncation_psi=psi, noise_mode="const")
            after = network(z, c, truncation_psi=psi, noise_mode="const")
        assert (before - after).abs().max() < 0.01 * before.abs().max()


def test_a_snapshot_of_nvidia(tmp_path: Path) -> None:
    given, arguments = toy_network(), toy_arguments()
    source = snapshot(tmp_path / "a.pkl", given, arguments)
    check_same(imported(source, tmp_path / "bundle"), given)
    manifest = read_manifest(tmp_path / "bundle")
    args = manifest.networks["generator"].args
    assert args["mapping_kwargs"]["num_layers"] == 3
    assert args["synthesis_kwargs"]["conv_clamp"] == 256
    assert manifest.provenance["imported"]["dialect"] == "nvidia"
    assert manifest.provenance["imported"]["file"] == "a.pkl"
    assert set(manifest.networks) == {"generator"}


def test_a_conditional_snapshot(tmp_path: Path) -> None:
    given, arguments = toy_network(c_dim=4), toy_arguments(c_dim=4)
    source = snapshot(tmp_path / "a.pkl", given, arguments)
    network = imported(source, tmp_path / "bundle")
    assert network.c_dim == 4
    check_same(network, given)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("resolution", [8, 32])
def test_rosinalitys_layout(tmp_path: Path, legacy: bool, resolution: int) -> None:
    given = toy_network(resolution=resolution, layers=2)
    source = rosinality(tmp_path / "a.pt", given, legacy=legacy)
    check_same(imported(source, tmp_path / "bundle"), given)
    imported_as = read_manifest(tmp_path / "bundle").provenance["imported"]
    assert imported_as["dialect"] == "rosinality"


def test_an_average_that_is_missing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(foreign_networks, "W_AVG_SAMPLES", 4000)
    given = toy_network()
    source = rosinality(tmp_path / "a.pt", given, latent_avg=False)
    caplog.set_level("INFO")
    network = imported(source, tmp_path / "bundle")
    assert "w_avg: not in the file; taken over 4000 latents" in caplog.text
    z = torch.randn(20_000, W_DIM, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        mean = given.mapping(z, None)[:, 0].mean(0)
    spread = given.mapping(z[:2000], None)[:, 0].std(0)
    assert bool(((network.mapping.w_avg - mean).abs() < 0.1 * spread).all())


def test_a_discriminator_comes_along_if_asked_for(tmp_path: Path) -> None:
    for source in (
        snapshot(tmp_path / "a.pkl", toy_network(), toy_arguments()),
        rosinality(tmp_path / "a.pt", toy_network()),
    ):
        folder = tmp_path / f"bundle{source.suffix}"
        main(Config(str(source), folder, pictures=1, discriminator=True))
        spec = read_manifest(folder).networks["discriminator"]
        assert spec.args["img_resolution"] == RESOLUTION
        assert open_bundle(folder).files("discriminator")


def test_licence_and_use_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = rosinality(tmp_path / "a.pt", toy_network())
    imported(source, tmp_path / "first")
    first = read_manifest(tmp_path / "first")
    assert first.license.startswith("Not stated by who imported it")
    assert "Commercial use." in first.forbidden_use
    imported(source, tmp_path / "second", license="CC0-1.0")
    assert read_manifest(tmp_path / "second").license == "CC0-1.0"
    assert "CC0-1.0" in (tmp_path / "second" / "README.md").read_text("utf-8")
    assert "W is not that of the bundle embedded" in caplog.text
    assert "`python -m train label`" in caplog.text


def test_float32_on_request(tmp_path: Path) -> None:
    source = rosinality(tmp_path / "a.pt", toy_network())
    imported(source, tmp_path / "bundle", precision="float32")
    tensors = open_bundle(tmp_path / "bundle").tensors("generator")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}


@pytest.mark.parametrize("precision", ["half", "float32"])
def test_tensors_that_share_their_numbers_each_get_their_own(
    tmp_path: Path, precision: str
) -> None:
    given = toy_network()
    path = rosinality(tmp_path / "a.pt", given)
    state = dict(torch.load(path, weights_only=False)["g_ema"])
    # Two names for one storage, and a row of a larger one, in the format that bundles have.
    state["style.2.bias"] = state["style.1.bias"] = state["style.1.bias"].half()
    average = torch.randn(3, W_DIM).half()
    write_torch(path, {"g_ema": state, "latent_avg": average})
    network = imported(path, tmp_path / "bundle", precision=precision)
    assert torch.equal(network.mapping.w_avg, average[0].float())
    assert torch.equal(network.mapping.fc1.bias, state["style.1.bias"].float())
    assert torch.equal(network.mapping.fc0.bias, state["style.1.bias"].float())


def test_the_app_opens_what_was_imported(tmp_path: Path) -> None:
    source = snapshot(tmp_path / "a.pkl", toy_network(), toy_arguments())
    imported(source, tmp_path / "bundle")
    studio = mbtiface.load(tmp_path / "bundle", device="cpu")
    assert studio.render(torch.zeros(8, W_DIM)).size == (RESOLUTION, RESOLUTION)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ({"conv1.conv.weight": torch.zeros(1, 16, 16, 3, 2)}, "has the shape"),
        ({"convs.0.conv.modulation.bias": torch.full((16,), torch.nan)}, "not finite numbers"),
        ({"style.1.bias": torch.full((16,), 1e9)}, "does not fit half precision. Import with"),
    ],
)
def test_tensors_that_fit_no_network_are_named(
    tmp_path: Path, damage: dict[str, torch.Tensor], what: str
) -> None:
    path = rosinality(tmp_path / "a.pt", toy_network())
    content = torch.load(path, weights_only=False)
    write_torch(path, {"g_ema": content["g_ema"] | damage, "latent_avg": torch.zeros(W_DIM)})
    with pytest.raises(SourceError, match=what):
        imported(path, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_that_is_there_stays(tmp_path: Path) -> None:
    source = rosinality(tmp_path / "a.pt", toy_network())
    imported(source, tmp_path / "bundle")
    with pytest.raises(InputError, match="holds a bundle already"):
        imported(source, tmp_path / "bundle")


def test_other_architectures_are_refused_by_name(tmp_path: Path) -> None:
    path = rosinality(tmp_path / "a.pt", toy_network())
    content = torch.load(path, weights_only=False)["g_ema"]
    kept = {name: value for name, value in content.items() if not name.startswith("convs.1.")}
    with pytest.raises(SourceError, match="Missing: convs.1.activate.bias"):
        imported(write_torch(path, {"g_ema": kept}), tmp_path / "bundle")


def test_an_unknown_source_lists_the_presets(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(["import", "ffhq-2048", "--out", str(tmp_path / "bundle")]) == 1
    assert "'ffhq-2048' is neither a file, nor hf://" in caplog.text
    assert "rosinality-ffhq-1024" in caplog.text
    with pytest.raises(SourceError, match="is no file of the Hub: write hf://"):
        main(Config("hf://owner", tmp_path / "bundle"))


def test_a_dry_run_reads_nothing(tmp_path: Path) -> None:
    main(Config("ffhq-1024", tmp_path / "bundle", dry_run=True))
    assert not (tmp_path / "bundle").exists()
