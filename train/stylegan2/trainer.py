"""One iteration of adversarial training: phases, averaged generator, ADA."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import distributed, nn
from torch.distributed.nn import functional as shared

from mbtiface.errors import SourceError
from train.runs.distributed import Ranks, average_gradients
from train.runs.ema import update_average
from train.stylegan2.ada import AdaController, AdaOptions
from train.stylegan2.augment import AugmentPipe
from train.stylegan2.config import Recipe, shared_batch
from train.stylegan2.ema import ema_beta
from train.stylegan2.frozen import (
    announce_frozen,
    frozen_in_discriminator,
    frozen_in_generator,
    trained_parameters,
)
from train.stylegan2.networks import build_pair, discriminator_spec, generator_spec, place
from train.stylegan2.phase_losses import PhaseLosses
from train.stylegan2.phases import Phase, lazy_adam, make_phases
from train.stylegan2.real_batch import RealBatch
from train.stylegan2.step_draws import StepDraws
from train.stylegan2.tally import Tally

ADAM_EPS = 1e-8
STREAMS_A_PHASE = 10
"""Numbers of random streams that each phase has to itself."""


class Trainer:
    """Both networks, the average, Adam, ADA, and how far they are."""

    def __init__(
        self,
        recipe: Recipe,
        side: int,  # of the pictures in px
        c_dim: int,  # size of a label; 0 = none
        ada: AdaOptions,
        pipe: AugmentPipe | None,  # None = pictures are shown as they are
        ranks: Ranks,
        seed: int,  # of first weights and all draws
        label_weights: np.ndarray | None = None,  # [pictures], how often each one's label is drawn
    ) -> None:
        self.recipe, self.ranks, self.seed = recipe, ranks, seed
        self.share = shared_batch(recipe, ranks.count)
        self.specs = {
            "generator": generator_spec(recipe, side, c_dim),
            "discriminator": discriminator_spec(recipe, side, c_dim),
        }
        generator, discriminator = build_pair(recipe, side, c_dim, seed)
        place(generator, ranks.device)
        place(discriminator, ranks.device)
        self.generator, self.discriminator = generator, discriminator
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        freeze = recipe.freeze
        self.frozen_g = frozen_in_generator(generator, freeze.freeze_g, freeze.freeze_mapping)
        self.frozen_d = frozen_in_discriminator(discriminator, freeze.freeze_d)
        self._trained = {
            "G": tuple(trained_parameters(self.generator, self.frozen_g).values()),
            "D": tuple(trained_parameters(self.discriminator, self.frozen_d).values()),
        }
        self.phases = make_phases(*recipe.loss.intervals)
        self.optimizers = self._make_optimizers()
        for network in (self.generator, self.discriminator):
            network.requires_grad_(False)
        self.pipe = None if pipe is None else pipe.to(ranks.device)
        self.controller = AdaController(ada, ranks.device)
        self.pl_mean = torch.zeros([], device=ranks.device)
        self.tally = Tally()
        self.label_weights = label_weights
        self.images = self.iteration = 0
        self._show_p()

    def announce(self) -> None:
        """Log which tensors are frozen and trained."""
        announce_frozen("generator", self.generator, self.frozen_g)
        announce_frozen("discriminator", self.discriminator, self.frozen_d)

    @property
    def generator_moved(self) -> bool:
        """Whether the discriminator's time alone was over in an iteration that is done."""
        update = self.recipe.update
        return self.images - update.batch >= 1000 * update.d_first_kimg

    def step(self, batch: RealBatch) -> None:
        """One iteration: all phases that are due, then the average, then p."""
        draws = StepDraws(self.seed, self.iteration, self.ranks)
        draws.seed_process()
        losses = PhaseLosses(self, batch, draws)
        alone = self.images < 1000 * self.recipe.update.d_first_kimg
        for number, phase in enumerate(self.phases):
            if phase.due(self.iteration) and not (alone and phase.network == "G"):
                self._update(phase, losses.turns(phase, number * STREAMS_A_PHASE))
        self._follow()
        self._adjust()
        self.images += self.recipe.update.batch
        self.iteration += 1

    def mean_over_ranks(self, value: torch.Tensor) -> torch.Tensor:
        """The mean of a scalar over all processes, with its gradient."""
        if self.ranks.count == 1:
            return value
        return shared.all_reduce(value) / self.ranks.count

    def report_real(self, logits: torch.Tensor) -> None:
        """Tell ADA what the discriminator said of real pictures."""
        self.controller.report(logits)

    def _update(self, phase: Phase, losses: Iterator[torch.Tensor]) -> None:
        """Gradients over all turns and processes, then one step of Adam."""
        optimizer, parameters = self.optimizers[phase.network], self._trained[phase.network]
        for parameter in parameters:
            parameter.requires_grad_(True)
            parameter.grad = None
        for loss in losses:
            (loss * phase.gain).backward()
        for parameter in parameters:
            parameter.requires_grad_(False)
        average_gradients(parameters, self.ranks)
        gradients = [p.grad for p in parameters if p.grad is not None]
        if self.recipe.precision == "float16":
            for gradient in gradients:  # an overflow in one layer must not end the run
                torch.nan_to_num(gradient, nan=0.0, posinf=1e5, neginf=-1e5, out=gradient)
        self.tally.add(f"gradient_{phase.name}", nn.utils.get_total_norm(gradients))
        optimizer.step()

    def _follow(self) -> None:
        update = self.recipe.update
        beta = ema_beta(self.images, update.batch, update.ema_kimg, update.ema_ramp_up)
        update_average(self.average, self.generator, beta)

    def _adjust(self) -> None:
        if not self.controller.due(self.iteration):
            return
        tally = self.controller.take_tally()
        if self.ranks.count > 1:
            distributed.all_reduce(tally)
        self.controller.adjust(tally, self.recipe.update.batch)
        self._show_p()

    def _show_p(self) -> None:
        if self.pipe is not None:
            self.pipe.p.fill_(self.controller.p)

    def _make_optimizers(self) -> dict[str, torch.optim.Adam]:
        update = self.recipe.update
        rates = {"G": update.g_rate, "D": update.d_rate}
        made = {}
        for network, interval in zip(("G", "D"), self.recipe.loss.intervals, strict=True):
            rate, betas = lazy_adam(rates[network], (update.beta1, update.beta2), interval)
            made[network] = torch.optim.Adam(
                self._trained[network], lr=rate, betas=betas, eps=ADAM_EPS, fused=True
            )
        return made

    def state_dict(self) -> dict[str, Any]:
        """What going on needs: tensors and plain values only. Every process must call it."""
        tally = self.controller.state_dict()
        if self.ranks.count > 1:
            everyone = tally["tally"].to(self.ranks.device)
            distributed.all_reduce(everyone)
            tally["tally"] = everyone.cpu()
        return {
            "specs": {
                name: {"kind": spec.kind, "args": dict(spec.args)}
                for name, spec in self.specs.items()
            },
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": {name: each.state_dict() for name, each in self.optimizers.items()},
            "ada": tally,
            "pl_mean": self.pl_mean,
            "images": self.images,
            "iteration": self.iteration,
            # Draws follow from both (step_draws.py): this is the state of all random numbers.
            "seed": self.seed,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a kept state as if there had been no stop.

        Raises:
            SourceError: it is of another configuration.
        """
        for name, spec in self.specs.items():
            theirs = state["specs"][name]
            ours = {"kind": spec.kind, "args": dict(spec.args)}
            if theirs != ours:
                raise SourceError(
                    f"The kept state has another {name}: {theirs}, but the options ask for {ours}. "
                    "Give the same options to go on, or start a new run with --resume."
                )
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        self.average.load_state_dict(state["average"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        ada = dict(state["ada"])
        if not self.ranks.first:  # the kept tally is that of all processes
            ada["tally"] = torch.zeros_like(ada["tally"])
        self.controller.load_state_dict(ada)
        self.pl_mean = state["pl_mean"].to(self.ranks.device)
        self.images, self.iteration = state["images"], state["iteration"]
        self.seed = state["seed"]
        self._show_p()
