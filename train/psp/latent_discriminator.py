"""e4e's latent discriminator: tells w of the mapping from an encoder's (arXiv 2102.02766, 4)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from mbtiface.errors import InputError, SourceError
from mbtiface.networks.layers import FullyConnectedLayer
from mbtiface.networks.mapping import MappingNetwork, random_labels
from mbtiface.networks.shapes import check_shape
from train.psp.losses import discriminator_adversarial, encoder_adversarial, r1_penalty
from train.runs.distributed import Ranks, average_gradients

NUM_LAYERS = 4
POOL_SIZE = 50
"""Fake w that are remembered: e4e's number."""
R1_GAMMA = 10.0
LEARNING_RATE = 4.5e-4
"""e4e's 2e-5 times sqrt(512): equalised weights are that much larger than what they stand for."""


class LatentDiscriminator(nn.Module):
    """Fully connected network from single w to logits, above 0 for real ones."""

    def __init__(
        self,
        w_dim: int = 512,  # size of one w
        num_layers: int = NUM_LAYERS,  # fully connected layers, the last one to the logit
    ) -> None:
        super().__init__()
        if num_layers < 1:
            raise InputError(f"num_layers must be at least 1, but is {num_layers}")
        self.w_dim = w_dim
        hidden = [
            FullyConnectedLayer(w_dim, w_dim, activation="lrelu") for _ in range(num_layers - 1)
        ]
        self.layers = nn.Sequential(*hidden, FullyConnectedLayer(w_dim, 1))

    def forward(self, w: torch.Tensor) -> torch.Tensor:
        """Map `[batch, w_dim]` to logits `[batch]`; InputError for another width."""
        check_shape("w", w, [None, self.w_dim])
        return self.layers(w)[:, 0]


class LatentPool:
    """Fake w of earlier steps, so that the discriminator does not forget them."""

    def __init__(
        self,
        size: int = POOL_SIZE,  # w kept; 0 = none
    ) -> None:
        self.size = size
        self.kept: list[torch.Tensor] = []

    def exchange(self, w: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """Take in w `[batch, w_dim]`, give out as many, about half of them older ones.

        While the pool fills up, it gives out what it takes in.
        """
        given = []
        for each in w:
            if len(self.kept) < self.size:
                self.kept.append(each.clone())
                given.append(each)
            elif self.size and torch.rand((), generator=random) < 0.5:
                place = int(torch.randint(self.size, (), generator=random))
                given.append(self.kept[place])
                self.kept[place] = each.clone()
            else:
                given.append(each)
        return torch.stack(given)


class LatentDiscriminatorFit:
    """The discriminator, its optimiser, its pool and how far they are."""

    def __init__(
        self,
        mapping: MappingNetwork,  # whose w are the real ones; without labels
        z_dim: int,  # size of the mapping's input
        seed: int,  # of first weights and draws
        device: torch.device | str = "cpu",  # where the w of `step` and `encoder_loss` lie
        learning_rate: float = LEARNING_RATE,
        r1_gamma: float = R1_GAMMA,  # weight of the gradient penalty; 0 = none
        pool_size: int = POOL_SIZE,  # fake w remembered; 0 = none
    ) -> None:
        self.mapping = mapping
        self.z_dim = z_dim
        self.seed = seed
        self.device = torch.device(device)
        self.r1_gamma = r1_gamma
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = LatentDiscriminator(mapping.w_dim)
        # At rest it requires no gradients: the encoder's step must not leave any here.
        self.network = network.to(self.device).requires_grad_(False)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=learning_rate)
        self.pool = LatentPool(pool_size)
        self.steps = 0

    def encoder_loss(self, ws: torch.Tensor) -> torch.Tensor:
        """How far every row of w+ `[batch, num_ws, w_dim]` is from passing as a real w: a scalar.

        Gradients reach ws alone.
        """
        return encoder_adversarial(self.network(ws.float().flatten(0, 1)))

    def step(self, ws: torch.Tensor, ranks: Ranks | None = None) -> dict[str, float]:
        """Learn from as many real w as there are fake ones, one random row of each w+.

        Args:
            ws: what an encoder made, `[batch, num_ws, w_dim]`; no gradients reach it.
            ranks: processes to share gradients with; None = this one is alone.

        Returns:
            Loss, penalty and mean logits, by name.
        """
        random = self._random(0 if ranks is None else ranks.rank)
        real = self._sample(len(ws), random).requires_grad_()  # [batch, w_dim]
        rows = torch.randint(ws.shape[1], (len(ws),), generator=random).to(ws.device)
        fake = ws.detach().float()[torch.arange(len(ws), device=ws.device), rows]
        fake = self.pool.exchange(fake, random)  # [batch, w_dim]
        self.network.requires_grad_(True)
        # A caller may be inside no_grad or autocast; a penalty on gradients needs neither.
        with torch.enable_grad(), torch.autocast(self.device.type, enabled=False):
            real_logits, fake_logits = self.network(real), self.network(fake)
            loss = discriminator_adversarial(real_logits, fake_logits)
            penalty = torch.zeros_like(loss)
            if self.r1_gamma:
                penalty = r1_penalty(real_logits, real, self.r1_gamma)
            self.optimizer.zero_grad()
            (loss + penalty).backward()
        if ranks is not None:
            average_gradients(self.network.parameters(), ranks)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.network.requires_grad_(False)
        self.steps += 1
        return {
            "latent_discriminator": loss.item(),
            "latent_r1": penalty.item(),
            "latent_real": real_logits.mean().item(),
            "latent_fake": fake_logits.mean().item(),
        }

    def state_dict(self) -> dict[str, Any]:
        """What going on needs: tensors and plain values only, read by a `weights_only` load."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "pool": torch.stack(self.pool.kept).cpu() if self.pool.kept else None,
            "steps": self.steps,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a kept state; with the same seed, as if there had been no stop.

        Several processes share the first one's pool from there.

        Raises:
            SourceError: the state is of something else.
        """
        try:
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            kept, self.steps = state["pool"], int(state["steps"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise SourceError(
                f"The kept state holds no latent discriminator of {self.mapping.w_dim} numbers a w "
                f"({error}). The run was made without the adversarial term or with another "
                "generator: start a new one."
            ) from error
        # Clones: rows of one tensor would keep all of it alive as they are replaced.
        kept = [] if kept is None else kept[: self.pool.size]
        self.pool.kept = [each.clone().to(self.device) for each in kept]

    def _random(self, rank: int) -> torch.Generator:
        # Draws follow from the step's number: a run that goes on needs no generator's state.
        (seed,) = np.random.SeedSequence([self.seed, rank, self.steps]).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(seed) >> 1)

    @torch.no_grad()
    def _sample(self, count: int, random: torch.Generator) -> torch.Tensor:
        where = next(self.mapping.parameters())
        z = torch.randn(count, self.z_dim, generator=random).to(where.device, where.dtype)
        c = random_labels(self.mapping, count, random)
        c = None if c is None else c.to(where.device)
        w = self.mapping(z, c, skip_w_avg_update=True)
        w = w if self.mapping.num_ws is None else w[:, 0]  # [count, w_dim]
        return w.to(self.device, torch.float32)
