"""Equalised layers against torch's own with weights scaled by hand."""

import math

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.layers import Conv2dLayer, FullyConnectedLayer, normalize_second_moment


@pytest.mark.parametrize("activation", ["linear", "lrelu"])
@pytest.mark.parametrize("bias", [True, False])
@torch.no_grad()
def test_fully_connected(bias: bool, activation: str) -> None:
    layer = FullyConnectedLayer(6, 4, bias, activation, lr_multiplier=0.5, bias_init=2)
    x = torch.randn(3, 6)
    expected = functional.linear(x, layer.weight * 0.5 / math.sqrt(6))
    expected = expected + (0.5 * 2 if bias else 0)
    if activation == "lrelu":
        expected = functional.leaky_relu(expected, 0.2) * math.sqrt(2)
    torch.testing.assert_close(layer(x), expected)


@torch.no_grad()
def test_stored_weights_have_unit_variance_before_the_learning_rate_factor() -> None:
    torch.manual_seed(0)
    layer = FullyConnectedLayer(200, 100, lr_multiplier=0.01)
    assert layer.weight.std().item() == pytest.approx(100, rel=0.02)
    assert layer(torch.randn(500, 200)).std().item() == pytest.approx(1, rel=0.02)


@torch.no_grad()
def test_convolution_with_gain_and_clamp() -> None:
    layer = Conv2dLayer(3, 5, kernel_size=3, activation="lrelu", conv_clamp=0.8)
    layer.bias += torch.randn(5)
    x = torch.randn(2, 3, 6, 6)
    expected = functional.conv2d(x, layer.weight / math.sqrt(27), layer.bias, padding=1)
    expected = functional.leaky_relu(expected, 0.2) * math.sqrt(2) * 0.5
    # The limit shrinks with the gain.
    torch.testing.assert_close(layer(x, gain=0.5), expected.clamp(-0.4, 0.4))


@pytest.mark.parametrize(("up", "down", "side"), [(1, 1, 8), (2, 1, 16), (1, 2, 4)])
@pytest.mark.parametrize("kernel_size", [1, 3])
def test_sizes(kernel_size: int, up: int, down: int, side: int) -> None:
    layer = Conv2dLayer(2, 3, kernel_size, up=up, down=down)
    assert layer(torch.zeros(1, 2, 8, 8)).shape == (1, 3, side, side)


def test_a_frozen_convolution_has_buffers_instead_of_parameters() -> None:
    frozen = Conv2dLayer(2, 3, 3, trainable=False)
    assert list(frozen.parameters()) == []
    twin = Conv2dLayer(2, 3, 3)
    twin.load_state_dict(frozen.state_dict(), strict=True)
    x = torch.randn(1, 2, 4, 4, requires_grad=True)
    assert torch.equal(twin(x), frozen(x))
    frozen(x).sum().backward()
    assert x.grad is not None


def test_unit_second_moment() -> None:
    x = normalize_second_moment(torch.randn(4, 50) * 7)
    torch.testing.assert_close(x.square().mean(dim=1), torch.ones(4))


def test_wrong_inputs_are_named() -> None:
    with pytest.raises(InputError, match=r"x must have the shape \[any, 6\], but has \[2, 5\]"):
        FullyConnectedLayer(6, 4)(torch.zeros(2, 5))
    with pytest.raises(InputError, match=r"\[any, 3, any, any\], but has \[1, 2, 4, 4\]"):
        Conv2dLayer(3, 4, 3)(torch.zeros(1, 2, 4, 4))
    with pytest.raises(InputError, match="act must be one of .*, but is 'gelu'"):
        FullyConnectedLayer(6, 4, activation="gelu")
