"""The augmentation pipe as a whole: golden numbers, second derivatives, chances, errors."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from mbtiface.errors import InputError
from tests.golden_files import (
    assert_gradient_near,
    assert_near,
    golden_cases,
    golden_names,
    read_golden,
)
from train.stylegan2.augment import AugmentPipe
from train.stylegan2.augment_settings import PRESETS

TOLERANCE = 1e-4
BUFFER_TOLERANCE = 1e-6
IDENTITY_TOLERANCE = 5e-6

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def pictures(batch: int = 4, channels: int = 3, side: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.rand(batch, channels, side, side, generator=generator) * 2 - 1


@pytest.mark.parametrize("name", golden_names("07a_*"))
def test_golden_filters(name: str) -> None:
    golden, state = read_golden(name), AugmentPipe().state_dict()
    assert list(state) == golden.config["buffers"]
    for key in ("Hz_geom", "Hz_fbank"):
        assert_near(state[key], golden[key], BUFFER_TOLERANCE, key)


@pytest.mark.parametrize(("name", "case"), golden_cases("07a_*"))
def test_golden_pictures(name: str, case: dict[str, Any]) -> None:
    golden = read_golden(name)
    images = golden[f"images/{case['images']}"][: case["first_n"]].requires_grad_()
    y = AugmentPipe(**case["kwargs"])(images, debug_percentile=case["debug_percentile"])
    assert_near(y, golden[f"{case['id']}/y"], TOLERANCE, case["id"])
    if case["grad"]:
        (dx,) = torch.autograd.grad((y * golden[f"{case['id']}/dy"]).sum(), images)
        assert_gradient_near(dx, golden[f"{case['id']}/dx"], TOLERANCE, case["id"])


@pytest.mark.parametrize("name", golden_names("07a_*"))
def test_golden_pictures_at_p_0(name: str) -> None:
    golden = read_golden(name)
    case = golden.config["p0"]
    pipe = AugmentPipe(**case["kwargs"])
    pipe.p.fill_(case["p"])
    images = golden[f"images/{case['images']}"]
    assert_near(pipe(images), golden["p0/y"], TOLERANCE)
    assert torch.equal(pipe(images), images)


@pytest.mark.parametrize("preset", PRESETS)
def test_what_was_not_drawn_leaves_pictures_alone(preset: str) -> None:
    pipe = AugmentPipe.preset(preset)
    pipe.p.fill_(1e-12)
    assert_near(pipe(pictures()), pictures(), IDENTITY_TOLERANCE, preset)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("shape", [(3, 3, 16, 16), (2, 1, 32, 32), (1, 3, 20, 12)])
def test_random_pictures_keep_shape_and_stay_moderate(preset: str, shape: tuple[int, ...]) -> None:
    images = torch.rand(shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    pipe = AugmentPipe.preset(preset, generator=torch.Generator().manual_seed(2))
    y = pipe(images)
    assert y.shape == shape
    assert y.dtype == images.dtype
    assert not torch.equal(y, images)
    assert y.abs().max() < 20  # contrast and saturation of three deviations make 2 ** 1.5 * 2 ** 3


def test_geometry_and_cutout_do_not_leave_the_range_of_the_picture_by_much() -> None:
    images = pictures(16, side=32).sign()
    pipe = AugmentPipe.preset("bg", generator=torch.Generator().manual_seed(2))
    # An orthogonal filter overshoots at edges, by less than the edge itself.
    assert pipe(images).abs().max() < 3
    assert AugmentPipe.preset("cutout")(images).abs().max() == 1


def changed(pipe: AugmentPipe, p: float, images: torch.Tensor) -> float:
    pipe.p.fill_(p)
    difference = (pipe(images) - images).abs().amax(dim=(1, 2, 3))
    return (difference > 1e-4).double().mean().item()


@pytest.mark.parametrize(
    ("kwargs", "share"),
    [
        ({"xflip": 1}, lambda p: p / 2),
        ({"rotate90": 1}, lambda p: 3 * p / 4),
        ({"xint": 1}, lambda p: p * 15 / 16),  # within 2 px: one in 4 rounds to 0, on either axis
        ({"scale": 1}, lambda p: p),
        ({"rotate": 1}, lambda p: p),
        ({"aniso": 0.5}, lambda p: p / 2),
        ({"xfrac": 1}, lambda p: p),
        ({"brightness": 1}, lambda p: p),
        ({"contrast": 1}, lambda p: p),
        ({"lumaflip": 1}, lambda p: p / 2),
        ({"hue": 1}, lambda p: p),
        ({"saturation": 1}, lambda p: p),
        ({"imgfilter": 1}, lambda p: 1 - (1 - p) ** 4),
        ({"imgfilter": 1, "imgfilter_bands": (1, 0, 0.5, 0)}, lambda p: 1 - (1 - p) * (1 - p / 2)),
        ({"noise": 1}, lambda p: p),
        ({"cutout": 1}, lambda p: p),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_the_share_of_changed_pictures(
    kwargs: dict[str, Any], share: Callable[[float], float]
) -> None:
    images = pictures(1500, side=8 if "xint" not in kwargs else 16)
    for p in (0.25, 0.8):
        pipe = AugmentPipe(torch.Generator().manual_seed(3), **kwargs)
        expected = share(p)
        four_deviations = 4 * (expected * (1 - expected) / len(images)) ** 0.5
        assert abs(changed(pipe, p, images) - expected) < four_deviations + 0.005


def test_p_above_1_is_a_certainty() -> None:
    pipe = AugmentPipe(torch.Generator().manual_seed(3), rotate=1, brightness=1)
    assert changed(pipe, 1.7, pictures(200, side=8)) == 1


def test_a_new_p_acts_at_once() -> None:
    pipe, images = AugmentPipe(brightness=1), pictures(64)
    assert [changed(pipe, p, images) > 0.5 for p in (1.0, 0.0, 1.0)] == [True, False, True]
    pipe.load_state_dict({**pipe.state_dict(), "p": torch.tensor(0.0)})
    assert pipe(images) is images


def test_the_global_generator_decides_everything() -> None:
    pipe, images = AugmentPipe.preset("bgcfnc"), pictures()
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first, second = pipe(images), pipe(images)
    assert not torch.equal(first, second)
    torch.set_rng_state(state)
    assert torch.equal(pipe(images), first)


def test_an_own_generator_leaves_the_global_one_alone() -> None:
    images = pictures()
    state = torch.get_rng_state()
    one, other = (
        AugmentPipe.preset("bgcfnc", torch.Generator().manual_seed(8))(images) for _ in range(2)
    )
    assert torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("preset", ["bgcfnc", "bgc"])
def test_second_derivatives_at_pictures(device: str, preset: str) -> None:
    images = pictures(1, side=5).double().to(device).requires_grad_()

    def augmented(x: torch.Tensor) -> torch.Tensor:
        pipe = AugmentPipe.preset(preset, torch.Generator().manual_seed(4))
        return pipe.to(device)(x).sin()

    assert torch.autograd.gradcheck(augmented, images)
    assert torch.autograd.gradgradcheck(augmented, images)


@pytest.mark.parametrize("device", DEVICES)
def test_a_gradient_penalty_reaches_the_discriminator_through_the_pipe(device: str) -> None:
    """R1 as it is used: the slope at the pictures, differentiated by the weights."""
    images = pictures(2, side=6).double().to(device)
    weight = torch.randn(6, 3, 3, 3, generator=torch.Generator().manual_seed(6))
    weight = weight.double().to(device).requires_grad_()

    def penalty(weight: torch.Tensor) -> torch.Tensor:
        pipe = AugmentPipe.preset("bgc", torch.Generator().manual_seed(4)).to(device)
        x = images.detach().requires_grad_()
        logits = torch.nn.functional.conv2d(pipe(x), weight).tanh().sum()
        (slope,) = torch.autograd.grad(logits, x, create_graph=True)
        return slope.square().sum()

    assert torch.autograd.gradcheck(penalty, weight)


def test_autocast_does_not_coarsen_pictures() -> None:
    pipe = AugmentPipe.preset("bgcf", torch.Generator().manual_seed(4))
    expected = AugmentPipe.preset("bgcf", torch.Generator().manual_seed(4))(pictures())
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(pipe(pictures()), expected)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"flip": 1}, "there is no augmentation flip; use one of xflip, "),
        ({"xflip": -1}, "xflip must be finite and not negative, but is -1"),
        ({"hue": float("nan")}, "hue must be finite and not negative, but is nan"),
        ({"imgfilter_bands": (1, 1)}, "imgfilter_bands must hold 4 multipliers"),
        ({"imgfilter_bands": (1, -1, 1, 1)}, "imgfilter_bands must be finite and not negative"),
    ],
)
def test_settings_that_make_no_sense_are_refused(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        AugmentPipe(**kwargs)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(InputError, match="augmentation preset must be one of blit, .*'colour'"):
        AugmentPipe.preset("colour")


@pytest.mark.parametrize(
    ("images", "percentile", "message"),
    [
        (torch.zeros(3, 8, 8), None, r"images must have the shape \[any, any, any, any\]"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), None, "must be float32 or float64"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.bfloat16), None, "but are torch.bfloat16"),
        (torch.zeros(1, 2, 8, 8), None, "of 1 or 3 channels, but these have 2"),
        (torch.zeros(1, 3, 8, 8), 1.0, "must lie between 0 and 1, but is 1.0"),
    ],
)
def test_unfit_calls_are_refused(
    images: torch.Tensor, percentile: float | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        AugmentPipe.preset("bgc")(images, percentile)


def test_a_p_that_is_no_probability_is_refused() -> None:
    pipe = AugmentPipe.preset("bgc")
    pipe.p.fill_(float("nan"))
    with pytest.raises(InputError, match="p must be 0 or more, but is nan"):
        pipe(pictures())
