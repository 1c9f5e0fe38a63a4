"""Trains an encoder: pSp and its kin, first on known latents, then through the generator."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from mbtiface.networks import FaceGenerator, ProgressiveEncoder
from train.faces.population import Population
from train.psp.encoder_options import EncoderOptions
from train.psp.encoder_terms import Terms
from train.psp.encoders import IntoWPlus, build, encoder_spec
from train.psp.face_samples import Batch
from train.psp.latent_codes import code_basis
from train.runs.checkpoint import load_state, save_state
from train.runs.distributed import Ranks, average_gradients
from train.runs.ema import Ema
from train.runs.schedule import schedule
from train.runs.weight_decay import parameter_groups

GRADIENT_LIMIT = 1.0
"""Gradients are scaled down to this norm; early steps through the generator would jump."""


class EncoderFit:
    """One encoder, its moving average, its optimiser and how far they are."""

    def __init__(
        self,
        generator: FaceGenerator,
        population: Population,  # Of the generator's w.
        terms: Terms,  # The loss.
        options: EncoderOptions,
        ranks: Ranks,
        folder: Path,  # Run folder; the state goes here.
    ) -> None:
        self.options = options
        self.terms = terms
        self.ranks = ranks
        self.state_file = folder / "state.pt"
        torch.manual_seed(options.seed)
        visible = terms.reconstruction.visible
        self.spec = encoder_spec(
            options.encoder,
            generator.num_ws,
            generator.w_dim,
            visible,
            options.size,
            options.arguments,
        )
        encoder = build(self.spec)
        mean = torch.from_numpy(population.mean).float()
        if options.encoder == "compact":
            basis, _ = code_basis(population)
            encoder.w_avg.copy_(mean)  # type: ignore[operator]  # CompactEncoder's buffers
            encoder.basis.copy_(basis)  # type: ignore[operator]
        self.network = IntoWPlus(encoder, mean, generator.num_ws)
        self.network.to(ranks.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = Ema(self.network)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(encoder, options.weight_decay),
            lr=options.learning_rate,
            betas=(0.9, 0.99),
        )
        self.step = 0
        self.best: dict[str, Any] = {}

    @property
    def averaged(self) -> nn.Module:
        """The encoder with averaged weights: the one that is looked at and kept."""
        return self.ema.network.encoder  # type: ignore[return-value]  # of an `IntoWPlus`

    def start_from(self, run: Path) -> None:
        """Take the averaged weights of another run; the optimiser starts anew."""
        state = load_state(run / "state.pt", self.ranks.device)
        self.network.load_state_dict(state["ema"])
        self.ema.network.load_state_dict(state["ema"])

    def load(self) -> None:
        """Go on from the run folder's state, if there is one."""
        if not self.state_file.exists():
            return
        state = load_state(self.state_file, self.ranks.device)
        self.network.load_state_dict(state["network"])
        self.ema.network.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.terms.load_state_dict(state["terms"])
        self.step, self.best = state["step"], state["best"]

    def save(self) -> None:
        """Write the state so that a killed process leaves the old one or the new one."""
        state = {
            "network": self.network.state_dict(),
            "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "terms": self.terms.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        save_state(self.state_file, state)

    def advance(self, batch: Batch) -> dict[str, float]:
        """One step; returns the value of each term."""
        device = self.ranks.device
        factor = schedule(self.step / self.options.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = factor * self.options.learning_rate
        self._set_stage()
        self.network.train()
        pictures = batch.pictures.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            ws = self.network(pictures)  # [batch, num_ws, w_dim]
        values = self.terms(ws, batch)
        loss = sum((value for value in values.values()), torch.zeros((), device=device))
        self.optimizer.zero_grad()
        loss.backward()
        parameters = [p for p in self.network.parameters() if p.grad is not None]
        average_gradients(parameters, self.ranks)
        nn.utils.clip_grad_norm_(parameters, GRADIENT_LIMIT)
        self.optimizer.step()
        self.step += 1
        self.ema.update(self.network, self.step)
        numbers = {name: value.item() for name, value in values.items()}
        return numbers | self.terms.learn(ws.detach(), self.ranks)

    def _set_stage(self) -> None:
        """e4e's progressive training: rows get their offsets one after the other."""
        for each in (self.network.encoder, self.ema.network.encoder):
            if isinstance(each, ProgressiveEncoder):
                stage = self.step // self.options.progressive_stage_steps
                each.stage = min(stage, self.network.num_ws)
