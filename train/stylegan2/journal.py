"""What a GAN run writes of its course, for people and for other programs.

- `log.jsonl`, `tensorboard/`: a line a tick (train/runs/run_log.py)
- `scores.jsonl`: a line a tick, histograms of the discriminator's scores of real, generated and
  held-out pictures (train/metrics/score_histograms.py); `scores.png` draws them at each snapshot
- `figures.jsonl`: a line a snapshot, all that the metric found (train/metrics/generated.py); the
  numbers among it go to `log.figures.jsonl` and TensorBoard
- `grids/IMAGES.jpg`: the same latents at each snapshot; `grids/real.jpg`: real pictures
- `alarms.jsonl`: what train/stylegan2/alarms.py found
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from train.metrics.generated import Quality
from train.metrics.score_histograms import ScoreHistogram, append_histogram, read_histograms
from train.metrics.score_picture import draw_scores
from train.runs.run_log import RunLog
from train.stylegan2.alarms import Alarm
from train.stylegan2.drawings import grid, write_picture

log = logging.getLogger(__name__)

LOG, SCORES, FIGURES, ALARMS = "log.jsonl", "scores.jsonl", "figures.jsonl", "alarms.jsonl"
NUMBERS = "figures"
"""Part of the run's log that holds the metric's numbers."""


class Journal:
    """Files of one run folder; only the first process has one."""

    def __init__(
        self,
        folder: Path,
        images: int,  # pictures seen so far: later lines are of a stretch that is done anew
    ) -> None:
        self.folder = folder
        for name in (LOG, SCORES, FIGURES, ALARMS, f"log.{NUMBERS}.jsonl"):
            forget_after(folder / name, images)
        self._log, self._numbers = RunLog(folder), RunLog(folder, NUMBERS)

    def tick(self, images: int, values: Mapping[str, float]) -> None:
        """Write a tick's means."""
        self._log.scalars(images, values)

    def scores(self, histogram: ScoreHistogram) -> None:
        """Write histograms of scores."""
        append_histogram(self.folder / SCORES, histogram)

    def figures(self, images: int, quality: Quality) -> None:
        """Write a snapshot's figures."""
        self._numbers.scalars(images, quality.scalars())
        line = {"step": images, "kimg": images / 1000, **quality.as_json()}
        self._append(FIGURES, line)

    def alarm(self, images: int, alarm: Alarm) -> None:
        """Write an alarm to its file and to the program's log."""
        log.warning("ALARM at %.1f kimg, %s: %s", images / 1000, alarm.kind, alarm.message)
        self._append(ALARMS, {"step": images, "kind": alarm.kind, "message": alarm.message})

    def snapshot(self, images: int, pictures: torch.Tensor, columns: int) -> None:
        """Draw generated pictures, uint8 `[n, 3, size, size]`, and the scores so far."""
        pixels = grid(pictures, columns)
        path = self.folder / "grids" / f"{images:010d}.jpg"
        write_picture(path, Image.fromarray(pixels))
        self._log.picture(images, "samples", torch.from_numpy(pixels))
        if (self.folder / SCORES).exists():
            drawn = draw_scores(read_histograms(self.folder / SCORES), self.folder.name)
            write_picture(self.folder / "scores.png", drawn)

    def real_grid(self, pictures: torch.Tensor, columns: int) -> None:
        """Write real pictures, uint8 `[n, 3, size, size]`, once."""
        path = self.folder / "grids" / "real.jpg"
        if not path.exists():
            write_picture(path, Image.fromarray(grid(pictures, columns)))

    def _append(self, name: str, line: Mapping[str, Any]) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as opened:
            opened.write(json.dumps(line) + "\n")


def forget_after(path: Path, images: int) -> None:
    """Drop a file's lines of more than `images` pictures, and half a line of a killed process."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text("utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            break
        seen = values["step"] if "step" in values else round(1000 * values["kimg"])
        if seen <= images:
            kept.append(line + "\n")
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text("".join(kept), "utf-8")
    partial.replace(path)
