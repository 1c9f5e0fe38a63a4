"""What is looked at while a GAN is trained, by options."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from mbtiface.errors import InputError
from train.metrics.feature_extractor import open_extractor
from train.metrics.generated import QualityMeter
from train.metrics.samples import SampleOptions
from train.stylegan2.journal import Journal
from train.stylegan2.learning_set import LearningSet
from train.stylegan2.loop import Watch
from train.stylegan2.showing import FixedSamples, Scored, columns_of
from train.stylegan2.state import Snapshots
from train.stylegan2.trainer import Trainer


@dataclass(frozen=True)
class WatchOptions:
    """How often a run is looked at, and how closely."""

    tick_kimg: float = 4.0
    """Thousands of pictures from one line of the log to the next."""
    snapshot_ticks: int = 10
    """Ticks from one snapshot, grid and metric to the next."""
    keep: int = 2
    """Newest snapshots that stay; the best by the metric stays too."""
    grid: int = 32
    """Samples in a grid."""
    scores: int = 256
    """Pictures of each kind whose scores are looked at, each tick."""
    metric: Literal["auto", "inception", "efficientnet", "none"] = "auto"
    """Network of the metric that names the best snapshot; `none` = no metric."""
    metric_samples: int = 1000
    """Samples that it looks at."""
    batch: int = 32
    """Pictures looked at at once."""

    def __post_init__(self) -> None:
        """Refuse what cannot be counted."""
        counts = (self.snapshot_ticks, self.keep, self.grid, self.batch)
        if min(counts) < 1 or self.tick_kimg <= 0 or min(self.scores, self.metric_samples) < 2:
            raise InputError(
                "Ticks, snapshots, grid and batch are at least 1, scores and metric_samples 2, "
                f"tick_kimg above 0; given are {self}."
            )


def make_watch(
    options: WatchOptions,
    run: Path,
    data: LearningSet,
    trainer: Trainer,
    snapshots: Snapshots,
    state: dict[str, Any] | None,  # that the run goes on from; None = it is new
    cache: Path,  # folder of the features of real pictures
) -> Watch | None:
    """What the first process does; None in the others.

    Raises:
        SourceError: the metric's weights cannot be had.
    """
    if not trainer.ranks.first:
        return None
    z_dim, classes = trainer.generator.z_dim, data.training.c_dim
    columns = columns_of(options.grid, classes)
    rows = np.arange(options.grid) * len(data.plain) // options.grid
    journal = Journal(run, 0 if state is None else state["images"])
    journal.real_grid(data.plain.pictures(rows), columns)
    scored = Scored(
        data.training,
        data.held_out,
        FixedSamples.draw(z_dim, options.scores, 1, options.batch, classes),
        options.scores,
        options.batch,
        min(trainer.recipe.network.mbstd_group, trainer.share),
    )
    meter = None
    if options.metric != "none":
        meter = QualityMeter(
            open_extractor(options.metric, trainer.ranks.device),
            data.plain,  # type: ignore[arg-type]  # its pictures take lists too
            cache,
            SampleOptions(options.metric_samples, options.batch),
            all_labels(data),
            data.held_out,  # type: ignore[arg-type]  # as above
        )
    return Watch(
        journal,
        snapshots,
        FixedSamples.draw(z_dim, options.grid, 0, options.batch, classes),
        columns,
        scored,
        meter,
    )


def all_labels(data: LearningSet) -> torch.Tensor | None:
    """Labels of all pictures learnt from, `[pictures, c_dim]`; None where there are none."""
    if not data.plain.c_dim:
        return None
    return data.plain.labels(np.arange(len(data.plain)))
