"""Networks for rendering alone give the pictures of those that they were made from."""

from typing import cast

import pytest
import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks import Generator, MobileGenerator
from mbtiface.networks.folded import Staged, fold, stage_shape
from mbtiface.networks.wavelet import inverse_haar
from tests.toy_bundle import W_DIM


@pytest.fixture(scope="module")
def mobile() -> MobileGenerator:
    """Everything that a fold touches has a value of its own: noise, biases, gains, heads."""
    torch.manual_seed(0)
    network = MobileGenerator(
        z_dim=W_DIM,
        w_dim=W_DIM,
        img_resolution=64,
        channels=(64, 32, 16),
        num_layers=2,
        head_sizes=(16, 32),
    )
    with torch.no_grad():
        for name, value in network.synthesis.state_dict().items():
            if name.endswith(("bias", "noise_const", "gain")):
                value.copy_(torch.randn(value.shape) + 1)
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize("size", [16, 32, 64])
def test_a_folded_light_network_gives_the_same_pictures(mobile: MobileGenerator, size: int) -> None:
    ws = torch.randn(3, mobile.num_ws, W_DIM)  # every row is another
    expected = mobile.synthesis(ws, size)
    assert expected.std() > 0.1
    actual = fold(mobile.synthesis, size)(ws)
    assert actual.shape == (3, 3, size, size)
    torch.testing.assert_close(actual, expected, atol=1e-5 * float(expected.abs().max()), rtol=0)


def test_folding_leaves_the_network_as_it_was(mobile: MobileGenerator) -> None:
    before = {name: value.clone() for name, value in mobile.state_dict().items()}
    folded = fold(mobile.synthesis, 32)
    with torch.no_grad():
        for value in folded.buffers():
            value.zero_()
    for name, value in mobile.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_only_what_the_size_needs_is_kept(mobile: MobileGenerator) -> None:
    def numbers(network: nn.Module) -> int:
        return sum(value.numel() for value in network.buffers())

    assert numbers(fold(mobile.synthesis, 16)) < numbers(fold(mobile.synthesis, 64))
    assert not list(fold(mobile.synthesis, 16).parameters())


def test_a_size_without_a_head_is_refused(mobile: MobileGenerator) -> None:
    with pytest.raises(InputError, match="Size 128 has no head in this network"):
        fold(mobile.synthesis, 128)


def test_stylegan2_is_drawn_with_its_stored_noise() -> None:
    torch.manual_seed(0)
    small = {"channel_base": 128, "channel_max": 8}
    network = Generator(8, 0, 8, 16, 3, mapping_kwargs={"num_layers": 1}, synthesis_kwargs=small)
    network.eval().requires_grad_(False)
    for name, value in network.synthesis.named_parameters():
        if name.endswith("noise_strength"):
            value.fill_(0.5)
    ws = torch.randn(2, network.num_ws, 8)
    expected = network.synthesis(ws, noise_mode="const")
    torch.testing.assert_close(fold(network.synthesis, 16)(ws), expected)
    assert not torch.allclose(network.synthesis(ws, noise_mode="none"), expected)


@pytest.mark.parametrize("architecture", ["skip", "resnet"])
def test_stylegan2_in_two_stages_gives_the_same_pictures(architecture: str) -> None:
    torch.manual_seed(0)
    small = {"channel_base": 128, "channel_max": 8, "architecture": architecture}
    network = Generator(8, 0, 8, 32, 3, mapping_kwargs={"num_layers": 1}, synthesis_kwargs=small)
    synthesis = network.eval().requires_grad_(False).synthesis
    if architecture != "skip":
        assert stage_shape(synthesis, 2) is None
        return
    ws = torch.randn(2, network.num_ws, 8)
    staged = cast(Staged, fold(synthesis, 32))
    for blocks in (0, 1, 2):
        features = staged.coarse(ws, blocks)
        assert features.shape[1:] == stage_shape(synthesis, blocks)
        expected = synthesis(ws, noise_mode="const")
        torch.testing.assert_close(staged.fine(features, ws, blocks), expected)
    assert stage_shape(synthesis, 3) is None  # nothing would be left


def test_bands_in_blocks_are_the_bands_of_the_transform() -> None:
    from mbtiface.networks.folded_mobile import _bands, _pixels

    x = torch.randn(2, 24, 5, 3)
    torch.testing.assert_close(_pixels(x[:, _bands(24)]) * 0.5, inverse_haar(x))
