"""Fits the heads that make 256- and 512-px pictures from a mobile generator's early features."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.networks.mobile import MobileGenerator, block_of
from mbtiface.networks.small_head import SmallHead
from train.mobile.head_crops import CROPS, MARGIN, block_at, channels_after
from train.mobile.head_data import CropBatch, CropCache
from train.runs.budget import passed
from train.runs.checkpoint import load_state, save_state
from train.runs.run_log import RunLog
from train.runs.schedule import schedule

HELD_OUT = 128
"""The first pictures of the cache are never trained on; they show the course of a fit."""
COLOUR_WEIGHT = 0.5
"""Weight of the error of a crop's mean colour: a shift of the whole face would be noticed."""
EDGE_WEIGHT = 0.2
"""Weight of the error of differences between neighbouring pixels."""
W_LEARNING_FACTOR = 0.1
"""Part of the rate that maps of w learn at: they sum hundreds of inputs that move together."""
SAVE_STEPS = 500


@dataclass(frozen=True)
class FitOptions:
    """How one head is fitted."""

    steps: int
    batch: int = 32
    learning_rate: float = 4e-3
    weight_decay: float = 0.01
    seed: int = 0


class HeadFit:
    """One head, its optimiser and how far they are; the same however often it was interrupted."""

    def __init__(
        self,
        generator: MobileGenerator,
        cache: CropCache,
        size: int,  # Picture size that the head makes.
        count: int,  # Pictures of the cache to use.
        options: FitOptions,
        folder: Path,  # Run folder; state and logs go here.
    ) -> None:
        if count <= HELD_OUT:
            raise SourceError(
                f"{count} pictures are too few: the first {HELD_OUT} are held out. Ask for more."
            )
        self.cache = cache
        self.size = size
        self.count = count
        self.options = options
        self.state_file = folder / f"state.{size}.pt"
        self.log = RunLog(folder, str(size))
        torch.manual_seed(options.seed)
        self.head = start_head(generator, size)
        self._scale_to(cache.batch(size, np.arange(HELD_OUT), np.zeros(HELD_OUT, int)))
        groups = parameter_groups(self.head, options)
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99))
        self.step = 0
        if self.state_file.exists():
            state = load_state(self.state_file)
            self.head.load_state_dict(state["head"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]

    def run(self, deadline: float | None = None) -> bool:
        """Fit on to the last step; False if the deadline came first (`train.runs.budget`)."""
        started = time.monotonic()
        while self.step < self.options.steps:
            if passed(deadline):
                self.save()
                return False
            loss = self.advance()
            if self.step % SAVE_STEPS == 0 or self.step == self.options.steps:
                values = {"loss": loss, **self.held_out(), "seconds": time.monotonic() - started}
                self.log.scalars(self.step, values)
                self.save()
        return True

    def advance(self) -> float:
        """One step; returns its loss."""
        # The draw depends on the step alone, so that a resumed run sees the same crops.
        draw = np.random.default_rng((self.options.seed, self.size, self.step))
        pictures = draw.integers(HELD_OUT, self.count, self.options.batch)
        crops = draw.integers(0, CROPS, self.options.batch)
        factor = schedule(self.step / self.options.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = factor * group["highest_lr"]
        loss = head_loss(self._error(self.cache.batch(self.size, pictures, crops)))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return loss.item()

    @torch.no_grad()
    def held_out(self) -> dict[str, float]:
        """L1 and colour error on held-out crops; `mixed`: late styles of another latent."""
        errors = []
        for crop in range(CROPS):
            batch = self.cache.batch(self.size, np.arange(HELD_OUT), np.full(HELD_OUT, crop))
            errors.append(self._error(batch))
        own = torch.cat(errors[:-1])
        return {
            "l1": own.abs().mean().item(),
            "colour": own.mean((2, 3)).abs().mean().item(),
            "mixed_l1": errors[-1].abs().mean().item(),
        }

    def save(self) -> None:
        """Write the state."""
        state = {
            "head": self.head.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        save_state(self.state_file, state)

    def _error(self, batch: CropBatch) -> torch.Tensor:
        made = self.head(batch.features, batch.w)
        inner = slice(2 * MARGIN, made.shape[-1] - 2 * MARGIN)
        return made[..., inner, inner] - batch.pictures  # [batch, 3, h, w]

    @torch.no_grad()
    def _scale_to(self, batch: CropBatch) -> None:
        """Bring styled features to unit variance, so that one learning rate suits every block."""
        rms = (batch.features * self.head.style(batch.w)).square().mean().sqrt()
        self.head.gain /= rms


def start_head(generator: MobileGenerator, size: int) -> SmallHead:
    """A head whose first styles are those of the block that follows, and stay so.

    Free styles were tried: no better, and a step takes a quarter longer.
    """
    block = block_of(size)
    head = SmallHead(generator.w_dim, channels_after(generator.synthesis, block))
    following = block_at(generator.synthesis, block + 1)
    for linear, affine in ((head.up, following.up), (head.conv, following.conv0.affine)):
        linear.weight.data.copy_(affine.weight)
        linear.bias.data.copy_(affine.bias)
        linear.requires_grad_(False)
    with torch.no_grad():
        head.reduce.weight[head.width :] *= 0.2  # pictures are smaller numbers than features
    return head


def parameter_groups(head: SmallHead, options: FitOptions) -> list[dict[str, Any]]:
    """Parameters by kind: maps of w learn slower, matrices decay."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for module in head.modules():
        maps_w = isinstance(module, nn.Linear)
        for parameter in module.parameters(recurse=False):
            if parameter.requires_grad:
                groups.setdefault((maps_w, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "highest_lr": options.learning_rate * (W_LEARNING_FACTOR if maps_w else 1.0),
            "weight_decay": options.weight_decay if decays else 0.0,
        }
        for (maps_w, decays), parameters in groups.items()
    ]


def head_loss(error: torch.Tensor) -> torch.Tensor:
    """Mean absolute error of pixels, of a crop's colour, and of neighbours' differences."""
    colour = error.mean((2, 3)).abs().mean()
    edges = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
    return error.abs().mean() + COLOUR_WEIGHT * colour + EDGE_WEIGHT * edges
