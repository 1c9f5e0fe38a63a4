"""A StyleGAN2 rewritten for plain torch gives the pictures of the network that it was made from."""

from typing import Any

import pytest
import torch

from mbtiface.networks import Generator, StyleGAN1Generator
from mbtiface.networks.eager_stylegan2 import EagerStyleGan2, can_be_eager


def generator(size: int = 64, **changes: Any) -> Generator:
    """Random weights; noise and biases count, and kernels are of both sorts of layers."""
    torch.manual_seed(0)
    options = {"channel_base": 512, "channel_max": 48, **changes}
    network = Generator(
        16, 0, 16, size, 3, mapping_kwargs={"num_layers": 1}, synthesis_kwargs=options
    )
    network.eval().requires_grad_(False)
    for name, value in network.synthesis.named_parameters():
        if name.endswith("noise_strength"):
            value.fill_(0.5)
        if name.endswith("bias") and "affine" not in name:
            value.copy_(torch.randn(value.shape))
    return network


@pytest.mark.parametrize("size", [8, 64])
@pytest.mark.parametrize("changes", [{}, {"conv_clamp": 1.5}, {"use_noise": False}])
@torch.no_grad()
def test_pictures_are_the_same(size: int, changes: dict[str, Any]) -> None:
    network = generator(size, **changes)
    eager = EagerStyleGan2(network.synthesis)
    kinds = {layer.scales_kernels for block in eager.blocks for layer in block.layers}
    assert kinds == ({False} if size == 8 else {False, True})
    for w in torch.randn(2, 1, network.num_ws, 16):  # every layer's is another
        expected = network.synthesis(w, noise_mode="const")
        assert expected.std() > 0.3
        torch.testing.assert_close(eager(w), expected, atol=2e-5, rtol=1e-4)


@torch.no_grad()
def test_the_network_stays_as_it_was() -> None:
    network = generator()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    eager = EagerStyleGan2(network.synthesis, torch.bfloat16)
    w = torch.randn(1, network.num_ws, 16)
    assert torch.equal(eager(w), eager(w))  # what is done in place is not done to what is kept
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name


@torch.no_grad()
def test_bfloat16_stays_close_and_leaves_the_first_layers_exact() -> None:
    network = generator()
    w = torch.randn(1, network.num_ws, 16)
    eager = EagerStyleGan2(network.synthesis, torch.bfloat16)
    difference = (eager(w) - network.synthesis(w, noise_mode="const")).abs()
    assert 0 < difference.mean() < 0.02
    assert [block.dtype for block in eager.blocks] == 3 * [torch.float32] + 2 * [torch.bfloat16]


def test_other_networks_are_left_alone() -> None:
    assert can_be_eager(generator().synthesis)
    assert not can_be_eager(generator(architecture="resnet").synthesis)
    assert not can_be_eager(generator(activation="relu").synthesis)
    assert not can_be_eager(generator(kernel_size=1).synthesis)
    assert not can_be_eager(generator(resample_filter=[1, 1]).synthesis)
    first = StyleGAN1Generator(8, 0, 8, 8, 3)
    assert not can_be_eager(first.synthesis)
