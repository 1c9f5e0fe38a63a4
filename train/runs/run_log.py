"""What a run writes of its course: one json line and TensorBoard's scalars at a time."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

log = logging.getLogger(__name__)


class RunLog:
    """`log.jsonl` and `tensorboard/` of a run folder; lines of a run that goes on are added."""

    def __init__(
        self,
        folder: Path,
        part: str = "",  # Of a run of several: `log.PART.jsonl` and `tensorboard/PART`.
    ) -> None:
        self._prefix = f"{part}, " if part else ""
        self._file = folder / (f"log.{part}.jsonl" if part else "log.jsonl")
        self._writer = SummaryWriter(str(folder / "tensorboard" / part))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write named values of a step."""
        rounded = {name: float(f"{value:.4g}") for name, value in values.items()}
        log.info("%sstep %d: %s", self._prefix, step, rounded)
        with self._file.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps({"step": step, **rounded}) + "\n")
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def picture(self, step: int, name: str, picture: torch.Tensor) -> None:
        """Write a picture, uint8 `[height, width, 3]`."""
        self._writer.add_image(name, picture, step, dataformats="HWC")
        self._writer.flush()
