"""Modulated and resampling convolution against golden numbers and slow twins."""

import math
from typing import Any

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.modulated_conv import conv2d_resample, modulated_conv2d
from mbtiface.networks.resample import setup_filter, upfirdn2d
from tests.golden_files import (
    assert_gradient_near,
    assert_near,
    golden_cases,
    golden_names,
    read_golden,
)

TOLERANCE = 1e-5
HALF_TOLERANCE = 1e-2


@pytest.mark.parametrize("fused", [True, False], ids=["fused", "separate"])
@pytest.mark.parametrize(("name", "case"), golden_cases("03_*"))
def test_golden_modulated_conv(name: str, case: dict[str, Any], fused: bool) -> None:
    golden = read_golden(name)
    key = case["id"]
    inputs = {n: golden[f"{key}/{n}"].requires_grad_() for n in ("x", "weight", "styles")}
    y = modulated_conv2d(
        **inputs,
        noise=None if case["noise"] is None else golden[f"{key}/noise"],
        resample_filter=golden["resample_filter"] if case["uses_resample_filter"] else None,
        fused_modconv=fused,
        **case["kwargs"],
    )
    assert_near(y, golden[f"{key}/y" if fused else f"{key}/y_nonfused"], TOLERANCE, "y")
    gradients = torch.autograd.grad((y * golden[f"{key}/dy"]).sum(), list(inputs.values()))
    for what, gradient in zip(inputs, gradients, strict=True):
        assert_gradient_near(gradient, golden[f"{key}/d{what}"], TOLERANCE, f"d{what}")


@pytest.mark.parametrize("fused", [True, False], ids=["fused", "separate"])
@pytest.mark.parametrize("name", golden_names("03_*"))
def test_golden_half_precision_does_not_overflow(name: str, fused: bool) -> None:
    golden = read_golden(name)
    x, weight, styles = (golden[f"half/{n}"] for n in ("x", "weight", "styles"))
    kwargs = golden.config["half"]["kwargs"]
    assert x.dtype == torch.float16
    y = modulated_conv2d(x, weight, styles, fused_modconv=fused, **kwargs)
    assert y.dtype == torch.float16
    assert_near(y, golden["half/y" if fused else "half/y_nonfused"], HALF_TOLERANCE)
    full = modulated_conv2d(x.float(), weight, styles, fused_modconv=fused, **kwargs)
    assert_near(full, golden["half/y_fp32"], TOLERANCE)


def slow_conv2d_resample(
    x: torch.Tensor,
    w: torch.Tensor,
    f: torch.Tensor,
    up: int,
    down: int,
    padding: int,
    groups: int,
    flip_weight: bool,
) -> torch.Tensor:
    """The definition in its plain order: upsample and filter, convolve, filter and decimate."""
    taps = f.shape[-1]
    before = after = padding
    if up > 1:
        before, after = before + (taps + up - 1) // 2, after + (taps - up) // 2
    if down > 1:
        before, after = before + (taps - down + 1) // 2, after + (taps - down) // 2
    around = [before, after, before, after]
    x = upfirdn2d(x, f if up > 1 else None, up=up, padding=around, gain=up**2)
    x = functional.conv2d(x, w if flip_weight else w.flip([2, 3]), groups=groups)
    return upfirdn2d(x, f if down > 1 else None, down=down)


@pytest.mark.parametrize("flip_weight", [True, False])
@pytest.mark.parametrize("taps", [[1.0, 3.0, 3.0, 1.0], [1.0, 2.0, 4.0]])
@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize(("up", "down"), [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1)])
def test_conv2d_resample_agrees_with_its_slow_twin(
    up: int, down: int, kernel: int, taps: list[float], flip_weight: bool
) -> None:
    x = torch.randn(2, 4, 7, 8, dtype=torch.float64)
    w = torch.randn(6, 2, kernel, kernel, dtype=torch.float64)
    f = setup_filter(taps).double()
    arguments = (up, down, kernel // 2, 2, flip_weight)
    actual = conv2d_resample(x, w, f, *arguments)
    torch.testing.assert_close(actual, slow_conv2d_resample(x, w, f, *arguments))


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("demodulate", [True, False])
def test_equations_one_to_three(demodulate: bool, fused: bool) -> None:
    x = torch.randn(3, 4, 5, 5, dtype=torch.float64)
    weight = torch.randn(2, 4, 3, 3, dtype=torch.float64)
    styles = torch.randn(3, 4, dtype=torch.float64)
    y = modulated_conv2d(x, weight, styles, padding=1, demodulate=demodulate, fused_modconv=fused)
    for i in range(3):
        kernels = torch.empty_like(weight)
        for out in range(2):
            for channel in range(4):
                kernels[out, channel] = styles[i, channel] * weight[out, channel]
            if demodulate:
                kernels[out] /= math.sqrt(kernels[out].pow(2).sum().item() + 1e-8)
        expected = functional.conv2d(x[i : i + 1], kernels, padding=1)
        torch.testing.assert_close(y[i : i + 1], expected)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("up", [1, 2])
def test_first_and_second_derivatives(up: int, fused: bool) -> None:
    f = setup_filter([1, 3, 3, 1]).double()
    inputs = (
        torch.randn(2, 2, 3, 3, dtype=torch.float64, requires_grad=True),
        torch.randn(2, 2, 3, 3, dtype=torch.float64, requires_grad=True),
        torch.randn(2, 2, dtype=torch.float64, requires_grad=True),
    )

    def run(x: torch.Tensor, weight: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
        return modulated_conv2d(
            x, weight, styles, up=up, padding=1, resample_filter=f, fused_modconv=fused
        )

    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


def test_channels_that_disagree() -> None:
    x, weight = torch.zeros(2, 3, 4, 4), torch.zeros(5, 3, 3, 3)
    with pytest.raises(InputError, match=r"styles must have the shape \[2, 3\], but has \[2, 4\]"):
        modulated_conv2d(x, weight, torch.zeros(2, 4))
    with pytest.raises(InputError, match=r"weight must have the shape \[any, 3, any, any\]"):
        modulated_conv2d(x, weight[:, :2], torch.zeros(2, 3))
