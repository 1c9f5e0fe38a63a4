"""Perceptual features: shapes, padding, the frozen state, and the distance on them."""

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.perceptual import (
    PerceptualFeatures,
    SameConv,
    feature_distance,
    perceptual_distance,
)


@pytest.fixture(scope="module")
def features() -> PerceptualFeatures:
    torch.manual_seed(0)
    return PerceptualFeatures()


def test_one_feature_map_a_stage(features: PerceptualFeatures) -> None:
    shapes = [tuple(each.shape) for each in features(torch.zeros(2, 3, 64, 32))]
    assert shapes == [
        (2, 16, 32, 16),
        (2, 24, 16, 8),
        (2, 40, 8, 4),
        (2, 80, 4, 2),
        (2, 112, 4, 2),
    ]


def test_fewer_stages_are_the_first_ones(features: PerceptualFeatures) -> None:
    short = PerceptualFeatures(stages=2)
    short.load_state_dict({name: features.state_dict()[name] for name in short.state_dict()})
    x = torch.rand(1, 3, 32, 32)
    for one, other in zip(short(x), features(x)[:2], strict=True):
        assert torch.equal(one, other)
    with pytest.raises(InputError, match="6 stages cannot be built. Use 1 to 5."):
        PerceptualFeatures(stages=6)


@pytest.mark.parametrize(("size", "kernel", "before"), [(8, 3, 0), (8, 5, 1), (7, 3, 1), (7, 5, 2)])
def test_strided_padding_puts_the_odd_pixel_after(size: int, kernel: int, before: int) -> None:
    # A kernel with one 1 in its corner shows which pixel each output starts from.
    conv = SameConv(1, 1, kernel, 2)
    with torch.no_grad():
        conv.weight.zero_()[0, 0, 0, 0] = 1.0
        x = torch.arange(1.0, size * size + 1).reshape(1, 1, size, size)
        shifted = functional.pad(x, [before, 0, before, 0])[..., :size:2, :size:2]
        assert torch.equal(conv(x), shifted)


def test_stays_frozen(features: PerceptualFeatures) -> None:
    before = {name: value.clone() for name, value in features.state_dict().items()}
    features.train()
    features(torch.rand(2, 3, 32, 32))
    assert not features.training
    assert not any(parameter.requires_grad for parameter in features.parameters())
    for name, value in features.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_the_distance_is_the_papers(features: PerceptualFeatures) -> None:
    a = [torch.randn(2, 3, 4, 5), torch.randn(2, 7, 2, 2)]
    b = [torch.randn_like(each) for each in a]
    expected = torch.zeros(2)
    for one, other in zip(a, b, strict=True):
        for row in range(2):
            difference = functional.normalize(one[row], dim=0)
            difference = difference - functional.normalize(other[row], dim=0)
            expected[row] += difference.pow(2).sum() / (one.shape[2] * one.shape[3])
    torch.testing.assert_close(feature_distance(a, b), expected)
    assert feature_distance(a, a).tolist() == [0.0, 0.0]
    x, y = torch.rand(2, 2, 3, 32, 32) * 2 - 1
    together = perceptual_distance(x, y, features)
    assert torch.equal(together, feature_distance(features(x), features(y)))


def test_the_distance_has_a_finite_gradient_at_zero_features() -> None:
    a = [torch.zeros(1, 4, 2, 2, requires_grad=True)]
    feature_distance(a, [torch.ones(1, 4, 2, 2)]).sum().backward()
    assert a[0].grad is not None
    assert torch.isfinite(a[0].grad).all()


def test_wrong_shapes_are_named(features: PerceptualFeatures) -> None:
    with pytest.raises(InputError, match=r"Pictures are \[3, 32, 32\], but must be"):
        features(torch.zeros(3, 32, 32))
