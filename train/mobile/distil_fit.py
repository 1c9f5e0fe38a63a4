"""Distils a teacher into a student: MobileStyleGAN, arXiv 2104.04767, its section on training."""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.faces.half_precision import has_bfloat16
from mbtiface.faces.projection import shrink
from mbtiface.networks.generator import Generator
from mbtiface.networks.mobile import MobileGenerator, MobileSynthesis
from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from train.mobile.adversary import Adversary, labels_for, precision_of
from train.mobile.distil_options import DistilOptions
from train.mobile.level_heads import LevelHeads, level_errors, pyramid
from train.mobile.step_sizes import parameter_groups, set_rates
from train.mobile.student import acting_rows, balance_new, train_noise
from train.mobile.teacher_latents import LatentDraw, draw_ws
from train.runs.checkpoint import load_state, save_state
from train.runs.distributed import Ranks, average_gradients
from train.runs.ema import Ema
from train.runs.schedule import schedule

GRADIENT_LIMIT = 10.0
"""Gradients are scaled down to this norm; a student that starts elsewhere would jump."""


@dataclass(frozen=True)
class Judges:
    """What looks at the student's full pictures beside their pixels."""

    perceptual: PerceptualFeatures | None
    """None where the term's weight is 0."""
    adversary: Adversary | None
    """None where the term's weight is 0."""


class DistilFit:
    """The student, its level heads, its average, the judges and how far they are."""

    def __init__(
        self,
        teacher: Generator,
        student: MobileGenerator,
        judges: Judges,
        options: DistilOptions,
        ranks: Ranks,
        folder: Path,  # Run folder; the state goes here.
    ) -> None:
        self.teacher = teacher.to(ranks.device).eval().requires_grad_(False)
        self.options = options
        self.judges = judges
        self.ranks = ranks
        self.state_file = folder / "state.pt"
        train_noise(student.synthesis)
        self.synthesis = student.synthesis.to(ranks.device).train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            heads = LevelHeads(student.synthesis)
            balance_new(heads)
        self.heads = heads.to(ranks.device)
        self.ema = Ema(self.synthesis, options.ema)
        self.optimizer = torch.optim.Adam(
            parameter_groups((self.synthesis, self.heads)), betas=(0.9, 0.99)
        )
        acting = acting_rows(student.synthesis)
        self.draw = LatentDraw(options.seed, options.psi, options.mixing, acting)
        half = ranks.device.type == "cuda" or has_bfloat16(ranks.device)
        self.precision = precision_of(ranks.device, half)
        self.step = 0

    @property
    def averaged(self) -> MobileSynthesis:
        """The student's synthesis with averaged weights: the one that is looked at and kept."""
        return self.ema.network  # type: ignore[return-value]  # a copy of `synthesis`

    def load(self) -> None:
        """Go on from the run folder's state, if there is one.

        Raises:
            SourceError: the state is of another student, or damaged.
        """
        if not self.state_file.exists():
            return
        state = load_state(self.state_file, self.ranks.device)
        try:
            self.synthesis.load_state_dict(state["synthesis"])
            self.heads.load_state_dict(state["heads"])
            self.ema.network.load_state_dict(state["ema"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.judges.adversary is not None:
                self.judges.adversary.load_state_dict(state["adversary"])
            self.step = state["step"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise SourceError(
                f"{self.state_file} is of another student ({error}). Use another run folder."
            ) from error

    def save(self) -> None:
        """Write the state so that a killed process leaves the old one or the new one."""
        adversary = self.judges.adversary
        state = {
            "synthesis": self.synthesis.state_dict(),
            "heads": self.heads.state_dict(),
            "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "adversary": None if adversary is None else adversary.state_dict(),
            "step": self.step,
        }
        save_state(self.state_file, state)

    def advance(self) -> dict[str, float]:
        """One step; returns the value of each term.

        Raises:
            SourceError: gradients are no finite numbers; the state on disk is the one before.
        """
        options, ranks = self.options, self.ranks
        share = options.batch // ranks.count
        part = slice(ranks.rank * share, (ranks.rank + 1) * share)
        ws, labels = draw_ws(self.teacher.mapping, self.draw, self.step, options.batch, part)
        begun = self.step >= options.adversarial_from * options.steps
        adversary = self.judges.adversary if begun else None
        given = None if adversary is None else labels_for(adversary.network, labels, ws)
        target = self.teach(ws)
        made, values = self._compare(ws, target, adversary, given)
        weighted = [getattr(options.weights, name) * value for name, value in values.items()]

        self.optimizer.zero_grad()
        torch.stack(weighted).sum().backward()
        self._move()
        numbers = {name: value.item() for name, value in values.items()}
        if adversary is not None and given is not None:
            numbers |= adversary.learn(target, made, given, self.precision)
        return numbers

    @torch.no_grad()
    def teach(self, ws: torch.Tensor) -> torch.Tensor:
        """The teacher's pictures of w+ `[batch, num_ws, w_dim]`, noise constant: float32."""
        # One convolution for the whole batch is faster than one group a picture.
        return self.teacher.synthesis(ws, noise_mode="const", fused_modconv=False)

    def _compare(
        self,
        ws: torch.Tensor,
        target: torch.Tensor,
        adversary: Adversary | None,
        labels: torch.Tensor | None,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The student's full pictures `[batch, 3, size, size]`, and each term of its loss."""
        with self.precision():
            levels = self.heads(self.synthesis, ws)
        levels = [level.float() for level in levels]
        made = levels[-1]
        values = level_errors(levels, pyramid(target, len(levels)))
        if self.judges.perceptual is not None:
            size = min(self.options.perceptual_size, made.shape[-1])
            with self.precision():
                distances = perceptual_distance(
                    shrink(made, size), shrink(target, size), self.judges.perceptual
                )
            values["perceptual"] = distances.mean()
        if adversary is not None and labels is not None:
            with self.precision():
                values["adversarial"] = adversary.student_loss(made, labels)
        return made.detach(), values

    def _move(self) -> None:
        """Take the optimiser's step and let the average follow."""
        options = self.options
        parameters = [p for p in self.synthesis.parameters() if p.grad is not None]
        parameters += [p for p in self.heads.parameters() if p.grad is not None]
        average_gradients(parameters, self.ranks)
        norm = float(nn.utils.clip_grad_norm_(parameters, GRADIENT_LIMIT))
        if not math.isfinite(norm):
            raise SourceError(
                f"The gradient of step {self.step} is not finite. The state before it is kept; "
                "start a run with a lower learning_rate."
            )
        factor = schedule(self.step / options.steps, options.warm_up)
        set_rates(self.optimizer.param_groups, factor * options.learning_rate)
        self.optimizer.step()
        self.step += 1
        self.ema.update(self.synthesis, self.step)
