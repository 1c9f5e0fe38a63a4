"""The StyleGAN2 generator against golden numbers, and what it promises beside them."""

import copy
from typing import Any

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.networks import Generator
from mbtiface.networks.synthesis import SynthesisNetwork
from tests.golden_files import Golden, assert_near, golden_names, read_golden

TOLERANCE = 2e-5
NAMES = golden_names("04*_generator*")
TINY_SYNTHESIS = {"channel_base": 128, "channel_max": 16}


def load_generator(golden: Golden) -> Generator:
    assert golden.config["cls"] == "Generator"
    network = Generator(**golden.config["init_kwargs"])
    network.load_state_dict(golden.state(), strict=True)
    return network.eval()


def tiny_generator(c_dim: int = 0, **synthesis_kwargs: Any) -> Generator:
    """A generator of 16 px whose noise and biases act, as those of trained ones do."""
    torch.manual_seed(0)
    network = Generator(
        z_dim=8,
        c_dim=c_dim,
        w_dim=12,
        img_resolution=16,
        img_channels=3,
        mapping_kwargs={"num_layers": 2},
        synthesis_kwargs={**TINY_SYNTHESIS, **synthesis_kwargs},
    )
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(("noise_strength", "bias")):
                parameter += 0.3 * torch.randn_like(parameter)
    return network.eval()


@pytest.mark.parametrize("name", NAMES)
def test_golden_names_and_shapes(name: str) -> None:
    golden = read_golden(name)
    config = golden.config
    network = load_generator(golden)
    assert network.num_ws == network.synthesis.num_ws == config["num_ws"]
    assert [[k, list(v.shape)] for k, v in network.state_dict().items()] == config["state_keys"]
    if "parameter_names" in config:
        assert [k for k, _ in network.named_parameters()] == config["parameter_names"]


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_golden_latents(name: str) -> None:
    golden = read_golden(name)
    mapping = load_generator(golden).mapping
    psi, cutoff = golden.config["truncation_psi"], golden.config["truncation_cutoff"]
    z, c = golden["z"], golden["c"]
    before = mapping.w_avg.clone()
    assert_near(mapping(z, c), golden["w_psi1"], TOLERANCE, "w")
    assert_near(mapping(z, c, truncation_psi=psi), golden["w_trunc"], TOLERANCE, "truncated")
    ws = mapping(z, c, truncation_psi=psi, truncation_cutoff=cutoff)
    assert_near(ws, golden["w_trunc_cutoff"], TOLERANCE, "truncated to cutoff")
    assert torch.equal(mapping.w_avg, before)

    mapping.train()
    mapping(z, c, skip_w_avg_update=True)
    assert torch.equal(mapping.w_avg, before)
    mapping(z, c)
    assert_near(mapping.w_avg, golden["w_avg_after_train_step"], TOLERANCE, "w_avg")


@pytest.mark.parametrize("fused", [None, False], ids=["fused", "separate"])
@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_golden_pictures(name: str, fused: bool | None) -> None:
    golden = read_golden(name)
    network = load_generator(golden)
    fixed: dict[str, Any] = {"force_fp32": True, "fused_modconv": fused}
    for mode in ("const", "none"):
        img = network.synthesis(golden["w_psi1"], noise_mode=mode, **fixed)
        assert_near(img, golden[f"img_{mode}"], TOLERANCE, mode)
    img = network.synthesis(golden["ws_plus"], noise_mode="const", **fixed)
    assert_near(img, golden["img_const_ws_plus"], TOLERANCE, "one latent per layer")
    img = network(
        golden["z"],
        golden["c"],
        truncation_psi=golden.config["truncation_psi"],
        truncation_cutoff=golden.config["truncation_cutoff"],
        noise_mode="const",
        **fixed,
    )
    assert_near(img, golden["img_const_trunc_cutoff"], TOLERANCE, "truncated")


TABLED = [name for name in NAMES if "fp16_blocks" in read_golden(name).config]


