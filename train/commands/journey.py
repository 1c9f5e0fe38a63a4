"""`python -m train journey --data LARGE --small SMALL --out RUN`: the chain and its report."""

import logging
import shutil
from dataclasses import dataclass

from torch import distributed

from mbtiface.errors import InputError
from train.journey.course import finished, walk
from train.journey.record import read_record, winner_of
from train.journey.report import write_report
from train.journey.stages import (
    BASES,
    TRANSFERS,
    WARM,
    Chain,
    Stage,
    StageName,
    main_stages,
    other_stage,
)
from train.journey.warm_start import WarmStart
from train.runs.budget import deadline
from train.runs.config import announce

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config(Chain):
    """StyleGAN, StyleGAN2, + ADA, + FreezeD, + FreezeG; the same command goes on."""

    skip: tuple[StageName, ...] = ()
    """Stages that are not run; what they left earlier is still reported."""
    rerun: tuple[StageName, ...] = ()
    """Stages whose folders are thrown away first. Leave the option out when going on."""
    compact: bool = False
    """Drop the states of finished stages; their networks stay, in half precision."""
    minutes: float | None = None
    """Stop the whole journey after this time; the same command goes on."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Walk the chain from wherever it stands; the report is written anew after each new stage.

    Raises:
        InputError: options that do not fit together.
        SourceError: data or a stage's folder that cannot be used.
    """
    if not announce(config):
        return
    if distributed.is_torchelastic_launched():
        raise InputError(
            "The journey runs in one process. Run single stages with torchrun and "
            "`python -m train gan` in the journey's folders, then the journey."
        )
    until = deadline(config.minutes)
    stages = main_stages(config)
    check(config, stages)
    warm_starts = open_warm_starts(config, stages)
    for name in config.rerun:
        shutil.rmtree(config.out / name, ignore_errors=True)
    config.out.mkdir(parents=True, exist_ok=True)
    for stage in stages:
        if stage.name in config.skip:
            continue
        if stage.name in warm_starts and not warm_starts[stage.name].run(until):
            log.info("time is up within a warm start; run the same command again to go on")
            return
        if not _one(config, stage, stages, until):
            return
    _last(config, stages, until)


def check(config: Config, stages: tuple[Stage, ...]) -> None:
    """Name what cannot work before anything is trained or thrown away.

    Raises:
        InputError: a stage starts from one that is skipped and not there, or one that is rerun.
    """
    for stage in stages:
        if stage.name in config.skip:
            continue
        source = stage.source
        if source in config.skip and not (config.out / source).exists():
            raise InputError(
                f"{stage.name} starts from {source}, which is skipped and not in {config.out}. "
                "Let it run, or name other weights with --base."
            )
        begun = (config.out / stage.name).exists() and stage.name not in config.rerun
        if source in config.rerun and begun:
            raise InputError(
                f"{stage.name} started from the {source} that --rerun throws away. Give "
                f"--rerun {source} {stage.name} too, or --skip {stage.name}."
            )


def open_warm_starts(config: Config, stages: tuple[Stage, ...]) -> dict[StageName, WarmStart]:
    """The warm start of each base that is run, where one is asked for."""
    if not config.warm.steps:
        return {}
    return {
        stage.name: WarmStart(config.warm, stage.run, config.out / WARM[stage.name])
        for stage in stages
        if stage.name in BASES and stage.name not in config.skip
    }


def _last(config: Config, stages: tuple[Stage, ...], until: float | None) -> None:
    """The winner on the other half, where there are halves."""
    begun = [read_record(stage) for stage in stages if stage.name in TRANSFERS]
    winner = winner_of([record for record in begun if record is not None])
    if config.half is None or winner is None:
        log.info("no last stage: it needs --half, and a transfer that was measured")
        write_report(config.out, stages)
        return
    last = other_stage(config, winner.stage)
    everything = (*stages, last)
    if "other" in config.skip:
        write_report(config.out, everything)
        return
    if _one(config, last, everything, until):
        log.info("the journey is at its end: %s", config.out / "report.html")


def _one(config: Config, stage: Stage, stages: tuple[Stage, ...], until: float | None) -> bool:
    new = not finished(stage)
    ended = walk(stage, until, config.compact)
    if new or stage.name == "other":
        write_report(config.out, stages)
    if not ended:
        log.info("time is up within %s; run the same command again to go on", stage.name)
    return ended
