"""The StyleGAN2 discriminator against golden numbers, and what it promises beside them."""

from typing import Any

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks import Discriminator
from mbtiface.networks.discriminator import MinibatchStdLayer
from tests.golden_files import (
    Golden,
    assert_gradient_near,
    assert_near,
    golden_names,
    read_golden,
)

LOGITS_TOLERANCE = 2e-5
GRADIENT_TOLERANCE = 1e-5
NORM_TOLERANCE = 1e-4
NAMES = golden_names("05*_discriminator*")
FREEZING = [name for name in NAMES if "trainable" in read_golden(name).config]


def load_discriminator(golden: Golden) -> Discriminator:
    assert golden.config["cls"] == "Discriminator"
    network = Discriminator(**golden.config["init_kwargs"])
    network.load_state_dict(golden.state(), strict=True)
    return network.eval()


def tiny_discriminator(c_dim: int = 0, **kwargs: Any) -> Discriminator:
    torch.manual_seed(0)
    size = {"channel_base": 128, "channel_max": 16}
    return Discriminator(c_dim=c_dim, img_resolution=16, img_channels=3, **size, **kwargs).eval()


def trainable_names(network: Discriminator) -> list[str]:
    return [name for name, _ in network.named_parameters()]


def frozen_names(network: Discriminator) -> list[str]:
    return [n for n, _ in network.named_buffers() if n.endswith(("weight", "bias"))]


@pytest.mark.parametrize("name", NAMES)
def test_golden_names_and_shapes(name: str) -> None:
    golden = read_golden(name)
    state = load_discriminator(golden).state_dict()
    assert [[k, list(v.shape)] for k, v in state.items()] == golden.config["state_keys"]


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", NAMES)
def test_golden_logits_and_gradient(name: str, training: bool) -> None:
    golden = read_golden(name)
    network = load_discriminator(golden).train(training)
    images, c = golden["images"].requires_grad_(), golden["c"]
    logits = network(images, c, force_fp32=True)
    assert_near(logits, golden["logits"], LOGITS_TOLERANCE, "logits")
    (gradient,) = torch.autograd.grad(logits.sum(), images)
    assert_gradient_near(gradient, golden["dimages"], GRADIENT_TOLERANCE, "dimages")
    for count in (2, 4):
        few = network(images[:count], c[:count], force_fp32=True)
        assert_near(few, golden[f"logits_first{count}"], LOGITS_TOLERANCE, f"first {count}")


@pytest.mark.parametrize("name", FREEZING)
def test_golden_frozen_layers(name: str) -> None:
    golden = read_golden(name)
    config = golden.config
    network = load_discriminator(golden)
    assert trainable_names(network) == config["trainable"]
    assert frozen_names(network) == config["frozen"]

    functional.softplus(-network(golden["images"], golden["c"], force_fp32=True)).mean().backward()
    parameters = dict(network.named_parameters())
    for what, norm in zip(config["grad_norm_names"], golden["grad_norms"], strict=True):
        gradient = parameters[what].grad
        assert gradient is not None, what
        assert gradient.norm().item() == pytest.approx(norm.item(), rel=NORM_TOLERANCE), what


@pytest.mark.parametrize("name", FREEZING)
def test_golden_freeze_table(name: str) -> None:
    for row in read_golden(name).config["freeze_table"]:
        network = Discriminator(
            c_dim=0,
            img_resolution=row["img_resolution"],
            img_channels=3,
            architecture=row["architecture"],
            channel_base=64,
            channel_max=4,
            block_kwargs={"freeze_layers": row["freeze_layers"]},
        )
        assert sorted(trainable_names(network)) == row["trainable"], row
        assert sorted(frozen_names(network)) == row["frozen"], row
        for block, count in row["layers_per_block"].items():
            assert network.get_submodule(block).num_layers == count, row


def test_minibatch_deviation_agrees_with_its_definition() -> None:
    x = torch.randn(6, 4, 2, 3)
    y = MinibatchStdLayer(group_size=3, num_channels=2)(x)
    assert torch.equal(y[:, :4], x)
    for i in range(6):
        members = [x[j] for j in range(6) if j % 2 == i % 2]
        mean = sum(members) / 3
        deviation = (sum((m - mean) ** 2 for m in members) / 3 + 1e-8).sqrt()
        for feature in range(2):
            expected = deviation[2 * feature : 2 * feature + 2].mean()
            torch.testing.assert_close(y[i, 4 + feature], expected.expand(2, 3))


