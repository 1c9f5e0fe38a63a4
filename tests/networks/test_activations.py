"""Bias and activation against golden numbers and numeric second derivatives."""

from typing import Any

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.networks.activations import ACTIVATIONS, bias_act, default_gain
from tests.golden_files import (
    assert_gradient_near,
    assert_near,
    golden_cases,
    golden_names,
    read_golden,
)

TOLERANCE = 1e-5


@pytest.mark.parametrize("name", golden_names("02_*"))
def test_golden_defaults(name: str) -> None:
    config = read_golden(name).config
    assert {act: default_gain(act) for act in ACTIVATIONS} == config["default_gain"]
    assert {act: a.default_alpha for act, a in ACTIVATIONS.items()} == config["default_alpha"]


@pytest.mark.parametrize(("name", "case"), golden_cases("02_*"))
def test_golden_bias_act(name: str, case: dict[str, Any]) -> None:
    golden = read_golden(name)
    key = case["id"]
    x = golden[f"{key}/x"].requires_grad_()
    b = golden[f"{key}/b"].requires_grad_() if case["bias"] else None
    y = bias_act(x, b, case["dim"], case["act"], **case["kwargs"])
    assert_near(y, golden[f"{key}/y"], TOLERANCE, "y")
    inputs = [x] if b is None else [x, b]
    gradients = torch.autograd.grad((y * golden[f"{key}/dy"]).sum(), inputs)
    for what, gradient in zip(["dx", "db"], gradients, strict=False):
        assert_gradient_near(gradient, golden[f"{key}/{what}"], TOLERANCE, what)


@pytest.mark.parametrize("act", sorted(ACTIVATIONS))
def test_first_and_second_derivatives(act: str) -> None:
    # Away from the kinks at zero and at the clamp.
    x = torch.tensor([[-2.1, -0.7, -0.2], [0.3, 0.6, 2.2]], dtype=torch.float64)
    b = torch.tensor([0.05, -0.04, 0.03], dtype=torch.float64)

    def run(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return bias_act(x, b, act=act, gain=1.3, clamp=1.97)

    inputs = (x.requires_grad_(), b.requires_grad_())
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


def test_unusable_arguments() -> None:
    x = torch.zeros(2, 3)
    with pytest.raises(InputError, match="act must be one of .*, but is 'gelu'"):
        bias_act(x, act="gelu")
    with pytest.raises(InputError, match=r"b must have the shape \[3\], but has \[2\]"):
        bias_act(x, torch.zeros(2))
    with pytest.raises(InputError, match="dim must lie in 0..1, but is 2"):
        bias_act(x, torch.zeros(3), dim=2)
