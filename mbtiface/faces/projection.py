"""Inversion by optimisation: moves latents until the generator draws what a picture shows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.faces.adam import Adam
from mbtiface.faces.half_precision import has_bfloat16
from mbtiface.faces.noise_maps import noise_loss, normalise, with_noise_maps
from mbtiface.faces.projection_options import REFINEMENT, ProjectionOptions, ramp
from mbtiface.faces.whitening import Whitening
from mbtiface.networks.mobile import MobileSynthesis, block_of
from mbtiface.networks.perceptual import PerceptualFeatures, feature_distance
from mbtiface.networks.synthesis import SynthesisNetwork

OnStep = Callable[[int, int, float], None]
"""Told after each step: steps done, steps in all, mean loss. What it raises ends the projection."""


@dataclass(frozen=True)
class Projection:
    """What was found."""

    w: torch.Tensor
    """`[batch, num_ws, w_dim]` float32."""
    losses: torch.Tensor
    """`[steps, batch]`, regularisation included."""


def project(
    synthesis: nn.Module,
    perceptual: PerceptualFeatures,
    target: torch.Tensor,
    start: torch.Tensor,
    statistics: Whitening,
    options: ProjectionOptions = REFINEMENT,
    on_step: OnStep | None = None,
) -> Projection:
    """Move latents until the pictures look like the targets.

    Faces of a batch do not influence each other. A row that does not act at the picture's size
    follows the last one that does.

    Args:
        synthesis: of a `Generator` or a `MobileGenerator`.
        perceptual: features to compare by.
        target: `[batch, 3, s, s]`, -1..1.
        start: `[batch, num_ws, w_dim]`.
        statistics: of the generator's W.
        options: how.
        on_step: called after each step.

    Raises:
        InputError: shapes that do not fit.
    """
    _check(synthesis, target, start)
    # Gradients are needed whatever the caller's mode, so inference tensors are copied.
    with torch.inference_mode(False), torch.enable_grad():
        target, start = target.clone(), start.detach().float().clone()
        run = _Run(synthesis, perceptual, target, start, statistics.to(start.device), options)
        losses = []
        for step in range(options.steps):
            loss = run.advance(step)  # [batch]
            losses.append(loss)
            if on_step is not None:
                on_step(step + 1, options.steps, loss.mean().item())
        stacked = torch.stack(losses) if losses else start.new_zeros(0, len(start))
        return Projection(run.latents().detach(), stacked)


class _Run:
    """One projection at work."""

    def __init__(
        self,
        synthesis: nn.Module,
        perceptual: PerceptualFeatures,
        target: torch.Tensor,
        start: torch.Tensor,
        statistics: Whitening,
        options: ProjectionOptions,
    ) -> None:
        # A 1x1 convolution answers in this format whatever comes in: in the other, features would
        # change format twice a layer, a third of a step's time.
        formatted = isinstance(synthesis, MobileSynthesis)
        self.synthesis = synthesis.to(memory_format=torch.channels_last) if formatted else synthesis
        self.perceptual = perceptual
        self.statistics = statistics
        self.options = options
        self.num_ws = start.shape[1]
        full = int(synthesis.img_resolution)  # type: ignore[arg-type]  # an int on every synthesis
        self.size = min(options.size, full, target.shape[-1])
        self.target = shrink(target, self.size)
        with torch.no_grad():
            self.target_features = perceptual(self.target)
        acting = start[:, : acting_rows(synthesis, self.size)]
        rows = statistics.to_v(acting)  # [batch, acting, w_dim]
        self.common = rows.mean(1, keepdim=True).requires_grad_()  # [batch, 1, w_dim]
        offsets = rows - self.common.detach() if options.w_plus else torch.zeros_like(rows)
        self.offsets = offsets.requires_grad_(options.w_plus)  # [batch, acting, w_dim]
        self.maps: list[torch.Tensor] = []
        if options.noise_weight > 0 and isinstance(synthesis, SynthesisNetwork):
            self.synthesis, self.maps = with_noise_maps(synthesis, len(start))
        self.half = has_bfloat16(start.device)
        self.random = torch.Generator().manual_seed(options.seed)
        self.optimizer = Adam(list(self._moving()), betas=(0.9, 0.99))

    def advance(self, step: int) -> torch.Tensor:
        """One step; returns the losses before it, `[batch]`."""
        part = step / self.options.steps
        w = self.latents(self._shift(part))  # outside: latents keep their precision
        with torch.autocast(w.device.type, torch.bfloat16, enabled=self.half):
            pictures = render_at(self.synthesis, w, self.size).float()
            features = self.perceptual(pictures)
        loss = self._loss(pictures, features)
        loss.sum().backward()
        self.optimizer.step(self.options.learning_rate * ramp(part, self.options))
        normalise(self.maps)
        return loss.detach()

    def latents(self, shift: torch.Tensor | float = 0.0) -> torch.Tensor:
        """`[batch, num_ws, w_dim]`, the rows that do not act following the last that does."""
        w = self.statistics.to_w(self.common + self.offsets + shift)  # [batch, acting, w_dim]
        following = w[:, -1:].expand(-1, self.num_ws - w.shape[1], -1)
        return torch.cat([w, following], dim=1)

    def _loss(self, pictures: torch.Tensor, features: Sequence[torch.Tensor]) -> torch.Tensor:
        options = self.options
        loss = options.pixel_weight * (pictures - self.target).abs().mean((1, 2, 3))
        distance = feature_distance(features, self.target_features)
        loss = loss + options.perceptual_weight * distance
        loss = loss + options.pull * self.common.square().mean((1, 2))
        loss = loss + options.delta * self.offsets.square().mean((1, 2))
        if self.maps:
            loss = loss + options.noise_weight * noise_loss(self.maps)
        return loss  # [batch]

    def _shift(self, part: float) -> torch.Tensor:
        fading = max(0.0, 1.0 - part / self.options.jitter_part)
        noise = torch.randn(self.common.shape, generator=self.random).to(self.common.device)
        return noise * (self.options.jitter * fading**2)

    def _moving(self) -> Iterator[torch.Tensor]:
        yield self.common
        if self.options.w_plus:
            yield self.offsets
        yield from self.maps


def acting_rows(synthesis: nn.Module, size: int) -> int:
    """Rows of w+ that act on the picture that `render_at` makes of this size."""
    if isinstance(synthesis, MobileSynthesis):
        return min(2 * block_of(_drawn_size(synthesis, size)) + 4, synthesis.num_ws)
    return int(synthesis.num_ws)  # type: ignore[arg-type]  # an int on every synthesis


def render_at(synthesis: nn.Module, ws: torch.Tensor, size: int) -> torch.Tensor:
    """Pictures of latents `[batch, num_ws, w_dim]`, with gradients: `[batch, 3, size, size]`."""
    if isinstance(synthesis, MobileSynthesis):
        return shrink(synthesis(ws, _drawn_size(synthesis, size)), size)
    return shrink(synthesis(ws, noise_mode="const"), size)


def shrink(pictures: torch.Tensor, size: int) -> torch.Tensor:
    """Reduce square pictures to a size by area averaging; those of the size stay."""
    if pictures.shape[-1] == size:
        return pictures
    return functional.interpolate(pictures, size=(size, size), mode="area")


def _drawn_size(synthesis: MobileSynthesis, size: int) -> int:
    return min((each for each in synthesis.sizes if each >= size), default=synthesis.sizes[-1])


def _check(synthesis: nn.Module, target: torch.Tensor, start: torch.Tensor) -> None:
    expected = (len(start), int(synthesis.num_ws), int(synthesis.w_dim))  # type: ignore[arg-type]
    if start.ndim != 3 or tuple(start.shape) != expected:
        raise InputError(
            f"Latents are {list(start.shape)}, but must be [batch, {expected[1]}, {expected[2]}]."
        )
    square = target.ndim == 4 and target.shape[2] == target.shape[3]
    if not square or target.shape[:2] != (len(start), 3):
        raise InputError(
            f"Target pictures are {list(target.shape)}, but must be [{len(start)}, 3, s, s]."
        )
