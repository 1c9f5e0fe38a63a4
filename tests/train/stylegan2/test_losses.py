"""Losses against plain formulas in float64, their second derivatives included."""

import pytest
import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks import Discriminator, Generator, StyleGAN1Generator
from train.stylegan2.losses import (
    discriminator_adversarial,
    discriminator_loss,
    generator_adversarial,
    generator_loss,
    map_styles,
    path_length_loss,
    r1_loss,
)

STEP = 1e-6
SMALL = {"channel_base": 32, "channel_max": 4}


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    network = Generator(4, 0, 4, 8, 3, {"num_layers": 2}, SMALL).double()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.3)
    return network


@pytest.fixture
def discriminator() -> Discriminator:
    torch.manual_seed(1)
    # One group: deviations within pairs are ill-conditioned in the second order.
    return Discriminator(0, 8, 3, epilogue_kwargs={"mbstd_group_size": 4}, **SMALL).double()


def pictures(seed: int, count: int = 4) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 8, 8, generator=random, dtype=torch.float64)


def none(count: int = 4) -> torch.Tensor:
    return torch.zeros(count, 0, dtype=torch.float64)


def check_by_differences(network: nn.Module, loss_of: object) -> None:
    """Compare every parameter's gradient along a random direction with central differences."""
    network.zero_grad()
    loss_of().backward()
    random = torch.Generator().manual_seed(5)
    for name, parameter in network.named_parameters():
        if parameter.grad is None:
            continue
        direction = torch.randn(parameter.shape, generator=random, dtype=torch.float64)
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                parameter.add_(direction, alpha=sign * STEP)
            values.append(loss_of().item())
            with torch.no_grad():
                parameter.sub_(direction, alpha=sign * STEP)
        slope = (values[0] - values[1]) / (2 * STEP)
        found = (parameter.grad * direction).sum().item()
        assert found == pytest.approx(slope, rel=1e-4, abs=1e-7), name


def test_adversarial_losses_are_logarithms_of_probabilities() -> None:
    logits = torch.tensor([[-3.0], [0.0], [2.0]], dtype=torch.float64)
    probability = 1 / (1 + torch.exp(-logits))
    torch.testing.assert_close(generator_adversarial(logits), -probability.log())
    real, fake = discriminator_adversarial(logits, logits.flip(0))
    torch.testing.assert_close(real, -probability.log())
    torch.testing.assert_close(fake, -(1 - probability.flip(0)).log())


def test_sure_discriminators_give_finite_losses() -> None:
    logits = torch.tensor([[-1e4], [1e4]])
    assert generator_adversarial(logits).tolist() == [[1e4], [0.0]]


def test_gradients_of_the_adversarial_losses(
    generator: Generator, discriminator: Discriminator
) -> None:
    z = torch.randn(4, 4, dtype=torch.float64)

    def of_generator() -> torch.Tensor:
        ws = map_styles(generator, z, none(), skip_w_avg_update=True)
        return generator_loss(generator, discriminator, ws, none(), "const").loss

    check_by_differences(generator, of_generator)

    def of_discriminator() -> torch.Tensor:
        scored = discriminator_loss(discriminator, pictures(0), none(), pictures(1), none())
        return scored[0].loss + scored[1].loss

    check_by_differences(discriminator, of_discriminator)


def test_r1_by_differences(discriminator: Discriminator) -> None:
    """The penalty is gamma / 2 of a squared gradient, itself taken by differences here."""
    real, gamma = pictures(2), 3.0
    each = r1_loss(discriminator, real, none(), gamma).each
    slopes = torch.zeros(4, real[0].numel(), dtype=torch.float64)
    with torch.no_grad():
        for sample in range(4):
            for entry in range(real[0].numel()):
                ends = []
                for sign in (1, -1):
                    moved = real.clone()
                    moved[sample].view(-1)[entry] += sign * STEP
                    ends.append(discriminator(moved, none()).sum())
                slopes[sample, entry] = (ends[0] - ends[1]) / (2 * STEP)
    expected = gamma / 2 * slopes.square().sum(1, keepdim=True)
    torch.testing.assert_close(each.detach(), expected, rtol=1e-5, atol=1e-7)


def test_second_order_of_r1(discriminator: Discriminator) -> None:
    check_by_differences(
        discriminator, lambda: r1_loss(discriminator, pictures(2), none(), 3.0).loss
    )
    # The penalty does not depend on the last bias: its gradient is zero, not missing.
    assert discriminator.b4.out.bias.grad.item() == 0.0


