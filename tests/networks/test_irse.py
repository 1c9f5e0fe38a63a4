"""The backbone: its depths, its units and what it refuses."""

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.irse import (
    STAGES,
    IRBody,
    ResidualUnit,
    SqueezeExcitation,
    input_layer,
    resolve_stages,
)

TINY = ((4, 4, 1), (4, 6, 3), (6, 8, 1), (8, 10, 2))


@pytest.mark.parametrize(("num_layers", "units"), [(50, 24), (100, 49), (152, 50)])
def test_depths(num_layers: int, units: int) -> None:
    stages = resolve_stages(num_layers)
    # Two convolutions a unit, the input layer and the recognition head make up the name.
    assert sum(stage.num_units for stage in stages) == units
    with torch.device("meta"):
        body = IRBody(stages, "ir")
    assert len(body) == units
    assert body.ends[-1] == units - 1
    assert [stage.depth for stage in stages] == [64, 128, 256, 512]


def test_explicit_stages_are_those_of_the_table() -> None:
    rows = [list(stage) for stage in STAGES[50]]  # as json would hold them
    assert resolve_stages(rows) == STAGES[50]


@pytest.mark.parametrize("mode", ["ir", "ir_se"])
@torch.no_grad()
def test_features_after_each_stage(mode: str) -> None:
    torch.manual_seed(0)
    body = IRBody(resolve_stages(TINY), mode).eval()
    assert body.ends == [0, 3, 4, 6]
    x = input_layer(3, 4).eval()(torch.randn(2, 3, 32, 32))
    features = body(x)
    assert [tuple(f.shape) for f in features] == [
        (2, 4, 16, 16),
        (2, 6, 8, 8),
        (2, 8, 4, 4),
        (2, 10, 2, 2),
    ]
    for unit in body:
        x = unit(x)
    assert torch.equal(features[-1], x)
    assert any("fc1" in name for name, _ in body.named_parameters()) == (mode == "ir_se")


@torch.no_grad()
def test_an_equal_depth_shortcut_picks_every_second_pixel() -> None:
    unit = ResidualUnit(4, 4, stride=2, mode="ir").eval()
    unit.res_layer[4].weight.zero_()
    x = torch.randn(2, 4, 6, 6)
    assert torch.equal(unit(x), x[:, :, ::2, ::2])


@torch.no_grad()
def test_squeeze_and_excitation_agrees_with_its_definition() -> None:
    torch.manual_seed(0)
    layer = SqueezeExcitation(32)
    x = torch.randn(2, 32, 3, 5)
    first, second = (fc.weight[:, :, 0, 0] for fc in (layer.fc1, layer.fc2))
    assert first.shape == (2, 32)
    for sample, result in zip(x, layer(x), strict=True):
        scale = (second @ functional.relu(first @ sample.flatten(1).mean(1))).sigmoid()
        torch.testing.assert_close(result, sample * scale[:, None, None])


@pytest.mark.parametrize(
    ("num_layers", "message"),
    [
        (51, "num_layers must be one of 50, 100, 152, but is 51"),
        (TINY[:3], "must be a number or 4 stages"),
        ([(4, 4)] * 4, r"stages of \(in_channels, depth, num_units\)"),
        ((*TINY[:3], (8, 10, 0)), "Channels and units must be at least 1"),
        ((*TINY[:3], (9, 10, 1)), "takes 9 channels, but the one before it gives 8"),
    ],
)
def test_wrong_stages_are_named(num_layers: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        resolve_stages(num_layers)


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(InputError, match="mode must be one of ir, ir_se, but is 'se'"):
        IRBody(resolve_stages(TINY), "se")
