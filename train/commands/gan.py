"""`python -m train gan --data DATASET --out RUN`: StyleGAN, StyleGAN2, ADA, FreezeD, FreezeG."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from torch import distributed

from mbtiface.errors import InputError, SourceError
from train.runs.budget import deadline
from train.runs.config import announce, keep_config
from train.runs.distributed import Ranks, join, wait
from train.stylegan2.ada import AdaOptions
from train.stylegan2.augment import AugmentPipe
from train.stylegan2.changes import Changes
from train.stylegan2.config import FreezeOptions, Recipe
from train.stylegan2.learning_set import LearningSet
from train.stylegan2.loop import Loop, Plan
from train.stylegan2.outcome import write_outcome
from train.stylegan2.presets import PresetName, make_recipe
from train.stylegan2.state import Snapshots
from train.stylegan2.trainer import Trainer
from train.stylegan2.transfer import open_source, transfer
from train.stylegan2.watching import WatchOptions, make_watch

log = logging.getLogger(__name__)

MAY_CHANGE = ("dry_run", "minutes", "kimg", "device", "threads", "cache", "watch")
"""Options that a run may be continued with other values of."""
TRANSFER_ADA_KIMG = 100.0
"""After a transfer p must move at once: the discriminator knows its trade."""


@dataclass(frozen=True)
class Config:
    """Train a generator on square pictures; the same command goes on where a run was stopped."""

    data: Path
    """Folder or zip of square pictures of one size (`python -m train prepare`)."""
    out: Path
    """Run folder: states, logs, grids, generator.safetensors, report.json."""
    preset: PresetName = "auto"
    """Networks, rates and regularisation; `auto` goes by the pictures' size."""
    kimg: float | None = None
    """Thousands of real pictures to show in the whole run; None = the preset's 25000."""
    minutes: float | None = None
    """Stop after this time with the state saved; the same command goes on."""
    resume: str | None = None
    """Bundle, run folder or checkpoint whose weights a new run starts from."""
    freeze_d: int = 0
    """FreezeD: layers of the discriminator that stay, from the picture on."""
    freeze_g: int = 0
    """FreezeG: blocks of the generator that stay, from 4 px on."""
    freeze_mapping: bool = False
    """Keep the mapping network and `w_avg` too."""
    augment: Literal["ada", "fixed", "none"] = "ada"
    """Augmentation with p controlled, with p as given, or none."""
    pipe: str = "bgc"
    """Which augmentations: `bgc` and others (train/stylegan2/augment_settings.py)."""
    p: float = 0.0
    """Probability of each augmentation: at the start, or all the time if `fixed`."""
    ada_target: float = 0.6
    """Mean sign of the scores of real pictures that p is steered to, -1..1."""
    ada_kimg: float | None = None
    """Thousands of pictures in which p may move by 1; None = 500, and 100 after --resume."""
    labels: Literal["none", "type", "gender", "type-gender"] = "none"
    """What both networks are told of a picture."""
    table: Path | None = None
    """csv of types and genders, for pictures that come without."""
    only: Literal["female", "male"] | None = None
    """Learn from pictures of one gender alone."""
    split: Literal["train", "all"] = "train"
    """`train` keeps the folds 0 and 1 of the photos apart, which are scored at each tick."""
    xflip: bool = True
    """Show pictures mirrored too."""
    balanced: bool = False
    """Show each type of each gender alike often."""
    size: int | None = None
    """Side in px to reduce the pictures to, a power of two; None = their own."""
    precision: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Of the adversarial updates; `auto` = `float16` on a GPU, `float32` elsewhere."""
    seed: int = 0
    """Of first weights, order and draws."""
    change: Changes = field(default_factory=Changes)
    """What to change of the preset."""
    watch: WatchOptions = field(default_factory=WatchOptions)
    """Ticks, snapshots, grids, metric."""
    cache: Path | None = None
    """Folder of decoded pictures and their features, shared by runs; None = one of this run."""
    threads: int | None = None
    """Threads of torch; None = its own choice."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Several GPUs by torchrun."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Train to the last picture or the end of the budget; write what the best snapshot gives.

    Raises:
        InputError: options that do not fit together.
        SourceError: data, checkpoint or run folder that cannot be used, or a process that died.
    """
    if not announce(config):
        return
    if config.device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda asks for a GPU, but torch sees none. Use cpu or auto.")
    until = deadline(config.minutes)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    ranks = join(config.device)
    if ranks.device.type == "cuda":
        torch.backends.cudnn.benchmark = True  # every iteration has the same shapes
    try:
        run(config, ranks, until)
    except RuntimeError as error:
        if not (isinstance(error, distributed.DistError) or "gloo" in str(error)):
            raise
        raise SourceError(
            f"Process {ranks.rank} of {ranks.count} lost the others ({error}): one of them ended. "
            "Its message is above; the same command goes on from the last snapshot."
        ) from error


def run(config: Config, ranks: Ranks, until: float | None = None) -> None:
    """Set everything up, every check first, then go on from wherever the run folder stands."""
    cache = config.cache or config.out / "cache"
    data = LearningSet.open(
        config.data,
        config.size,
        config.labels,
        config.xflip,
        config.split,
        config.table,
        config.only,
        config.balanced,
        cache,
    )
    trainer = make_trainer(config, data, ranks)
    source = None
    snapshots = Snapshots(config.out, config.watch.keep)
    state = snapshots.newest()
    if state is None and config.resume is not None:
        source = open_source(config.resume)
    if ranks.first:
        keep_config(config.out, config, MAY_CHANGE)
    wait(ranks)
    batches = data.batches(config.seed, ranks, trainer.share)
    with batches:
        watch = make_watch(config.watch, config.out, data, trainer, snapshots, state, cache)
        plan = make_plan(config, trainer, until)
        loop = Loop(trainer, batches, data.training, plan, watch, data.notes())
        if state is not None:
            data.check_notes(state["notes"])
            loop.load_state(state)
            log.info("going on at %.1f kimg", trainer.images / 1000)
        elif source is not None:
            transfer(source, trainer)
        del state, source
        if ranks.first:
            trainer.announce()
        ending = loop.run()
    log.info("%s at %.1f kimg", ending, trainer.images / 1000)
    if ranks.first:
        about = {"data": data.notes(), "frozen": [*trainer.frozen_g, *trainer.frozen_d]}
        write_outcome(config.out, snapshots, about, ending)
    wait(ranks)
    if ending == "not finite":
        raise SourceError(
            f"Training of {config.out} ended: values became infinite or no numbers. The last "
            "snapshot is from before; start a new run from it with --resume and lower rates."
        )


def make_trainer(config: Config, data: LearningSet, ranks: Ranks) -> Trainer:
    """Networks, optimisers and augmentation of the options.

    Raises:
        InputError: options that do not fit together or the pictures.
    """
    recipe = recipe_of(config, data.training.size, ranks)
    pipe = None if config.augment == "none" else AugmentPipe.preset(config.pipe)
    after_transfer = TRANSFER_ADA_KIMG if config.resume is not None else AdaOptions.kimg
    ada = AdaOptions(
        config.ada_target,
        after_transfer if config.ada_kimg is None else config.ada_kimg,
        start=config.p if pipe is not None else 0.0,
        fixed=config.augment != "ada",
    )
    return Trainer(
        recipe,
        data.training.size,
        data.training.c_dim,
        ada,
        pipe,
        ranks,
        config.seed,
        data.weights,
    )


def recipe_of(config: Config, side: int, ranks: Ranks) -> Recipe:
    """The preset with the options' changes.

    Raises:
        InputError: as `make_recipe` and `Changes.of`, or weights frozen that nobody trained.
    """
    if (config.freeze_d or config.freeze_g or config.freeze_mapping) and config.resume is None:
        raise InputError(
            "Freezing keeps what a network has learnt, but a new run has learnt nothing. Name "
            "where to start with --resume."
        )
    precision = config.precision
    if precision == "auto":
        precision = "float16" if ranks.device.type == "cuda" else "float32"
    if precision == "float16" and ranks.device.type != "cuda":
        raise InputError("--precision float16 needs a GPU; use float32 or bfloat16 on a CPU.")
    recipe = make_recipe(config.preset, side, ranks.count, precision)
    freeze = FreezeOptions(config.freeze_d, config.freeze_g, config.freeze_mapping)
    recipe = config.change.of(recipe, freeze, config.kimg)
    return recipe.after_transfer() if config.resume is not None else recipe


def make_plan(config: Config, trainer: Trainer, until: float | None) -> Plan:
    """When what happens; a tick is one iteration at least."""
    tick = max(round(config.watch.tick_kimg * 1000), trainer.recipe.update.batch)
    return Plan(round(trainer.recipe.kimg * 1000), tick, config.watch.snapshot_ticks, until)
