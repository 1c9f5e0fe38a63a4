"""pSp's encoders and their backbone against golden numbers, and what they promise beside them."""

from typing import Any

import pytest
import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks import (
    BackboneEncoderIntoW,
    BackboneEncoderIntoWPlus,
    GradualStyleEncoder,
)
from mbtiface.networks.psp_encoders import StyleHead
from tests.golden_files import assert_near, golden_names, read_golden
from tests.recipe_weights import recipe_pictures, recipe_state

TOLERANCE = 5e-5
NAMES = golden_names("09[a-d]_psp_*")
ENCODERS: dict[str, type[nn.Module]] = {
    "GradualStyleEncoder": GradualStyleEncoder,
    "BackboneEncoderUsingLastLayerIntoW": BackboneEncoderIntoW,
    "BackboneEncoderUsingLastLayerIntoWPlus": BackboneEncoderIntoWPlus,
}
TINY_STAGES = ((4, 4, 1), (4, 6, 2), (6, 8, 1), (8, 10, 1))


def build(config: dict[str, Any]) -> nn.Module:
    """The encoder of a golden file, its weights still without values."""
    num_layers, mode = config["args"]
    arguments = dict(config["opts"])
    if config["cls"] == "BackboneEncoderUsingLastLayerIntoW":
        del arguments["n_styles"]  # it has one style whatever the generator takes
    with torch.device("meta"):
        return ENCODERS[config["cls"]](num_layers, mode, **arguments)


def tiny(kind: type[nn.Module], **arguments: Any) -> nn.Module:
    torch.manual_seed(0)
    return kind(TINY_STAGES, w_dim=12, **arguments).eval()


def pictures(batch: int) -> torch.Tensor:
    return torch.randn(batch, 3, 256, 256, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", NAMES)
def test_golden_names_and_shapes(name: str) -> None:
    config = read_golden(name).config
    state = build(config).state_dict()
    assert sorted([k, list(v.shape)] for k, v in state.items()) == config["state_keys"]


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_golden_codes(name: str) -> None:
    golden = read_golden(name)
    network = build(golden.config).eval()
    network.load_state_dict(recipe_state(golden), strict=True, assign=True)
    seen: dict[str, torch.Tensor] = {}
    for key in (key for key in golden.tensors if key.startswith("probe/")):
        stage = key.removeprefix("probe/").replace("body", "body.")
        network.get_submodule(stage).register_forward_hook(
            lambda _m, _i, out, key=key: seen.__setitem__(key, out[:, :8, :4, :4])
        )
    codes = network(recipe_pictures(golden))
    assert len(seen) == 5
    for key, value in seen.items():
        assert_near(value, golden[key], TOLERANCE, key)
    assert_near(codes, golden["out"], TOLERANCE, "codes")


@pytest.mark.parametrize(
    ("kind", "arguments", "shape"),
    [
        (GradualStyleEncoder, {"n_styles": 1}, (1, 12)),
        (GradualStyleEncoder, {"n_styles": 9, "mode": "ir"}, (9, 12)),
        (BackboneEncoderIntoW, {}, (12,)),
        (BackboneEncoderIntoWPlus, {"n_styles": 5}, (5, 12)),
    ],
)
def test_small_ones_learn_everywhere(
    kind: type[nn.Module], arguments: dict[str, Any], shape: tuple[int, ...]
) -> None:
    network = tiny(kind, **arguments).train()
    codes = network(pictures(2))
    assert codes.shape == (2, *shape)
    codes.square().sum().backward()
    unused = {k for k, p in network.named_parameters() if p.grad is None or not p.grad.any()}
    # One style is read from the coarse level alone.
    pyramid = {f"latlayer{i}.{part}" for i in (1, 2) for part in ("weight", "bias")}
    assert unused == (pyramid if shape == (1, 12) else set())


@torch.no_grad()
def test_each_head_gives_its_row_from_its_level() -> None:
    network = tiny(GradualStyleEncoder, n_styles=9)
    levels = network.pyramid(pictures(2))
    assert [tuple(level.shape) for level in levels] == [(2, 10, s, s) for s in (16, 32, 64)]
    assert [head.side for head in network.styles] == [16] * 3 + [32] * 4 + [64] * 2
    x = pictures(1)
    before = network(x)
    network.styles[4].linear.bias += 1
    change = network(x) - before
    assert_near(change[:, 4], torch.ones(1, 12), 1e-5)
    assert not change[:, [0, 1, 2, 3, 5, 6, 7, 8]].any()


@torch.no_grad()
def test_pictures_do_not_see_each_other_in_evaluation() -> None:
    x = pictures(3)
    for kind in (GradualStyleEncoder, BackboneEncoderIntoW, BackboneEncoderIntoWPlus):
        network = tiny(kind)
        assert_near(network(x[1:2])[0], network(x)[1], 1e-5, kind.__name__)


@torch.no_grad()
def test_runs_under_bfloat16_autocast() -> None:
    x = pictures(1)
    for kind in (GradualStyleEncoder, BackboneEncoderIntoW, BackboneEncoderIntoWPlus):
        network = tiny(kind)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            codes = network(x)
        assert codes.dtype == torch.float32
        assert_near(codes, network(x), 5e-2, kind.__name__)


@pytest.mark.parametrize(
    "kind", [GradualStyleEncoder, BackboneEncoderIntoW, BackboneEncoderIntoWPlus]
)
@pytest.mark.parametrize("shape", [(1, 3, 512, 512), (1, 3, 128, 128), (1, 1, 256, 256), (3, 256)])
def test_other_pictures_are_refused(kind: type[nn.Module], shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"\[any, 3, 256, 256\], but has .*; resize pictures"):
        tiny(kind)(torch.zeros(shape))


def test_a_head_refuses_features_that_would_become_more_samples() -> None:
    head = StyleHead(4, 6, side=16)
    assert head(torch.zeros(2, 4, 16, 16)).shape == (2, 6)
    with pytest.raises(InputError, match=r"\[any, 4, 16, 16\], but has \[2, 4, 32, 32\]"):
        head(torch.zeros(2, 4, 32, 32))


@pytest.mark.parametrize("kind", [GradualStyleEncoder, BackboneEncoderIntoWPlus])
def test_no_styles_are_refused(kind: type[nn.Module]) -> None:
    with pytest.raises(InputError, match="n_styles must be at least 1, but is 0"):
        tiny(kind, n_styles=0)
