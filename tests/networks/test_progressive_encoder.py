"""e4e's encoder against golden numbers, and what its stages promise."""

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.networks import GradualStyleEncoder, ProgressiveEncoder
from tests.golden_files import assert_near, read_golden
from tests.recipe_weights import recipe_pictures, recipe_state

TOLERANCE = 5e-5
NAME = "09e_e4e_encoder.safetensors"
TINY_STAGES = ((4, 4, 1), (4, 6, 2), (6, 8, 1), (8, 10, 1))


def tiny(stage: int | None = None) -> ProgressiveEncoder:
    torch.manual_seed(0)
    return ProgressiveEncoder(TINY_STAGES, n_styles=9, w_dim=12, stage=stage).eval()


def pictures(batch: int) -> torch.Tensor:
    return torch.randn(batch, 3, 256, 256, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_golden_codes() -> None:
    golden = read_golden(NAME)
    assert golden.config["opts"] == {"stylegan_size": 1024}  # whose generator takes 18 styles
    with torch.device("meta"):
        network = ProgressiveEncoder(*golden.config["args"], n_styles=18).eval()
    state = network.state_dict()
    assert sorted([k, list(v.shape)] for k, v in state.items()) == golden.config["state_keys"]

    network.load_state_dict(recipe_state(golden), strict=True, assign=True)
    x = recipe_pictures(golden)
    assert_near(network(x), golden["stage18/out"], TOLERANCE, "all offsets")
    # One picture will do for the other stages: pictures do not see each other.
    for row in golden.config["stages"]:
        network.stage = row["stage"]
        codes = network(x[:1])
        expected = golden[f"stage{row['stage']}/out"][:1]
        assert_near(codes, expected, TOLERANCE, row["name"])
        own = [i for i in range(1, 18) if not torch.equal(codes[:, i], codes[:, 0])]
        assert own == row["non_base_layers"]


@torch.no_grad()
def test_rows_are_the_first_one_and_offsets() -> None:
    x = pictures(2)
    heads = GradualStyleEncoder(TINY_STAGES, n_styles=9, w_dim=12).eval()
    heads.load_state_dict(tiny().state_dict(), strict=True)
    values = heads(x)
    for stage, last in [(0, 0), (5, 5), (8, 8), (18, 8), (None, 8)]:
        expected = values[:, :1].repeat(1, 9, 1)
        expected[:, 1 : last + 1] += values[:, 1 : last + 1]
        assert_near(tiny(stage)(x), expected, 1e-5, f"stage {stage}")


def test_heads_above_the_stage_rest() -> None:
    network = tiny(stage=3).train()
    network(pictures(2)).square().sum().backward()
    active = [i for i, head in enumerate(network.styles) if head.linear.bias.grad is not None]
    assert active == [0, 1, 2, 3]
    network.stage = None
    network(pictures(2)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in network.parameters())


@torch.no_grad()
def test_runs_under_bfloat16_autocast() -> None:
    network, x = tiny(), pictures(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        codes = network(x)
    assert codes.dtype == torch.float32
    assert_near(codes, network(x), 5e-2)


def test_wrong_inputs_are_named() -> None:
    with pytest.raises(InputError, match="stage must be 0 or more, or None .*, but is -1"):
        tiny(stage=-1)
    network = tiny(stage=2)
    with pytest.raises(InputError, match="stage must be 0 or more"):
        network.stage = -3
    assert network.stage == 2
    with pytest.raises(InputError, match=r"but has \[1, 3, 1024, 1024\]; resize pictures to 256"):
        network(torch.zeros(1, 3, 1024, 1024))
