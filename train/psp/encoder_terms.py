"""The loss of an encoder: named terms, each already times its weight."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional

from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from train.psp.encoder_options import TermWeights
from train.psp.face_samples import Batch
from train.psp.latent_discriminator import LatentDiscriminatorFit
from train.psp.losses import delta_norm, pixel_l2, w_norm
from train.psp.reconstruction import Reconstruction
from train.runs.distributed import Ranks

PictureDistance = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Two `[batch, 3, size, size]` -> `[batch]`."""


class Terms:
    """Everything that the loss is made of, on one device."""

    def __init__(
        self,
        weights: TermWeights,
        reconstruction: Reconstruction,
        w_avg: torch.Tensor,  # [w_dim]
        to_codes: torch.Tensor,  # w - w_avg -> code, [w_dim, w_dim].
        metric: torch.Tensor,  # [w_dim, w_dim], mean eigenvalue over codes about 1.
        perceptual: PerceptualFeatures | None,
        published: Mapping[str, PictureDistance],  # `lpips`, `identity`, `moco`, if switched on.
        discriminator: LatentDiscriminatorFit | None,  # If `adversarial` is switched on.
    ) -> None:
        self.weights = weights
        self.reconstruction = reconstruction
        self.w_avg = w_avg
        self.to_codes = to_codes
        self.metric = metric
        self.perceptual = perceptual
        self.published = published
        self.discriminator = discriminator

    def __call__(self, ws: torch.Tensor, batch: Batch) -> dict[str, torch.Tensor]:
        """Terms of w+ `[batch, num_ws, w_dim]` that an encoder gave for a batch."""
        values = self._latent_terms(ws, batch)
        if self.weights.through_generator:
            values |= self._picture_terms(ws, batch)
        return values

    def _latent_terms(self, ws: torch.Tensor, batch: Batch) -> dict[str, torch.Tensor]:
        seen = ws[:, : self.reconstruction.visible]  # rows that a picture of this size shows
        error = seen - batch.ws.to(ws.device)[:, : seen.shape[1]]
        weights = self.weights
        counts = torch.where(batch.mixed, weights.mixed, 1.0) * batch.known
        counts = (counts / counts.mean().clamp_min(1e-6)).to(ws.device)  # [batch]
        values = {}
        if weights.latent:
            codes = functional.linear(error, self.to_codes)
            lengths = codes.square().mean((1, 2))  # [batch]
            values["latent"] = weights.latent * (counts * lengths).mean()
        if weights.seen:
            lengths = (error @ self.metric * error).sum(-1).mean(1)  # [batch]
            values["seen"] = weights.seen * (counts * lengths).mean()
        if weights.w_norm:
            values["w_norm"] = weights.w_norm * w_norm(seen, self.w_avg)
        if weights.delta:
            values["delta"] = weights.delta * delta_norm(seen)
        if self.discriminator is not None:
            values["adversarial"] = weights.adversarial * self.discriminator.encoder_loss(seen)
        return values

    def _picture_terms(self, ws: torch.Tensor, batch: Batch) -> dict[str, torch.Tensor]:
        clean = batch.clean.to(ws.device)
        values = {}
        # bf16 for the two frozen networks as for the encoder: a fifth faster on CPUs that have it.
        with torch.autocast(ws.device.type, torch.bfloat16):
            pictures = self.reconstruction(ws).float()  # [batch, 3, size, size]
        if self.weights.l2:
            values["l2"] = self.weights.l2 * pixel_l2(pictures, clean)
        if self.perceptual is not None and self.weights.perceptual:
            with torch.autocast(ws.device.type, torch.bfloat16):
                distance = perceptual_distance(pictures, clean, self.perceptual).mean()
            values["perceptual"] = self.weights.perceptual * distance
        for name, distance_of in self.published.items():
            distance = distance_of(pictures, clean).mean()
            values[name] = getattr(self.weights, name) * distance
        return values

    def learn(self, ws: torch.Tensor, ranks: Ranks) -> dict[str, float]:
        """Teach what learns beside the encoder (the latent discriminator) from its w+."""
        if self.discriminator is None:
            return {}
        return self.discriminator.step(ws[:, : self.reconstruction.visible], ranks)

    def state_dict(self) -> dict[str, Any]:
        """What a run must keep beside the encoder."""
        return {} if self.discriminator is None else self.discriminator.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a kept state."""
        if self.discriminator is not None:
            self.discriminator.load_state_dict(state)
