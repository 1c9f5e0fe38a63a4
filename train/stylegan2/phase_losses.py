"""The loss of each phase for one iteration, turn by turn, with what it reports."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import torch

from train.stylegan2.losses import (
    Augment,
    Precision,
    discriminator_loss,
    full_precision,
    generator_loss,
    map_styles,
    path_length_loss,
    r1_loss,
    unchanged,
)
from train.stylegan2.phases import Phase
from train.stylegan2.real_batch import RealBatch
from train.stylegan2.step_draws import Latents, StepDraws

if TYPE_CHECKING:
    from train.stylegan2.trainer import Trainer

NOISE_STREAM = 5
"""Number, within a phase's streams, of the noise that path lengths are measured with."""


class PhaseLosses:
    """Losses of one iteration of one process.

    The share of a process is done in turns where it does not fit at once; turn t takes the samples
    t, t + turns, ..., so that groups of the minibatch deviation stay those of the whole batch.
    """

    def __init__(
        self,
        trainer: Trainer,
        real: RealBatch,  # of this process
        draws: StepDraws,
    ) -> None:
        self.trainer = trainer
        self.real = real
        self.draws = draws
        recipe = trainer.recipe
        self.loss = recipe.loss
        self.count = trainer.share // min(recipe.update.batch_at_once, trainer.share)
        self.augment: Augment = unchanged if trainer.pipe is None else trainer.pipe
        self.precision: Precision = full_precision
        if recipe.precision == "bfloat16":
            self.precision = partial(torch.autocast, trainer.ranks.device.type, torch.bfloat16)

    def turns(self, phase: Phase, stream: int) -> Iterator[torch.Tensor]:
        """The phase's loss of each turn; their sum is the mean over the share."""
        made = {
            "Gmain": self._generator_main,
            "Greg": self._path_length,
            "Dmain": self._discriminator_main,
            "Dreg": self._r1,
        }[phase.name]
        inputs = None if phase.name == "Dreg" else self._inputs(phase, stream)
        for turn in range(self.count):
            yield made(turn, stream, inputs) / self.count

    def _inputs(self, phase: Phase, stream: int) -> tuple[Latents, torch.Tensor]:
        """Latents and labels `[share, c_dim]` of a phase."""
        trainer = self.trainer
        batch = trainer.recipe.update.batch
        network = trainer.generator
        latents = self.draws.latents(
            stream, batch, network.z_dim, network.num_ws, self.loss.style_mixing
        )
        labels = self.real.any_labels(
            partial(self.draws.rows, stream + 2, batch), trainer.label_weights
        )
        return latents, labels

    def _styles(
        self, inputs: tuple[Latents, torch.Tensor], turn: int, shrink: int = 1
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """w+ and labels of a turn, its first part only where `shrink` is above 1."""
        latents, labels = inputs
        count = len(latents.z) // self.count // shrink
        mine = slice(turn, None, self.count)
        c = labels[mine][:count]
        other = None if latents.other_z is None else latents.other_z[mine][:count]
        ws = map_styles(
            self.trainer.generator,
            latents.z[mine][:count],
            c,
            other,
            latents.cutoff,
            self.trainer.recipe.freeze.freeze_mapping,
        )
        return ws, c

    def _generator_main(
        self, turn: int, stream: int, inputs: tuple[Latents, torch.Tensor] | None
    ) -> torch.Tensor:
        assert inputs is not None
        trainer = self.trainer
        ws, c = self._styles(inputs, turn)
        scored = generator_loss(
            trainer.generator,
            trainer.discriminator,
            ws,
            c,
            augment=self.augment,
            precision=self.precision,
        )
        trainer.tally.add("loss_generator", scored.each)
        return scored.loss

    def _path_length(
        self, turn: int, stream: int, inputs: tuple[Latents, torch.Tensor] | None
    ) -> torch.Tensor:
        assert inputs is not None
        trainer, options = self.trainer, self.loss
        ws, _ = self._styles(inputs, turn, options.pl_batch_shrink)
        side = trainer.generator.img_resolution
        shape = [len(ws) * trainer.ranks.count, 3, side, side]
        found = path_length_loss(
            trainer.generator,
            ws,
            self.draws.noise(stream + NOISE_STREAM + turn, shape),
            trainer.pl_mean,
            options.pl_weight,
            options.pl_decay,
            mean_over_ranks=trainer.mean_over_ranks,
        )
        trainer.pl_mean = found.mean
        trainer.tally.add("loss_path_length", found.each)
        trainer.tally.add("path_length", found.lengths)
        return found.loss

    def _discriminator_main(
        self, turn: int, stream: int, inputs: tuple[Latents, torch.Tensor] | None
    ) -> torch.Tensor:
        assert inputs is not None
        trainer = self.trainer
        with torch.no_grad():
            ws, c = self._styles(inputs, turn)
            with self.precision():
                fake = trainer.generator.synthesis(ws).to(ws.dtype)
        real, real_c = self.real.turn(turn, self.count)
        on_real, on_fake = discriminator_loss(
            trainer.discriminator, real, real_c, fake, c, self.augment, self.precision
        )
        trainer.report_real(on_real.logits)
        trainer.tally.add("loss_real", on_real.each)
        trainer.tally.add("loss_generated", on_fake.each)
        trainer.tally.add_logits("real", on_real.logits)
        trainer.tally.add_logits("generated", on_fake.logits)
        for name, pictures in (("real", real), ("generated", fake)):
            trainer.tally.add(f"variance_{name}", pictures.var(dim=0, unbiased=False))
        return on_real.loss + on_fake.loss

    def _r1(
        self, turn: int, stream: int, inputs: tuple[Latents, torch.Tensor] | None
    ) -> torch.Tensor:
        trainer = self.trainer
        real, c = self.real.turn(turn, self.count)
        scored = r1_loss(trainer.discriminator, real, c, self.loss.r1_gamma, self.augment)
        trainer.report_real(scored.logits)
        trainer.tally.add("loss_r1", scored.each)
        return scored.loss
