"""The stages of the journey and the options of `python -m train gan` that each is run with."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from mbtiface.errors import InputError
from train.commands import gan
from train.journey.warm_start import WarmOptions
from train.stylegan2.changes import Changes
from train.stylegan2.presets import PresetName, make_recipe
from train.stylegan2.watching import WatchOptions

StageName = Literal["stylegan", "stylegan2", "plain", "ada", "freeze-d", "freeze-g", "other"]
BASES: tuple[StageName, ...] = ("stylegan", "stylegan2")
TRANSFERS: tuple[StageName, ...] = ("plain", "ada", "freeze-d", "freeze-g")
WARM: dict[StageName, str] = {"stylegan": "warm-stylegan", "stylegan2": "warm"}
"""Folders of the bases' warm starts."""
OTHER = {"female": "male", "male": "female"}


@dataclass(frozen=True)
class Stage:
    """One run of the journey, in its own folder."""

    name: StageName
    title: str
    run: gan.Config
    """Options of the run; `minutes` is what the whole stage may take."""
    source: str | None = None
    """Name of the stage whose networks it starts from."""
    before: str | None = None
    """Name of the stage that it is compared with: one thing is different."""


@dataclass(frozen=True)
class Chain:
    """What the stages are made of."""

    data: Path
    """Large set for both bases: a folder or zip of square pictures, or of made faces."""
    small: Path
    """Small set that the base StyleGAN2 is transferred to."""
    out: Path
    """Folder of the journey: a folder a stage, report.html, report.png, report.json."""
    size: int = 64
    """Side in px that all stages work at, a power of two."""
    budget_kimg: float = 100.0
    """Thousands of real pictures in each transfer."""
    base_kimg: float | None = None
    """Thousands of real pictures in each base; None = `budget_kimg`."""
    stage_minutes: float | None = None
    """Most minutes of each transfer; None = no limit."""
    base_minutes: float | None = None
    """Most minutes of each base; None = no limit."""
    base: str | None = None
    """Bundle, run folder or checkpoint to transfer from; None = the journey's own StyleGAN2."""
    half: Literal["female", "male"] | None = None
    """Half of the small set that is transferred to; the winner goes on to the other one."""
    table: Path | None = None
    """csv of types and genders of the small set, for pictures that come without."""
    preset: PresetName = "auto"
    """Networks and rates of StyleGAN2; the base StyleGAN takes over all that it has too."""
    freeze_d: int = 4
    """FreezeD: layers of the discriminator that stay, from the picture on."""
    freeze_g: int = 2
    """FreezeG: blocks of the generator that stay, from 4 px on."""
    freeze_mapping: bool = False
    """Keep the mapping network too where FreezeG is on."""
    pipe: str = "bgc"
    """Which augmentations ADA has."""
    precision: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Of the adversarial updates."""
    seed: int = 0
    """Of every stage."""
    change: Changes = field(default_factory=Changes)
    """What to change of the preset, in every stage."""
    watch: WatchOptions = field(default_factory=WatchOptions)
    """Ticks, snapshots, grids, metric."""
    warm: WarmOptions = field(default_factory=WarmOptions)
    """Warm start of each base from known latents."""
    d_first_kimg: float = 4.0
    """Thousands of pictures, at most a tenth of a base's, in which its discriminator learns alone
    after a warm start; a generator that follows a new one forgets what it knew."""
    threads: int | None = None
    """Threads of torch; None = its own choice."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train."""

    def __post_init__(self) -> None:
        """Refuse budgets that are not above 0, freezing of nothing, and a journey unmeasured."""
        budgets = (self.budget_kimg, self.base_kimg, self.stage_minutes, self.base_minutes)
        if any(given is not None and given <= 0 for given in budgets):
            raise InputError(f"Budgets are above 0 or None, but given are {budgets}.")
        if min(self.freeze_d, self.freeze_g) < 1:
            raise InputError(
                f"freeze_d is {self.freeze_d} and freeze_g {self.freeze_g}: the steps FreezeD and "
                "FreezeG freeze at least 1. Leave a step out with --skip."
            )
        if self.watch.metric == "none":
            raise InputError("The journey compares its steps by a metric: --watch.metric none.")


