"""The discriminator of a distillation: tells the student's pictures from the teacher's."""

import math
from collections.abc import Mapping
from typing import Any

import torch

from mbtiface.errors import SourceError
from mbtiface.networks.discriminator import Discriminator
from mbtiface.weights.bundle import Bundle, load_part
from train.runs.distributed import Ranks, average_gradients
from train.stylegan2.losses import Precision, discriminator_loss, generator_adversarial, r1_loss

GROUP = 4
"""Most samples of a minibatch-stddev group."""


class Adversary:
    """A discriminator, its optimiser, and how far they are."""

    def __init__(
        self,
        network: Discriminator,  # Requires no gradients at rest.
        ranks: Ranks,
        learning_rate: float,
        r1_gamma: float,  # Weight of the gradient penalty; 0 = none.
        r1_interval: int,  # Steps between penalties.
    ) -> None:
        self.network = network.to(ranks.device).train().requires_grad_(False)
        self.ranks = ranks
        self.r1_gamma = r1_gamma
        self.r1_interval = r1_interval
        # A penalty every n steps is an optimiser of n + 1 steps (StyleGAN2, appendix B).
        lazy = r1_interval / (r1_interval + 1) if r1_gamma else 1.0
        self.optimizer = torch.optim.Adam(
            network.parameters(), learning_rate * lazy, betas=(0.0, 0.99**lazy)
        )
        self.steps = 0

    def student_loss(self, pictures: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """How far the student's pictures are from passing; gradients reach the pictures alone."""
        return generator_adversarial(self.network(pictures, labels).float()).mean()

    def learn(
        self,
        real: torch.Tensor,
        made: torch.Tensor,
        labels: torch.Tensor,
        precision: Precision,
    ) -> dict[str, float]:
        """One step on the teacher's pictures (`real`) and the student's.

        Args:
            real: `[batch, 3, size, size]`.
            made: of the same shape; no gradients reach it.
            labels: `[batch, c_dim]`.
            precision: context of the forward passes; a penalty is always in float32.

        Returns:
            Loss, mean logits and, where it was taken, penalty, by name.
        """
        self.network.requires_grad_(True)
        self.optimizer.zero_grad()
        on_real, on_made = discriminator_loss(
            self.network, real, labels, made.detach(), labels, precision=precision
        )
        (on_real.loss + on_made.loss).backward()
        values = {
            "discriminator": (on_real.loss + on_made.loss).item(),
            "logits_teacher": on_real.logits.mean().item(),
            "logits_student": on_made.logits.mean().item(),
        }
        if self.r1_gamma and self.steps % self.r1_interval == 0:
            penalty = r1_loss(self.network, real, labels, self.r1_gamma).loss
            (penalty * self.r1_interval).backward()
            values["r1"] = penalty.item()
        average_gradients(self.network.parameters(), self.ranks)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.network.requires_grad_(False)
        self.steps += 1
        return values

    def state_dict(self) -> dict[str, Any]:
        """What going on needs."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a kept state."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = int(state["steps"])


def choose_discriminator(
    bundle: Bundle, img_resolution: int, base: int, most: int, batch: int, seed: int
) -> Discriminator:
    """The teacher bundle's own discriminator, or a new small one without labels.

    Args:
        bundle: of the teacher.
        img_resolution: size of the pictures in px.
        base: channels of a new one times the size in px that they see.
        most: most channels of a new one.
        batch: pictures that one process shows it at a time.
        seed: of a new one's weights.

    Raises:
        BundleError: the bundle's does not load.
        SourceError: the bundle's is for other pictures, or cannot group the batch.
    """
    if not bundle.files("discriminator"):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return Discriminator(
                c_dim=0,
                img_resolution=img_resolution,
                img_channels=3,
                channel_base=base,
                channel_max=most,
                epilogue_kwargs={"mbstd_group_size": math.gcd(batch, GROUP)},
            )
    network = load_part(bundle, "discriminator", {"Discriminator": Discriminator})
    assert isinstance(network, Discriminator)
    if network.img_resolution != img_resolution or network.img_channels != 3:
        raise SourceError(
            f"The bundle's discriminator looks at {network.img_resolution} px with "
            f"{network.img_channels} channels, not at {img_resolution} px with 3."
        )
    layer = network.b4.mbstd
    group = batch if layer is None or layer.group_size is None else min(layer.group_size, batch)
    if batch % group:
        raise SourceError(
            f"The bundle's discriminator groups {group} pictures, which do not divide the {batch} "
            "of one process. Choose another batch."
        )
    return network


def labels_for(
    network: Discriminator, labels: torch.Tensor | None, ws: torch.Tensor
) -> torch.Tensor:
    """Labels `[batch, c_dim]` of w+ for a discriminator; empty ones where it takes none.

    Raises:
        SourceError: it wants labels of another size than the latents were drawn with.
    """
    if network.c_dim == 0:
        return ws.new_zeros(len(ws), 0)
    if labels is None or labels.shape[1] != network.c_dim:
        have = 0 if labels is None else labels.shape[1]
        raise SourceError(
            f"The bundle's discriminator takes labels of {network.c_dim} numbers, but its "
            f"generator has {have}."
        )
    return labels


def precision_of(device: torch.device, half: bool) -> Precision:
    """A maker of autocast contexts: bf16 where `half`, else one that changes nothing."""
    return lambda: torch.autocast(device.type, torch.bfloat16, enabled=half)
