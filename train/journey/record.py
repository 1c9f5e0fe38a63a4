"""What a stage left in its folder, read back for the report; a stage under way can be read too."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from train.journey.course import DROPLETS, read_note
from train.journey.stages import Stage
from train.metrics.score_histograms import ScoreHistogram, read_histograms
from train.stylegan2.journal import ALARMS, FIGURES, LOG, SCORES

BROKEN = 1.2
"""Samples are broken from the snapshot on from which the metric never comes below this many times
its best again."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Record:
    """One stage; lines in the order of kimg."""

    stage: Stage
    ending: str
    """`done`, `time is up`, `not finite`, or `under way`."""
    ticks: tuple[dict[str, Any], ...]
    """`log.jsonl`."""
    figures: tuple[dict[str, Any], ...]
    """`figures.jsonl`, those that are finite."""
    alarms: tuple[dict[str, Any], ...]
    """`alarms.jsonl`."""
    histograms: tuple[ScoreHistogram, ...]
    grids: tuple[tuple[float, Path], ...]
    """Moment in kimg and file."""
    droplets: dict[str, Any] | None
    """Of a base: `train.metrics.droplet_table.as_json`."""

    @property
    def name(self) -> str:
        """Of the stage."""
        return self.stage.name

    @property
    def metric(self) -> str:
        """What the Frechet distance is called."""
        return str(self.figures[-1]["frechet_name"]) if self.figures else "metric"

    @property
    def kimg(self) -> float:
        """Thousands of pictures seen."""
        return float(self.ticks[-1]["kimg"]) if self.ticks else 0.0

    @property
    def minutes(self) -> float:
        """Minutes of training."""
        return float(self.ticks[-1]["minutes"]) if self.ticks else 0.0

    @property
    def course(self) -> list[Point]:
        """Metric over kimg."""
        return [(line["kimg"], line["frechet"]) for line in self.figures]

    @property
    def p(self) -> list[Point]:
        """Probability of augmentation over kimg."""
        return [(line["kimg"], line["p"]) for line in self.ticks]

    @property
    def best(self) -> Point | None:
        """Moment in kimg and metric of the best snapshot that did not collapse.

        While the discriminator learns alone the generator is still another's, and does not count.
        """
        alone = self.stage.run.change.d_first_kimg or 0.0
        points = [
            (line["kimg"], line["frechet"])
            for line in self.figures
            if line["kimg"] > alone and line["collapsed"] is None
        ]
        return min(points, key=lambda point: point[1], default=None)

    @property
    def last(self) -> Point | None:
        """Moment in kimg and metric of the last snapshot."""
        return self.course[-1] if self.course else None

    @property
    def worsening(self) -> float | None:
        """Last metric as a multiple of the best, at least 1."""
        if self.best is None or self.last is None or self.best[1] <= 0:
            return None
        return self.last[1] / self.best[1]

    @property
    def broken_at(self) -> float | None:
        """Moment in kimg from which samples are broken (`BROKEN`), None = they are not."""
        if self.best is None or self.best[1] <= 0:
            return None
        found = None
        for line in reversed(self.figures):
            sound = line["collapsed"] is None and line["frechet"] < BROKEN * self.best[1]
            if line["kimg"] <= self.best[0] or sound:
                break
            found = float(line["kimg"])
        return found

    def figure_at(self, kimg: float) -> dict[str, Any] | None:
        """The snapshot's figures nearest to a moment."""
        return min(self.figures, key=lambda line: abs(line["kimg"] - kimg), default=None)

    def scores_at(self, kimg: float) -> ScoreHistogram | None:
        """The scores nearest to a moment."""
        return min(self.histograms, key=lambda each: abs(each.kimg - kimg), default=None)

    def grid_at(self, kimg: float) -> Path | None:
        """The grid nearest to a moment."""
        return min(self.grids, key=lambda each: abs(each[0] - kimg), default=(0.0, None))[1]


def read_record(stage: Stage) -> Record | None:
    """Read a stage's folder; None where it has not begun.

    Raises:
        SourceError: its scores are damaged.
    """
    folder = stage.run.out
    ticks = read_lines(folder / LOG)
    if not ticks:
        return None
    note = read_note(folder)
    figures = [line for line in read_lines(folder / FIGURES) if _usable(line)]
    scores = folder / SCORES
    grids = sorted(path for path in (folder / "grids").glob("*.jpg") if path.stem.isdigit())
    marks = folder / DROPLETS
    return Record(
        stage,
        note["ending"] if note else "under way",
        tuple(ticks),
        tuple(figures),
        tuple(read_lines(folder / ALARMS)),
        tuple(read_histograms(scores)) if scores.exists() else (),
        tuple((int(path.stem) / 1000, path) for path in grids),
        dict(json.loads(marks.read_text("utf-8"))) if marks.exists() else None,
    )


def winner_of(records: Sequence[Record]) -> Record | None:
    """The record with the lowest metric at its best; None where nothing was measured."""
    measured = [(record.best[1], record) for record in records if record.best is not None]
    return min(measured, key=lambda pair: pair[0])[1] if measured else None


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Lines of json, in the order of `step`; half a line of a killed process is passed over."""
    if not path.exists():
        return []
    lines = []
    for line in path.read_text("utf-8").splitlines():
        try:
            lines.append(dict(json.loads(line)))
        except ValueError:
            continue
    return sorted(lines, key=lambda values: values["step"])


def _usable(line: dict[str, Any]) -> bool:
    return isfinite(line["frechet"])
