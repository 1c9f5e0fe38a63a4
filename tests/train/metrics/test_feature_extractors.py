"""Networks that look at pictures: which one, with which weights, under which name."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError, SourceError
from mbtiface.networks.perceptual import PerceptualFeatures
from tests.train.metrics.toy_pictures import toy_pictures
from tests.train.psp.hub_stand_in import HubStandIn, point_hub_at, serving
from train.metrics import inception_weights
from train.metrics.efficientnet import EfficientNetExtractor, open_efficientnet
from train.metrics.feature_extractor import open_extractor
from train.metrics.inception import Inception, shown
from train.metrics.inception_weights import FILE, SHA256, InceptionFile, open_inception
from train.psp.perceptual_weights import perceptual_features

# Sums of the pooled head's features of a slope and of the same slope turned, as the package's own
# network gave them (efficientnet-lite-pytorch 0.1.0; all values agreed exactly).
SUMS = [156.2811, 79.1481]


@pytest.fixture(scope="module")
def efficientnet() -> EfficientNetExtractor:
    return open_efficientnet()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the right names and shapes, one number in each: a small file."""
    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in Inception().state_dict().items()}
    random = torch.Generator().manual_seed(0)
    # As in the published file, counts of batches are missing.
    state = {
        name: (torch.rand(1, generator=random) * 0.02).expand(shape)
        for name, shape in shapes.items()
        if not name.endswith("batches_tracked")
    }
    torch.save(state, path)
    assert path.stat().st_size < 1_000_000
    return path


@pytest.fixture
def torch_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_efficientnet_has_the_published_values(efficientnet: EfficientNetExtractor) -> None:
    slope = torch.linspace(-1, 1, 64).expand(1, 3, 64, 64)
    features = efficientnet.network(torch.cat([slope, slope.transpose(2, 3)]))
    assert features.shape == (2, 1280)
    assert features.sum(1).tolist() == pytest.approx(SUMS, rel=1e-3)


def test_efficientnet_begins_as_the_perceptual_features_do(
    efficientnet: EfficientNetExtractor,
) -> None:
    early: PerceptualFeatures = perceptual_features()
    state = efficientnet.network.state_dict()
    for name, value in early.state_dict().items():
        assert torch.equal(state[name], value)


def test_efficientnet_looks_at_bytes(efficientnet: EfficientNetExtractor) -> None:
    pictures = toy_pictures(3, side=32)
    found = efficientnet(pictures)
    assert found.shape == (3, efficientnet.dim)
    assert found.dtype == torch.float32
    x = functional.interpolate(
        pictures.float() / 127.5 - 1, (128, 128), mode="bilinear", antialias=True
    )
    with torch.no_grad():
        torch.testing.assert_close(found, efficientnet.network(x), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(efficientnet(pictures[1:2]), found[1:2], rtol=1e-3, atol=1e-4)
    assert efficientnet(toy_pictures(1, side=160)).shape == (1, 1280)
    with pytest.raises(InputError, match="pictures must have the shape"):
        efficientnet(pictures[0])


def test_nothing_of_efficientnet_is_called_fid(efficientnet: EfficientNetExtractor) -> None:
    assert (efficientnet.frechet_name, efficientnet.kernel_name) == (
        "FD-EfficientNet",
        "KD-EfficientNet",
    )


def test_inception_is_read_by_digest(published: Path) -> None:
    found = open_inception(file=InceptionFile(published, sha256=sha256(published)))
    assert (found.frechet_name, found.kernel_name) == ("FID", "KID")
    assert sha256(published) in found.identity
    pictures = toy_pictures(1, side=64)
    features, logits = found.network(shown(pictures))
    assert features.max() > 0
    torch.testing.assert_close(found(pictures), features)
    torch.testing.assert_close(found.probabilities(pictures), logits.softmax(1))
    assert not found.network.training
    assert not any(value.requires_grad for value in found.network.parameters())


def test_another_file_is_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=f"FID is off: .* expected {SHA256}.*FD-EfficientNet"):
        open_inception(file=InceptionFile(published))
    with pytest.raises(SourceError, match="nowhere.pth is no file, so FID is off"):
        open_inception(file=InceptionFile(tmp_path / "nowhere.pth"))
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"no tensors")
    with pytest.raises(SourceError, match="cannot be read as tensors"):
        open_inception(file=InceptionFile(broken, sha256=sha256(broken)))
    other = tmp_path / "other.pth"
    torch.save({"fc.bias": torch.zeros(1008)}, other)
    with pytest.raises(SourceError, match="The term FID cannot use its weights"):
        open_inception(file=InceptionFile(other, sha256=sha256(other)))


@pytest.mark.parametrize("name", [FILE, *inception_weights.OTHER_NAMES])
def test_inception_is_found_in_torch_s_cache(published: Path, torch_cache: Path, name: str) -> None:
    (torch_cache / name).symlink_to(published)
    found = open_extractor("inception", file=InceptionFile(sha256=sha256(published)))
    assert found.frechet_name == "FID"


def test_inception_is_fetched_from_the_hub(
    published: Path, torch_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = HubStandIn({f"owner/name/resolve/main/{FILE}": published.read_bytes()})
    file = InceptionFile(repo="owner/name", sha256=sha256(published))
    with serving(hub):
        point_hub_at(hub.address, tmp_path / "hub", monkeypatch)
        first = open_extractor("auto", file=file)
    assert first.frechet_name == "FID"
    again = open_inception(file=file)  # from the Hub's cache: nobody serves any more
    assert again.identity == first.identity


def test_without_inception_efficientnet_stands_in_by_its_own_name(
    torch_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = open_extractor("auto")
    assert found.frechet_name == "FD-EfficientNet"
    assert "FID is off: weights-inception-2015-12-05" in caplog.text
    with pytest.raises(SourceError, match="FID is off"):
        open_extractor("inception")


def test_nothing_stands_in_for_a_file_that_was_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="mine.pth is no file"):
        open_extractor("auto", file=InceptionFile(tmp_path / "mine.pth"))
