"""The course of a run: fetch, phases, average, ADA, tick, snapshot."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from train.data.batches import Batches
from train.metrics.generated import Quality, QualityMeter, better
from train.runs.budget import passed
from train.runs.distributed import agree
from train.stylegan2.alarms import Alarm, Alarms, collapsed
from train.stylegan2.journal import Journal
from train.stylegan2.real_batch import Labelled, RealBatch
from train.stylegan2.showing import FixedSamples, Scored, peak_memory
from train.stylegan2.state import Snapshots
from train.stylegan2.trainer import Trainer

BEFORE_ALARM = "before-alarm.pt"
"""The snapshot from before samples lost their variance."""
Ending = Literal["done", "time is up", "not finite"]


@dataclass(frozen=True)
class Plan:
    """When what happens, counted in real pictures."""

    images: int
    """Pictures of the whole run."""
    tick_images: int
    """Pictures from one line of the log to the next."""
    snapshot_ticks: int = 10
    """Ticks from one snapshot, grid and metric to the next."""
    until: float | None = None
    """Moment (`train.runs.budget.deadline`) to stop at; None = none."""


@dataclass(frozen=True)
class Watch:
    """What the first process does beside training."""

    journal: Journal
    snapshots: Snapshots
    samples: FixedSamples
    columns: int
    """Pictures in a row of the grid."""
    scored: Scored
    """Whose scores are looked at, each tick."""
    meter: QualityMeter | None = None
    """Says which snapshot is the best; None = none is called so."""


class Loop:
    """A trainer, its pictures and what is seen of them."""

    def __init__(
        self,
        trainer: Trainer,
        batches: Batches,
        dataset: Labelled,  # that the batches are from
        plan: Plan,
        watch: Watch | None,  # None in all processes but the first
        notes: Mapping[str, Any],  # plain values kept in every snapshot: of the data
    ) -> None:
        self.trainer, self.batches, self.dataset = trainer, batches, dataset
        self.plan, self.watch, self.notes = plan, watch, notes
        self.alarms = Alarms()
        self.seconds = 0.0  # of training, over all starts
        self._since = (0, 0.0)  # pictures and moment of the last tick

    def run(self) -> Ending:
        """Go on from wherever the trainer stands until the plan or its time ends."""
        trainer, plan = self.trainer, self.plan
        self._since = (trainer.images, time.monotonic())
        while trainer.images < plan.images:
            before = trainer.images // plan.tick_images
            trainer.step(RealBatch.of(self.batches.next(), self.dataset))
            ticks = trainer.images // plan.tick_images
            out_of_time = plan.until is not None and agree(passed(plan.until), trainer.ranks)
            ends = out_of_time or trainer.images >= plan.images
            if ticks == before and not ends:
                continue
            if any(alarm.fatal for alarm in self._tick()):
                return "not finite"
            if ends or ticks % plan.snapshot_ticks == 0:
                self._snapshot()
            self._since = (trainer.images, time.monotonic())
            if out_of_time and trainer.images < plan.images:
                return "time is up"
        return "done"

    def state(self) -> dict[str, Any]:
        """All that going on needs. Every process must call it."""
        return {
            **self.trainer.state_dict(),
            "sampler": self.batches.state(),
            "seconds": self.seconds,
            "alarms": self.alarms.state(),
            "notes": dict(self.notes),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a kept state, as if there had been no stop."""
        self.trainer.load_state_dict(state)
        self.batches.load_state(state["sampler"])
        self.seconds = state["seconds"]
        self.alarms.load_state(state["alarms"])

    def _tick(self) -> list[Alarm]:
        """Bring a tick's means together, write them, and look for trouble."""
        trainer, watch = self.trainer, self.watch
        means = trainer.tally.take(trainer.ranks)
        images, started = self._since
        spent = time.monotonic() - started
        self.seconds += spent
        alarms = self.alarms.look(means)
        if watch is None:
            return alarms
        watch.journal.tick(
            trainer.images,
            {
                "kimg": trainer.images / 1000,
                "minutes": self.seconds / 60,
                "sec_kimg": 1000 * spent / max(trainer.images - images, 1),
                "p": trainer.controller.p,
                "r_t": trainer.controller.mean_sign,
                **means,
                "pl_mean": trainer.pl_mean.item(),
                **peak_memory(trainer.ranks.device),
            },
        )
        self._sound(watch, alarms)
        if not any(alarm.fatal for alarm in alarms):
            watch.journal.scores(watch.scored.histogram(trainer))
        return alarms

    def _snapshot(self) -> None:
        """Write the state, pictures of where the run stands, and the metric if there is one."""
        state, trainer, watch = self.state(), self.trainer, self.watch
        if watch is None:
            return
        quality = None if watch.meter is None else watch.meter.measure(trainer.average)
        if quality is not None and quality.collapsed is not None:
            self._sound(watch, self.alarms.begin(collapsed(quality.collapsed)))
        snapshot = watch.snapshots.save(state)
        pictures = watch.samples.pictures(trainer.average)
        watch.journal.snapshot(trainer.images, pictures, watch.columns)
        if quality is None:
            return
        watch.journal.figures(trainer.images, quality)
        if not trainer.generator_moved:  # what it was before is no result of this run
            return
        earlier = watch.snapshots.best_note()
        if better(quality, None if earlier is None else earlier["value"]):
            watch.snapshots.keep_best(snapshot, best_note(trainer.images, quality))

    def _sound(self, watch: Watch, alarms: list[Alarm]) -> None:
        """Write alarms; keep the snapshot from before samples became alike."""
        for alarm in alarms:
            watch.journal.alarm(self.trainer.images, alarm)
            earlier = watch.snapshots.numbered()
            if alarm.kind == "variance gone" and earlier:
                watch.snapshots.keep_as(BEFORE_ALARM, earlier[-1])


def best_note(images: int, quality: Quality) -> dict[str, Any]:
    """What is kept beside the best snapshot."""
    return {
        "images": images,
        "kimg": images / 1000,
        "metric": quality.frechet_name,
        "value": quality.frechet,
        "figures": quality.as_json(),
    }