def test_r1_looks_through_the_augmentation(discriminator: Discriminator) -> None:
    """Pictures twice as bright before the discriminator: a slope twice as large."""
    plain = r1_loss(discriminator, pictures(3) * 2, none(), 1.0).each
    seen = r1_loss(discriminator, pictures(3), none(), 1.0, lambda images: images * 2).each
    torch.testing.assert_close(seen, plain * 4)


def path_length(generator: Generator, mean: float = 0.4) -> object:
    z = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(8))
    ws = map_styles(generator, z, none(3), skip_w_avg_update=True)
    start = torch.tensor(mean, dtype=torch.float64)
    return path_length_loss(generator, ws, pictures(4, 3), start, 2.0, 0.1, "const")


def test_path_length_is_the_norm_of_the_jacobian_times_noise(generator: Generator) -> None:
    """Equation 4, with the whole Jacobian built row by row."""
    z = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(8))
    ws = map_styles(generator, z, none(3), skip_w_avg_update=True).detach()
    noise = pictures(4, 3)
    lengths = []
    for row, field in zip(ws, noise, strict=True):

        def render(w: torch.Tensor) -> torch.Tensor:
            return generator.synthesis(w[None], noise_mode="const")[0].flatten()

        jacobian = torch.autograd.functional.jacobian(render, row)  # [pixels, num_ws, w_dim]
        pulled = torch.einsum("p,pkw->kw", field.flatten() / 8.0, jacobian)
        lengths.append(pulled.square().sum(1).mean().sqrt())
    expected = torch.stack(lengths)
    found = path_length(generator)
    torch.testing.assert_close(found.lengths.detach(), expected)
    mean = 0.9 * 0.4 + 0.1 * expected.mean()
    torch.testing.assert_close(found.mean, mean)
    torch.testing.assert_close(found.each.detach(), 2.0 * (expected - mean).square())


def test_second_order_of_the_path_length(generator: Generator) -> None:
    check_by_differences(generator, lambda: path_length(generator).loss)
    # Colours' biases do not change a slope: zero, not missing, for Adam's sake.
    assert torch.equal(generator.synthesis.b8.torgb.bias.grad, torch.zeros(3).double())


def test_the_mean_over_processes_enters_the_penalty(generator: Generator) -> None:
    z = torch.randn(2, 4, dtype=torch.float64)
    ws = map_styles(generator, z, none(2), skip_w_avg_update=True)
    start = torch.tensor(0.0, dtype=torch.float64)
    found = path_length_loss(
        generator, ws, pictures(4, 2), start, 2.0, 0.5, "const", lambda mean: mean + 6.0
    )
    torch.testing.assert_close(found.mean, (found.lengths.mean() + 6.0).detach() / 2)


def test_noise_of_another_shape_is_refused(generator: Generator) -> None:
    ws = map_styles(generator, torch.randn(2, 4), none(2))
    with pytest.raises(InputError, match=r"noise must have the pictures' shape \[2, 3, 8, 8\]"):
        path_length_loss(generator, ws, pictures(0, 3), torch.zeros(()))


def test_mixing_takes_later_layers_from_another_latent(generator: Generator) -> None:
    z, other = torch.randn(2, 2, 4, dtype=torch.float64)
    plain, others = (map_styles(generator, each, none(2)) for each in (z, other))
    mixed = map_styles(generator, z, none(2), other, 2)
    torch.testing.assert_close(mixed[:, :2], plain[:, :2])
    torch.testing.assert_close(mixed[:, 2:], others[:, 2:])


def test_the_first_stylegan_has_the_same_losses() -> None:
    torch.manual_seed(2)
    generator = StyleGAN1Generator(4, 0, 4, 8, 3, {"num_layers": 2}, SMALL).double()
    with torch.no_grad():  # a constant map has no deviation to divide by
        nn.init.normal_(generator.synthesis.const)
    discriminator = Discriminator(0, 8, 3, architecture="orig", **SMALL).double()
    z = torch.randn(4, 4, dtype=torch.float64)

    def loss() -> torch.Tensor:
        ws = map_styles(generator, z, none(), skip_w_avg_update=True)
        return generator_loss(generator, discriminator, ws, none(), "const").loss

    check_by_differences(generator, loss)
    check_by_differences(discriminator, lambda: r1_loss(discriminator, pictures(6), none(), 1).loss)