@pytest.mark.parametrize("name", TABLED)
def test_golden_half_precision_blocks(name: str) -> None:
    for row in read_golden(name).config["fp16_blocks"]:
        network = SynthesisNetwork(
            w_dim=4,
            img_resolution=row["img_resolution"],
            img_channels=3,
            channel_base=1024,
            channel_max=4,
            num_fp16_res=row["num_fp16_res"],
        )
        half = [r for r in network.block_resolutions if network.get_submodule(f"b{r}").use_fp16]
        assert half == row["fp16_blocks"], row
        # The recorded networks above 64 px were so narrow that their wide blocks had no channels
        # and no first convolution; their num_ws (13, 15) is not that of usable networks (14, 18).
        if row["img_resolution"] <= 64:
            assert network.num_ws == row["num_ws"], row


@pytest.mark.parametrize(("resolution", "num_ws"), [(4, 2), (8, 4), (256, 14), (1024, 18)])
@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_num_ws(resolution: int, num_ws: int, architecture: str) -> None:
    network = SynthesisNetwork(
        4, resolution, 3, channel_base=1024, channel_max=2, architecture=architecture
    )
    assert network.num_ws == num_ws


@torch.no_grad()
def test_training_and_evaluation_mode_agree() -> None:
    network = tiny_generator()
    ws = network.mapping(torch.randn(3, 8))
    fused = network.synthesis(ws, noise_mode="const")
    separate = network.train().synthesis(ws, noise_mode="const")
    assert not torch.equal(fused, separate)
    assert_near(separate, fused, TOLERANCE)


@torch.no_grad()
def test_noise_modes() -> None:
    network = tiny_generator()
    ws = network.mapping(torch.randn(1, 8)).repeat(2, 1, 1)
    for mode in ("const", "none"):
        one, two = network.synthesis(ws, noise_mode=mode)
        assert_near(one, two, TOLERANCE, mode)
        assert torch.equal(network.synthesis(ws, noise_mode=mode)[0], one)
    # Random noise differs between calls and between the samples of a batch.
    first, second = network.synthesis(ws), network.synthesis(ws)
    assert (first - second).abs().max() > 0.01
    assert (first[0] - first[1]).abs().max() > 0.01
    with pytest.raises(InputError, match="noise_mode must be one of .*, but is 'fixed'"):
        network.synthesis(ws, noise_mode="fixed")


@torch.no_grad()
def test_each_latent_acts_and_only_on_its_layers() -> None:
    network = tiny_generator()
    ws = network.mapping(torch.randn(1, 8))
    features: dict[int, torch.Tensor] = {}
    for resolution in network.synthesis.block_resolutions:
        block = network.synthesis.get_submodule(f"b{resolution}")
        block.register_forward_hook(
            lambda _m, _i, out, key=resolution: features.__setitem__(key, out[0])
        )
    img = network.synthesis(ws, noise_mode="none")
    before = dict(features)
    # At 16 px: layer 0 in b4, 1 and 2 in b8, 3 and 4 in b16, 5 in the last ToRGB.
    first_touched = {0: 4, 1: 8, 2: 8, 3: 16, 4: 16, 5: 32}
    for index, resolution in first_touched.items():
        changed = ws.clone()
        changed[:, index] += 1
        assert (network.synthesis(changed, noise_mode="none") - img).abs().max() > 1e-3
        for key, value in features.items():
            assert torch.equal(value, before[key]) == (key < resolution)


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
@pytest.mark.parametrize("channels_last", [False, True])
@torch.no_grad()
def test_half_precision_blocks_run_and_stay_near(architecture: str, channels_last: bool) -> None:
    network = tiny_generator(
        architecture=architecture,
        num_fp16_res=2,
        conv_clamp=256,
        fp16_channels_last=channels_last,
    )
    dtypes: list[torch.dtype] = []
    for resolution in (4, 8, 16):
        block = network.synthesis.get_submodule(f"b{resolution}")
        block.register_forward_hook(lambda _m, _i, out: dtypes.append(out[0].dtype))
    ws = network.mapping(torch.randn(2, 8))
    half = network.synthesis(ws, noise_mode="const", force_fp32=False)
    assert dtypes == [torch.float32, torch.float16, torch.float16]
    assert half.dtype == torch.float32
    dtypes.clear()
    full = network.synthesis(ws, noise_mode="const")
    assert dtypes == [torch.float32] * 3
    assert_near(half, full, 2e-2)
    assert not torch.equal(half, full)


