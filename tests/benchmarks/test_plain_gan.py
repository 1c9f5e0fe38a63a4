"""The baseline is the same network: equal pictures, logits and gradients."""

import torch

from mbtiface.networks import Discriminator, Generator
from tests.benchmarks.plain_gan import PlainDiscriminator, PlainGenerator
from tests.golden_files import assert_near


def randomised(network: torch.nn.Module) -> torch.nn.Module:
    """What starts at zero would hide mistakes."""
    for name, parameter in network.named_parameters():
        if name.endswith(("bias", "noise_strength")):
            torch.nn.init.normal_(parameter)
    return network


def test_plain_pictures_are_those_of_the_generator() -> None:
    torch.manual_seed(0)
    network = randomised(Generator(8, 0, 8, 32, 3, {"num_layers": 2}, {"channel_base": 256}))
    plain = PlainGenerator(network.train())
    ws = network.mapping(torch.randn(3, 8)).detach().requires_grad_()
    expected = network.synthesis(ws, noise_mode="const")
    actual = plain.synthesis(ws, noise_mode="const")
    assert_near(actual, expected, 1e-5)
    slopes = [torch.autograd.grad(y.square().sum(), ws)[0] for y in (actual, expected)]
    assert_near(slopes[0], slopes[1], 1e-4)


def test_plain_logits_are_those_of_the_discriminator() -> None:
    torch.manual_seed(0)
    network = randomised(Discriminator(0, 32, 3, channel_base=256))
    pictures = torch.randn(4, 3, 32, 32, requires_grad=True)
    expected, actual = network(pictures, None), PlainDiscriminator(network)(pictures)
    assert_near(actual, expected, 1e-5)
    slopes = [torch.autograd.grad(y.sum(), pictures)[0] for y in (actual, expected)]
    assert_near(slopes[0], slopes[1], 1e-4)
