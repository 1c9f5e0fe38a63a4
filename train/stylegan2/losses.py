"""Losses of StyleGAN and StyleGAN2: networks and tensors in, named scalars out.

No loss detaches a network: whoever calls one decides which network requires gradients.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks import Generator, StyleGAN1Generator
from mbtiface.networks.mapping import mix_styles

AnyGenerator = Generator | StyleGAN1Generator
Augment = Callable[[torch.Tensor], torch.Tensor]
"""Pictures `[batch, channels, height, width]` -> as many, as the discriminator sees them."""
Precision = Callable[[], "torch.autocast"]
"""A new autocast context for what lies between latents and logits."""


class MeanOverRanks(Protocol):
    """The mean of a scalar over all processes, with its gradient."""

    def __call__(self, value: torch.Tensor) -> torch.Tensor: ...  # noqa: D102


def unchanged(value: torch.Tensor) -> torch.Tensor:
    """Return the same tensor: no augmentation, or a mean over one process."""
    return value


def full_precision() -> torch.autocast:
    """A context that changes nothing."""
    return torch.autocast("cpu", enabled=False)


@dataclass(frozen=True)
class Scored:
    """A loss and the logits that it was read from."""

    each: torch.Tensor
    """Loss of each sample, `[batch, 1]`."""
    logits: torch.Tensor
    """What the discriminator said, `[batch, 1]`, high for real."""

    @property
    def loss(self) -> torch.Tensor:
        """Mean over the batch, a scalar."""
        return self.each.mean()


@dataclass(frozen=True)
class PathLength:
    """The path length penalty and what the running mean becomes."""

    each: torch.Tensor
    """Weighted penalty of each sample, `[batch / pl_batch_shrink]`."""
    lengths: torch.Tensor
    """Length of each sample's path, `[batch / pl_batch_shrink]`."""
    mean: torch.Tensor
    """The running mean after this batch, a scalar without gradient."""

    @property
    def loss(self) -> torch.Tensor:
        """Mean over the batch, a scalar."""
        return self.each.mean()


def generator_adversarial(fake_logits: torch.Tensor) -> torch.Tensor:
    """Non-saturating logistic loss of each sample (GAN, arXiv 1406.2661, section 3), logits' shape.

    -log(sigmoid(logits)): it keeps its gradient where the discriminator is sure.
    """
    return functional.softplus(-fake_logits)


