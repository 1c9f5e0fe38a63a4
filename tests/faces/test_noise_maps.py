import torch

from mbtiface.faces.noise_maps import noise_loss, normalise, with_noise_maps
from mbtiface.networks import Generator
from mbtiface.networks.synthesis_block import SynthesisLayer

TINY = {"channel_base": 128, "channel_max": 8}


def tiny_generator() -> Generator:
    torch.manual_seed(0)
    network = Generator(8, 0, 8, 16, 3, {"num_layers": 2}, TINY).eval().requires_grad_(False)
    for layer in network.modules():
        if isinstance(layer, SynthesisLayer):
            layer.noise_strength.fill_(0.5)
    return network


def test_every_picture_gets_maps_of_its_own() -> None:
    network = tiny_generator()
    ws = network.mapping(torch.randn(1, 8)).repeat(2, 1, 1)
    before = network.synthesis(ws, noise_mode="const")
    copied, maps = with_noise_maps(network.synthesis, 2)
    assert [tuple(each.shape) for each in maps] == [
        (2, 1, side, side) for side in (4, 8, 8, 16, 16)
    ]
    torch.testing.assert_close(copied(ws, noise_mode="const"), before)
    copied(ws, noise_mode="const")[0].sum().backward()
    assert all(each.grad is not None and each.grad[0].abs().sum() > 0 for each in maps)
    assert all(each.grad is not None and each.grad[1].abs().sum() == 0 for each in maps)
    with torch.no_grad():
        maps[-1].zero_()
    assert not torch.allclose(copied(ws, noise_mode="const"), before)
    assert torch.equal(network.synthesis(ws, noise_mode="const"), before)


def test_white_noise_costs_little_and_patterns_much() -> None:
    random = torch.Generator().manual_seed(0)
    white = torch.randn(1, 1, 64, 64, generator=random)
    blurred = torch.nn.functional.avg_pool2d(white, 3, 1, 1) * 3
    assert noise_loss([white]) < 0.2 * noise_loss([blurred])
    # All ones: the shifted product is 1 in two directions; halving doubles the map's values.
    ones = torch.ones(1, 1, 16, 16)
    assert noise_loss([ones]).item() == 2 * (1 + 4**2)


def test_normalised_maps_have_mean_0_and_mean_square_1() -> None:
    maps = [torch.randn(2, 1, 8, 8) * 3 + 1]
    normalise(maps)
    torch.testing.assert_close(maps[0].mean((1, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(maps[0].square().mean((1, 2, 3)), torch.ones(2))
