"""Fits the aligner on loose crops of generated faces, whose FFHQ crop is known."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mbtiface.faces.aligner import LOOSE
from mbtiface.networks.aligner import CropAligner
from train.psp.aligner_samples import CropSamples, batches
from train.runs.budget import passed
from train.runs.checkpoint import load_state, save_state
from train.runs.ema import Ema
from train.runs.run_log import RunLog
from train.runs.schedule import schedule
from train.runs.weight_decay import parameter_groups

EYES_AND_MOUTH = ((-0.125, -0.025), (0.125, -0.025), (0.0, 0.225))
"""Eyes and mouth as FFHQ's rule places those of a usual face: from the centre, in sides."""
CORNERS = ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5))
AVERAGED = 0.998
"""Share that a step leaves of the averaged weights, the ones that are measured and kept."""
HELD_OUT_CROPS = 512
SAVE_STEPS, MEASURE_STEPS = 100, 500


@dataclass(frozen=True)
class FitOptions:
    """How the aligner is fitted."""

    steps: int
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    workers: int = 0


class AlignerFit:
    """The network, its average, the optimiser and how far they are; resumed from its folder."""

    def __init__(
        self,
        network: CropAligner,
        samples: CropSamples,
        held_out: CropSamples,
        options: FitOptions,
        folder: Path,  # Run folder; state and logs go here.
    ) -> None:
        self.network = network.to(memory_format=torch.channels_last)
        self.average = Ema(self.network, AVERAGED)
        self.samples = samples
        self.held_out = held_out
        self.options = options
        self.state_file = folder / "state.pt"
        self.log = RunLog(folder)
        groups = parameter_groups(network, options.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, options.learning_rate, betas=(0.9, 0.99))
        self.step = 0
        if self.state_file.exists():
            state = load_state(self.state_file)
            self.network.load_state_dict(state["network"])
            self.average.network.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]

    @property
    def averaged(self) -> CropAligner:
        """The network with averaged weights: the one that is measured and kept."""
        return self.average.network  # type: ignore[return-value]  # a copy of `network`

    def run(self, deadline: float | None = None) -> bool:
        """Fit on to the last step; False if the deadline came first (`train.runs.budget`)."""
        batch, last = self.options.batch, self.options.steps
        started, losses = time.monotonic(), []
        # Samples depend on their numbers alone, so that a resumed run sees the same ones.
        rows = batches(self.samples, self.step * batch, last * batch, batch, self.options.workers)
        for crops, numbers in rows:
            losses.append(self.advance(crops, numbers))
            if self.step % SAVE_STEPS == 0 or self.step == last:
                values = {"loss": float(np.mean(losses)), "seconds": time.monotonic() - started}
                losses = []
                if self.step % MEASURE_STEPS == 0 or self.step == last:
                    values |= self.measure()
                self.log.scalars(self.step, values)
                self.save()
            if passed(deadline) and self.step < last:
                self.save()
                return False
        return True

    def advance(self, crops: torch.Tensor, numbers: torch.Tensor) -> float:
        """One step; returns its loss in px at 256 px."""
        factor = schedule(self.step / self.options.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = factor * self.options.learning_rate
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16):
            predicted = self.network(crops.contiguous(memory_format=torch.channels_last))
        loss = point_distances(predicted, numbers).mean()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 100.0)
        self.optimizer.step()
        self.step += 1
        self.average.update(self.network, self.step)
        return loss.item()

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        """Distances of points on held-out crops before and after one look, px at 256 px."""
        before, after = [], []
        for crops, numbers in batches(self.held_out, 0, HELD_OUT_CROPS, 64, 0):
            after.append(point_distances(self.averaged(crops), numbers))
            before.append(point_distances(torch.zeros_like(numbers), numbers))
        distances = torch.cat(after).mean(1)
        return {
            "held_out": distances.mean().item(),
            "held_out_p95": distances.quantile(0.95).item(),
            "held_out_before": torch.cat(before).mean().item(),
        }

    def save(self) -> None:
        """Write the state."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        save_state(self.state_file, state)


def point_distances(predicted: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """How far corners, eyes and mouth lie apart in two crops: `[batch, 7]`, px at 256 px.

    Both are `[batch, 4]` as `CropAligner.forward` gives them; the second one is the truth, whose
    side is 256 px.
    """
    points = torch.tensor([*CORNERS, *EYES_AND_MOUTH])  # [7, 2]
    apart = _placed(predicted, points) - _placed(numbers, points)  # [batch, 7, 2]
    # A rounded square root: the gradient of a distance of 0 is not a number.
    distances = (apart.square().sum(2) + 1e-8).sqrt()
    return 256 * distances / numbers[:, 2, None].exp()


def _placed(numbers: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Points of a crop, in sides of the rough square: `[batch, points, 2]`."""
    x, y, log_scale, angle = numbers.unbind(1)
    cos, sin = angle.cos(), angle.sin()
    axes = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)
    turned = points @ axes  # [batch, points, 2]
    return log_scale.exp()[:, None, None] * turned + LOOSE * torch.stack([x, y], 1)[:, None]
