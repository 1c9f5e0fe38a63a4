"""Resampling against golden numbers, a slow twin, and numeric second derivatives."""

from typing import Any

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.networks import resample
from tests.golden_files import (
    assert_gradient_near,
    assert_near,
    golden_cases,
    golden_names,
    read_golden,
)

TOLERANCE = 1e-5


@pytest.mark.parametrize("name", golden_names("01_*"))
def test_golden_filters(name: str) -> None:
    golden = read_golden(name)
    for case in golden.config["setup_filter"]:
        f = resample.setup_filter(case["f"], **case["kwargs"])
        assert f.ndim == case["out_ndim"], case["id"]
        assert_near(f, golden[f"setup/{case['id']}"], TOLERANCE, case["id"])


@pytest.mark.parametrize(("name", "case"), golden_cases("01_*"))
def test_golden_resampling(name: str, case: dict[str, Any]) -> None:
    golden = read_golden(name)
    key = case["id"]
    x = golden[f"{key}/x"].requires_grad_()
    f = golden[f"{key}/f"] if case["has_filter"] else None
    y = getattr(resample, case["fn"])(x, f, **case["kwargs"])
    assert_near(y, golden[f"{key}/y"], TOLERANCE, "y")
    (dx,) = torch.autograd.grad((y * golden[f"{key}/dy"]).sum(), x)
    assert_gradient_near(dx, golden[f"{key}/dx"], TOLERANCE, "dx")


def slow_upfirdn2d(
    x: torch.Tensor,
    f: torch.Tensor,
    up: tuple[int, int],
    down: tuple[int, int],
    padding: tuple[int, int, int, int],
) -> torch.Tensor:
    """The definition, tap by tap: the sum over taps of f[tap] * x[position - tap]."""
    batch, channels, height, width = x.shape
    left, right, top, bottom = padding
    full = x.new_zeros(batch, channels, height * up[1] + 40, width * up[0] + 40)
    full[:, :, 20 : 20 + height * up[1] : up[1], 20 : 20 + width * up[0] : up[0]] = x
    full = full[
        :,
        :,
        20 - top : 20 + height * up[1] + bottom,
        20 - left : 20 + width * up[0] + right,
    ]
    taps_y, taps_x = f.shape
    rows, columns = full.shape[2] - taps_y + 1, full.shape[3] - taps_x + 1
    y = x.new_zeros(batch, channels, rows, columns)
    for row in range(rows):
        for column in range(columns):
            window = full[:, :, row : row + taps_y, column : column + taps_x]
            y[:, :, row, column] = (window * f.flip([0, 1])).sum(dim=[2, 3])
    return y[:, :, :: down[1], :: down[0]]


@pytest.mark.parametrize(
    ("up", "down", "padding"),
    [
        ((1, 1), (1, 1), (2, 1, 0, 3)),
        ((2, 2), (1, 1), (2, 1, 2, 1)),
        ((1, 1), (2, 2), (1, 1, 1, 1)),
        ((3, 1), (2, 3), (-1, 4, 5, -2)),
        ((2, 3), (3, 2), (9, 7, -1, 0)),
    ],
)
def test_upfirdn2d_agrees_with_its_slow_twin(
    up: tuple[int, int], down: tuple[int, int], padding: tuple[int, int, int, int]
) -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, 6, 5, generator=generator, dtype=torch.float64)
    f = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    y = resample.upfirdn2d(x, f, up=up, down=down, padding=padding)
    torch.testing.assert_close(y, slow_upfirdn2d(x, f, up, down, padding))


@pytest.mark.parametrize(("up", "down"), [(1, 1), (2, 1), (1, 2), (2, 3)])
@pytest.mark.parametrize("taps", [1, 2])
def test_first_and_second_derivatives(up: int, down: int, taps: int) -> None:
    x = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    f = torch.randn([3, 4][:taps], dtype=torch.float64, requires_grad=True)

    def run(x: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
        return resample.upfirdn2d(x, f, up=up, down=down, padding=[2, 1, 1, 2], gain=1.5)

    assert torch.autograd.gradcheck(run, (x, f))
    assert torch.autograd.gradgradcheck(run, (x, f))


def test_a_separable_filter_equals_its_outer_product() -> None:
    x = torch.randn(1, 2, 6, 7)
    taps = torch.tensor([1.0, 2.0, 5.0])
    line = resample.setup_filter(taps, gain=3, separable=True)
    plane = resample.setup_filter(taps, gain=3, separable=False)
    torch.testing.assert_close(resample.upsample2d(x, line), resample.upsample2d(x, plane))


def test_resampling_keeps_a_constant_picture() -> None:
    f = resample.setup_filter([1, 3, 3, 1])
    x = torch.full([1, 1, 8, 8], 0.5)
    inner = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    torch.testing.assert_close(resample.upsample2d(x, f)[inner], torch.full([1, 1, 12, 12], 0.5))
    torch.testing.assert_close(resample.downsample2d(x, f)[:, :, 1:-1, 1:-1], x[:, :, :2, :2])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_near_float32(dtype: torch.dtype) -> None:
    f = resample.setup_filter([1, 3, 3, 1])
    x = torch.randn(2, 3, 8, 8)
    y = resample.upsample2d(x.to(dtype), f)
    assert y.dtype == dtype
    assert_near(y.float(), resample.upsample2d(x, f), 1e-2)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"padding": -4}, "leave nothing of a 4x4 map"),
        ({"padding": [1, 2, 3]}, r"1, 2 or 4 numbers, but is \[1, 2, 3\]"),
        ({"up": 0}, "up must be at least 1 in x and y, but is 0"),
        ({"down": [1, 0]}, r"down must be at least 1 in x and y, but is \[1, 0\]"),
    ],
)
def test_unusable_arguments(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        resample.upfirdn2d(torch.zeros(1, 1, 4, 4), None, **kwargs)


def test_unusable_maps_and_filters() -> None:
    with pytest.raises(InputError, match=r"but is \[4, 4\]"):
        resample.upfirdn2d(torch.zeros(4, 4), None)
    with pytest.raises(InputError, match=r"one or two dimensions and taps, not \[1, 1, 1\]"):
        resample.setup_filter(torch.ones(1, 1, 1))
    with pytest.raises(InputError, match="cannot be kept separable"):
        resample.setup_filter(torch.ones(2, 2), separable=True)