def discriminator_adversarial(
    real_logits: torch.Tensor, fake_logits: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logistic losses -log(sigmoid(real)) and -log(1 - sigmoid(fake)) of each sample."""
    return functional.softplus(-real_logits), functional.softplus(fake_logits)


def map_styles(
    generator: AnyGenerator,
    z: torch.Tensor,  # [batch, z_dim]
    c: torch.Tensor,  # [batch, c_dim]
    other_z: torch.Tensor | None = None,  # [batch, z_dim]; None = no mixing
    cutoff: int | None = None,  # first layer that follows other_z; None = no mixing
    skip_w_avg_update: bool = False,  # leave the mapping's running mean alone
) -> torch.Tensor:
    """Return w+ [batch, num_ws, w_dim], mixed from `cutoff` on (StyleGAN, section 3.1)."""
    ws: torch.Tensor = generator.mapping(z, c, skip_w_avg_update=skip_w_avg_update)
    if other_z is None or cutoff is None:
        return ws
    others = generator.mapping(other_z, c, skip_w_avg_update=True)
    return mix_styles(ws, others, cutoff)  # [batch, num_ws, w_dim]


def generator_loss(
    generator: AnyGenerator,
    discriminator: nn.Module,
    ws: torch.Tensor,  # [batch, num_ws, w_dim]
    c: torch.Tensor,  # [batch, c_dim]
    noise_mode: str = "random",  # "random" or "const"
    augment: Augment = unchanged,
    precision: Precision = full_precision,
) -> Scored:
    """How far samples are from passing as real (StyleGAN2, arXiv 1912.04958, appendix B)."""
    with precision():
        images = generator.synthesis(ws, noise_mode=noise_mode)
    seen = augment(images.to(ws.dtype))  # colours and places are worth full precision
    with precision():
        logits = discriminator(seen, c).to(ws.dtype)  # [batch, 1]
    return Scored(generator_adversarial(logits), logits)


def discriminator_loss(
    discriminator: nn.Module,
    real: torch.Tensor,  # [batch, channels, height, width], -1..1
    real_c: torch.Tensor,  # [batch, c_dim]
    fake: torch.Tensor,  # [batch, channels, height, width], about -1..1
    fake_c: torch.Tensor,  # [batch, c_dim]
    augment: Augment = unchanged,
    precision: Precision = full_precision,
) -> tuple[Scored, Scored]:
    """How far the discriminator is from telling apart: its losses on real and on fake pictures."""
    seen_fake, seen_real = augment(fake), augment(real)
    with precision():
        fake_logits = discriminator(seen_fake, fake_c).to(fake.dtype)  # [batch, 1]
        real_logits = discriminator(seen_real, real_c).to(real.dtype)  # [batch, 1]
    on_real, on_fake = discriminator_adversarial(real_logits, fake_logits)
    return Scored(on_real, real_logits), Scored(on_fake, fake_logits)


def r1_loss(
    discriminator: nn.Module,
    real: torch.Tensor,  # [batch, channels, height, width], -1..1
    c: torch.Tensor,  # [batch, c_dim]
    gamma: float,  # weight of the penalty, above 0
    augment: Augment = unchanged,
) -> Scored:
    """R1: gamma / 2 times the squared gradient at real pictures (arXiv 1801.04406, equation 9).

    The gradient is taken before the augmentation: published gammas were found so. Parameters that
    the penalty does not depend on, such as the last bias, get a gradient of zero.
    """
    images = real.detach().requires_grad_()
    logits = discriminator(augment(images), c)  # [batch, 1]
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    penalty = gradient.square().sum(dim=[1, 2, 3])[:, None]  # [batch, 1]
    return Scored(penalty * (gamma / 2) + logits * 0, logits)


def path_length_loss(
    generator: AnyGenerator,
    ws: torch.Tensor,  # [batch / pl_batch_shrink, num_ws, w_dim], of the mapping network
    noise: torch.Tensor,  # standard normal, shape of the pictures
    mean: torch.Tensor,  # the running mean so far, a scalar
    weight: float = 2.0,  # of the penalty
    decay: float = 0.01,  # share of the running mean that each batch replaces
    noise_mode: str = "random",  # "random" or "const"
    mean_over_ranks: MeanOverRanks = unchanged,
) -> PathLength:
    """Path length regularisation (StyleGAN2, arXiv 1912.04958, section 3.2, equation 4).

    The penalty is taken against the running mean *with* this batch in it, and with its gradient.
    Parameters that the penalty does not depend on get a gradient of zero.
    """
    if not ws.requires_grad:  # a frozen mapping
        ws = ws.detach().requires_grad_()
    images = generator.synthesis(ws, noise_mode=noise_mode)
    if noise.shape != images.shape:
        raise InputError(
            f"noise must have the pictures' shape {list(images.shape)}, but has {list(noise.shape)}"
        )
    side = (images.shape[2] * images.shape[3]) ** 0.5
    (slopes,) = torch.autograd.grad((images * (noise / side)).sum(), ws, create_graph=True)
    lengths = slopes.square().sum(dim=2).mean(dim=1).sqrt()  # [batch / pl_batch_shrink]
    updated = mean.lerp(mean_over_ranks(lengths.mean()), decay)
    penalty = (lengths - updated).square() * weight
    return PathLength(penalty + images[:, 0, 0, 0] * 0, lengths, updated.detach())
