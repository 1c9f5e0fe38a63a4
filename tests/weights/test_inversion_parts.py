"""Parts for inverting photos: what a bundle holds is loaded, what does not fit is named."""

from pathlib import Path

import pytest
import torch

from mbtiface.errors import BundleError, MissingPartError
from mbtiface.networks.aligner import CropAligner
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.inversion_parts import load_aligner, load_encoder, load_perceptual
from mbtiface.weights.manifest import NetworkSpec
from tests.toy_bundle import write_toy_bundle
from tests.toy_parts import ENCODER, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "toy")


def test_perceptual_features_come_back(folder: Path) -> None:
    torch.manual_seed(0)
    written = PerceptualFeatures(stages=2)
    put(folder, "perceptual", written, NetworkSpec("PerceptualFeatures", {"stages": 2}))
    loaded = load_perceptual(open_bundle(folder))
    for name, value in written.state_dict().items():
        expected = value.half().float() if value.is_floating_point() else value
        assert torch.equal(loaded.state_dict()[name], expected), name
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_an_encoder_comes_back(folder: Path) -> None:
    torch.manual_seed(0)
    written = CompactEncoder(**ENCODER).eval()
    put(folder, "encoder", written, NetworkSpec("CompactEncoder", ENCODER))
    loaded = load_encoder(open_bundle(folder))
    assert not loaded.training
    x = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(loaded(x), written(x), atol=1e-2, rtol=1e-2)


def test_what_does_not_fit_is_named(folder: Path) -> None:
    with pytest.raises(MissingPartError, match="has no perceptual"):
        load_perceptual(open_bundle(folder))
    with pytest.raises(MissingPartError, match="has no encoder"):
        load_encoder(open_bundle(folder))
    network = PerceptualFeatures(stages=1)
    put(folder, "perceptual", network, NetworkSpec("Vgg", {}))
    with pytest.raises(BundleError, match="perceptual of kind 'Vgg'; .* knows PerceptualFeatures"):
        load_perceptual(open_bundle(folder))
    put(folder, "perceptual", network, NetworkSpec("PerceptualFeatures", {"depth": 1}))
    with pytest.raises(BundleError, match="perceptual cannot be built from its arguments"):
        load_perceptual(open_bundle(folder))
    put(folder, "perceptual", network, NetworkSpec("PerceptualFeatures", {"stages": 2}))
    with pytest.raises(
        BundleError, match=r"perceptual\*.safetensors does not fit: missing _blocks"
    ):
        load_perceptual(open_bundle(folder))


def test_an_aligner_comes_back(folder: Path) -> None:
    torch.manual_seed(0)
    args = {"img_resolution": 32, "stem_channels": 4, "widths": [8], "units": [1], "hidden": 8}
    written = CropAligner(**args).eval()
    torch.nn.init.normal_(written.out.weight)
    put(folder, "aligner", written, NetworkSpec("CropAligner", args))
    loaded = load_aligner(open_bundle(folder))
    assert not loaded.training
    x = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(loaded(x), written(x), atol=1e-2, rtol=1e-2)
    put(folder, "aligner", written, NetworkSpec("CropAligner", args | {"widths": [16]}))
    with pytest.raises(BundleError, match=r"aligner\*.safetensors: levels.0.down.0.weight has the"):
        load_aligner(open_bundle(folder))