@torch.no_grad()
def test_without_minibatch_deviation_samples_are_independent() -> None:
    network = tiny_discriminator(epilogue_kwargs={"mbstd_num_channels": 0})
    images = torch.randn(3, 3, 16, 16)
    single = torch.cat([network(image[None]) for image in images])
    assert_near(network(images), single, LOGITS_TOLERANCE)


@torch.no_grad()
def test_the_label_decides_the_projection() -> None:
    network = tiny_discriminator(c_dim=3)
    images = torch.randn(1, 3, 16, 16).repeat(3, 1, 1, 1)
    logits = network(images, torch.eye(3)).flatten()
    assert (logits[0] - logits[1]).abs() > 1e-3
    assert (logits[0] - logits[2]).abs() > 1e-3
    assert network.mapping.z_dim == 0
    assert not hasattr(network.mapping, "w_avg")


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
@pytest.mark.parametrize("channels_last", [False, True])
@torch.no_grad()
def test_half_precision_blocks_run_and_stay_near(architecture: str, channels_last: bool) -> None:
    network = tiny_discriminator(
        architecture=architecture,
        num_fp16_res=1,
        conv_clamp=256,
        block_kwargs={"fp16_channels_last": channels_last},
    )
    dtypes: list[torch.dtype] = []
    for resolution in (16, 8):
        block = network.get_submodule(f"b{resolution}")
        block.register_forward_hook(lambda _m, _i, out: dtypes.append(out[0].dtype))
    images = torch.randn(4, 3, 16, 16).clamp(-1, 1)
    half = network(images, force_fp32=False)
    assert dtypes == [torch.float16, torch.float32]
    assert half.dtype == torch.float32
    full = network(images)
    assert_near(half, full, 2e-2)
    assert not torch.equal(half, full)


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_every_parameter_gets_a_gradient(architecture: str) -> None:
    network = tiny_discriminator(c_dim=2, architecture=architecture).train()
    c = torch.eye(2)[[0, 1, 0, 1]]
    functional.softplus(network(torch.randn(4, 3, 16, 16), c)).sum().backward()
    assert [k for k, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_gradient_penalty_agrees_with_a_finite_difference(architecture: str) -> None:
    network = tiny_discriminator(architecture=architecture).double()
    images = torch.randn(4, 3, 16, 16, requires_grad=True, dtype=torch.float64)
    weight = network.b16.conv0.weight
    # The step is so small that no activation crosses its kink.
    step = torch.randn_like(weight) * 1e-6

    def penalty() -> torch.Tensor:
        logits = network(images)
        (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        return gradient.square().sum()

    (exact,) = torch.autograd.grad(penalty(), weight)
    with torch.no_grad():
        weight += step
    above = penalty().item()
    with torch.no_grad():
        weight -= 2 * step
    below = penalty().item()
    expected = (exact * step).sum().item()
    assert (above - below) / 2 == pytest.approx(expected, rel=1e-4)


def test_wrong_inputs_are_named() -> None:
    network = tiny_discriminator(c_dim=2)
    with pytest.raises(
        InputError, match=r"img must have the shape \[any, 3, 16, 16\], but has \[4, 3, 8, 8\]"
    ):
        network(torch.zeros(4, 3, 8, 8), torch.zeros(4, 2))
    with pytest.raises(InputError, match="c is missing"):
        network(torch.zeros(4, 3, 16, 16))
    with pytest.raises(InputError, match="batch of 6 does not divide into stddev groups of 4"):
        network(torch.zeros(6, 3, 16, 16), torch.zeros(6, 2))
    with pytest.raises(InputError, match="img_resolution must be at least 8, but is 4"):
        Discriminator(0, 4, 3)
    with pytest.raises(InputError, match="architecture must be one of .*, but is 'dense'"):
        tiny_discriminator(architecture="dense")
