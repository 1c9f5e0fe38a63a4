"""What tests/train/stylegan2/test_ranks.py lets torchrun start."""

import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from mbtiface.errors import MbtifaceError
from tests.train.stylegan2.toy_gan import TICK, config, toy_batch, toy_recipe, toy_trainer
from train.commands.gan import main
from train.runs.distributed import Ranks, join
from train.stylegan2.config import LossOptions, UpdateOptions
from train.stylegan2.trainer import Trainer

ITERATIONS = 2
RATE = 1e-9
"""Networks must stay what they are: Adam's first steps have one length, however small a slope."""


def gradients(ranks: Ranks) -> dict[str, torch.Tensor]:
    """Gradients of every update of two iterations, by iteration, phase and number."""
    recipe = toy_recipe(
        loss=LossOptions(r1_gamma=1.0, d_reg_interval=1, g_reg_interval=1),
        update=UpdateOptions(batch=8, g_rate=RATE, d_rate=RATE),
    )
    recipe = replace(recipe, network=replace(recipe.network, mbstd_group=4))
    trainer = toy_trainer(recipe, c_dim=2, ranks=ranks)
    for module in trainer.generator.modules():
        if hasattr(module, "use_noise"):  # noise maps are each process's own
            module.use_noise = False
    found: dict[str, torch.Tensor] = {}
    update = trainer._update

    def watched(phase: object, losses: object) -> None:
        update(phase, losses)
        for number, parameter in enumerate(trainer._trained[phase.network]):
            if parameter.grad is not None and parameter.grad.norm() > 0:
                name = f"{trainer.iteration} {phase.name} {number}"
                found[name] = parameter.grad.clone()

    trainer._update = watched
    for iteration in range(ITERATIONS):
        trainer.step(toy_batch(iteration, c_dim=2, ranks=ranks))
    return found


def die_amid(data: Path, run: Path) -> None:
    """Train with the second process killed after three ticks."""
    step = Trainer.step

    def watched(self: Trainer, batch: object) -> None:
        step(self, batch)
        if self.ranks.rank == 1 and self.images == 3 * TICK:
            os.kill(os.getpid(), signal.SIGKILL)

    Trainer.step = watched
    change = replace(config(data, run, 8).change, batch=4, mbstd_group=2)
    main(config(data, run, 8, change=change))


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    if sys.argv[1] == "die":
        try:
            die_amid(Path(sys.argv[2]), Path(sys.argv[3]))
        except MbtifaceError as error:
            logging.error("%s", error)
            sys.exit(1)
    else:
        here = join("cpu")
        found = gradients(here)
        if here.first:
            save_file({name: each.contiguous() for name, each in found.items()}, sys.argv[2])
