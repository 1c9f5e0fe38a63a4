"""Filters and their gradients against torch's grouped convolutions."""

from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from mbtiface.networks.fir import correlate, spread

Filter = Callable[[torch.Tensor, torch.Tensor, tuple[int, int]], torch.Tensor]


def plain_correlate(x: torch.Tensor, kernel: torch.Tensor, steps: tuple[int, int]) -> torch.Tensor:
    weight = kernel.expand(x.shape[1], 1, *kernel.shape)
    return functional.conv2d(x, weight, stride=steps, groups=x.shape[1])


def plain_spread(x: torch.Tensor, kernel: torch.Tensor, steps: tuple[int, int]) -> torch.Tensor:
    weight = kernel.expand(x.shape[1], 1, *kernel.shape)
    return functional.conv_transpose2d(x, weight, stride=steps, groups=x.shape[1])


TWINS = [(correlate, plain_correlate), (spread, plain_spread)]
STEPS = [(1, 1), (2, 2), (2, 1), (1, 3)]


@pytest.fixture
def x() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(2, 3, 9, 10, dtype=torch.float64, requires_grad=True)


@pytest.fixture
def kernel() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(4, 3, dtype=torch.float64)


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize(("ours", "plain"), TWINS)
def test_values_and_gradients_of_two_orders_are_those_of_grouped_convolutions(
    ours: Filter, plain: Filter, steps: tuple[int, int], x: torch.Tensor, kernel: torch.Tensor
) -> None:
    found = []
    for call in (ours, plain):
        y = call(x, kernel, steps)
        (slope,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(slope.pow(3).sum(), x)
        found.append((y, slope, second))
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("call", [correlate, spread])
def test_gradients_of_two_orders_are_right(
    call: Filter, steps: tuple[int, int], x: torch.Tensor, kernel: torch.Tensor
) -> None:
    def function(value: torch.Tensor) -> torch.Tensor:
        return call(value, kernel, steps)

    assert torch.autograd.gradcheck(function, x)
    assert torch.autograd.gradgradcheck(function, x)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize(("ours", "plain"), TWINS)
def test_half_the_digits_go_another_way_to_the_same_numbers(
    ours: Filter,
    plain: Filter,
    steps: tuple[int, int],
    layout: torch.memory_format,
    x: torch.Tensor,
    kernel: torch.Tensor,
) -> None:
    half = x.detach().to(torch.bfloat16, memory_format=layout).requires_grad_()
    y = ours(half, kernel.bfloat16(), steps)
    y.float().square().sum().backward()
    same = half.detach().double().requires_grad_()
    expected = plain(same, kernel.bfloat16().double(), steps)
    expected.square().sum().backward()
    assert half.grad is not None
    assert same.grad is not None
    for mine, theirs in ((y, expected), (half.grad, same.grad)):
        assert (mine - theirs).norm() / theirs.norm() < 0.01


def test_a_kernel_that_asks_for_a_gradient_has_one(x: torch.Tensor, kernel: torch.Tensor) -> None:
    kernel.requires_grad_()
    assert torch.autograd.gradcheck(lambda k: correlate(x, k), kernel)
    assert torch.autograd.gradcheck(lambda k: spread(x, k, (2, 2)), kernel)