def main_stages(chain: Chain) -> tuple[Stage, ...]:
    """All stages but the last, in their order.

    Raises:
        InputError: an unknown preset, or a size that is no power of two.
    """
    second = _common(chain, "stylegan2", chain.data, chain.base_kimg or chain.budget_kimg)
    second = replace(second, minutes=chain.base_minutes)
    first = _first(chain, second)
    if chain.warm.steps:
        first, second = _warmed(chain, "stylegan", first), _warmed(chain, "stylegan2", second)
    bases = (
        Stage("stylegan", "Base: StyleGAN", first),
        Stage("stylegan2", "Base: StyleGAN2", second, None, "stylegan"),
    )
    return (*bases, *_transfers(chain)) if chain.base is None else (bases[0], *_transfers(chain))


def other_stage(chain: Chain, winner: Stage) -> Stage:
    """The winner's options on the other half of the small set.

    Raises:
        InputError: there are no halves.
    """
    if chain.half is None:
        raise InputError("The small set has no other half. Name one with --half female or male.")
    only = OTHER[chain.half]
    run = replace(winner.run, out=chain.out / "other", only=only)  # type: ignore[arg-type]
    return Stage("other", f"The winner ({winner.title}) on the {only} half", run, winner.source)


def _transfers(chain: Chain) -> tuple[Stage, ...]:
    start = chain.base or str(chain.out / "stylegan2")
    run = replace(
        _common(chain, "plain", chain.small, chain.budget_kimg),
        minutes=chain.stage_minutes,
        resume=start,
        only=chain.half,
        table=chain.table,
    )
    ada = replace(run, augment="ada", pipe=chain.pipe)
    frozen_d = replace(ada, freeze_d=chain.freeze_d)
    frozen_g = replace(frozen_d, freeze_g=chain.freeze_g, freeze_mapping=chain.freeze_mapping)
    source = "stylegan2" if chain.base is None else None
    made: list[Stage] = []
    for name, title, options in (
        ("plain", "Transfer: plain StyleGAN2", run),
        ("ada", "+ ADA", ada),
        ("freeze-d", f"+ FreezeD ({chain.freeze_d} layers)", frozen_d),
        ("freeze-g", f"+ FreezeG ({chain.freeze_g} blocks)", frozen_g),
    ):
        before = made[-1].name if made else None
        named = replace(options, out=chain.out / name)
        made.append(Stage(name, title, named, source, before))  # type: ignore[arg-type]
    return tuple(made)


def _common(chain: Chain, name: str, data: Path, kimg: float) -> gan.Config:
    return gan.Config(
        data,
        chain.out / name,
        preset=chain.preset,
        kimg=kimg,
        augment="none",
        size=chain.size,
        precision=chain.precision,
        seed=chain.seed,
        change=chain.change,
        watch=chain.watch,
        cache=chain.out / "cache",
        threads=chain.threads,
        device=chain.device,
    )


def _warmed(chain: Chain, name: StageName, run: gan.Config) -> gan.Config:
    """A base that starts from its warm start, its discriminator first."""
    alone = min(chain.d_first_kimg, (run.kimg or 0.0) / 10)
    change = replace(run.change, d_first_kimg=alone)
    return replace(run, resume=str(chain.out / WARM[name]), change=change)


def _first(chain: Chain, second: gan.Config) -> gan.Config:
    """StyleGAN with StyleGAN2's widths, rates and R1, so that the method is the difference."""
    recipe = make_recipe(chain.preset, chain.size)
    network, loss, update = recipe.network, recipe.loss, recipe.update
    preset = Changes(
        mapping_layers=network.mapping_layers,
        channel_base=network.channel_base,
        channel_max=network.channel_max,
        mbstd_group=network.mbstd_group,
        r1_gamma=loss.r1_gamma,
        d_reg_interval=loss.d_reg_interval,
        batch=update.batch,
        batch_at_once=update.batch_at_once,
        g_rate=update.g_rate,
        d_rate=update.d_rate,
        ema_kimg=update.ema_kimg,
    )
    given = {name: value for name, value in vars(chain.change).items() if value is not None}
    given = {name: value for name, value in given.items() if name not in ("pl_weight",)}
    if "batch" in given:
        given.setdefault("batch_at_once", given["batch"])
    change = replace(preset, **given)
    return replace(second, out=chain.out / "stylegan", preset="stylegan", change=change)