@torch.no_grad()
def test_runs_under_bfloat16_autocast() -> None:
    network = tiny_generator()
    ws = network.mapping(torch.randn(2, 8))
    full = network.synthesis(ws, noise_mode="const")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = network.synthesis(ws, noise_mode="const")
    assert half.dtype == torch.float32
    assert_near(half, full, 5e-2)


@torch.no_grad()
def test_conv_clamp_limits_the_features() -> None:
    network = tiny_generator(architecture="orig", conv_clamp=0.25)
    features: list[torch.Tensor] = []
    network.synthesis.b8.register_forward_hook(lambda _m, _i, out: features.append(out[0]))
    network(torch.randn(2, 8))
    assert features[0].abs().max() == 0.25


def test_every_parameter_gets_a_gradient_and_a_second_one() -> None:
    network = tiny_generator(c_dim=3).train()
    z, c = torch.randn(4, 8), torch.eye(3)[[0, 1, 2, 0]]
    ws = network.mapping(z, c)
    img = network.synthesis(ws)
    img.sum().backward(retain_graph=True)
    assert [k for k, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []

    # Path lengths: the gradient by ws, differentiated again.
    network.zero_grad(set_to_none=True)
    (gradient,) = torch.autograd.grad((img * torch.randn_like(img)).sum(), ws, create_graph=True)
    gradient.square().sum(dim=2).mean(dim=1).sqrt().mean().backward()
    reached = {k for k, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert {"synthesis.b4.const", "synthesis.b16.conv0.weight", "mapping.fc0.weight"} <= reached


def test_second_derivatives_of_a_whole_network() -> None:
    network = tiny_generator(architecture="resnet").double().train()
    ws = torch.randn(2, network.num_ws, 12, dtype=torch.float64) * 0.3
    direction = torch.randn(2, 3, 16, 16, dtype=torch.float64)

    def slope(ws: torch.Tensor) -> torch.Tensor:
        img = network.synthesis(ws, noise_mode="const")
        return torch.autograd.grad((img * direction).sum(), ws, create_graph=True)[0]

    # The steps are so small that no activation crosses its kink.
    ws, probe = ws.requires_grad_(), torch.randn_like(ws) * 1e-6
    (exact,) = torch.autograd.grad((slope(ws) * probe).sum(), ws)
    numeric = (slope(ws + probe) - slope(ws - probe)) / 2
    assert exact.any()
    assert_near(numeric, exact, 1e-4)


def test_a_copy_is_independent_and_equal() -> None:
    network = tiny_generator()
    twin = copy.deepcopy(network)
    z = torch.randn(1, 8)
    assert torch.equal(twin(z, noise_mode="const"), network(z, noise_mode="const"))
    with torch.no_grad():
        network.mapping.fc0.weight += 1
    assert not torch.equal(twin(z, noise_mode="const"), network(z, noise_mode="const"))


def test_wrong_inputs_are_named() -> None:
    network = tiny_generator(c_dim=3)
    with pytest.raises(InputError, match=r"z must have the shape \[any, 8\], but has \[2, 9\]"):
        network(torch.zeros(2, 9), torch.zeros(2, 3))
    with pytest.raises(InputError, match=r"c must have the shape \[2, 3\], but has \[1, 3\]"):
        network(torch.zeros(2, 8), torch.zeros(1, 3))
    with pytest.raises(InputError, match=r"c is missing; it must have the shape \[any, 3\]"):
        network(torch.zeros(2, 8))
    with pytest.raises(
        ValueError, match=r"ws must have the shape \[any, 6, 12\], but has \[2, 5, 12\]"
    ):
        network.synthesis(torch.zeros(2, 5, 12))
    with pytest.raises(InputError, match="power of two and at least 4, but is 24"):
        SynthesisNetwork(8, 24, 3)
    with pytest.raises(InputError, match="architecture must be one of .*, but is 'dense'"):
        tiny_generator(architecture="dense")
