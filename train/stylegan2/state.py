"""A run's snapshots on disk: the last few, the best by a metric, those kept on purpose.

Each is one whole file (train/runs/checkpoint.py), so a killed process leaves the one before.
"""

import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mbtiface.errors import SourceError
from train.runs.checkpoint import load_state, save_state
from train.runs.config import write_json

log = logging.getLogger(__name__)

FOLDER = "states"
BEST, BEST_NOTE = "best.pt", "best.json"


@dataclass(frozen=True)
class Snapshots:
    """`states/NUMBER.pt`, named by the pictures seen, `states/best.pt` and others by name."""

    run: Path
    """Run folder."""
    keep: int = 2
    """How many of the newest stay."""

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.run / FOLDER

    def numbered(self) -> list[Path]:
        """Numbered snapshots, oldest first."""
        return sorted(path for path in self.folder.glob("*.pt") if path.stem.isdigit())

    def save(self, state: dict[str, Any]) -> Path:
        """Write a snapshot, then let the oldest go.

        Raises:
            SourceError: it cannot be written (a full disk); all earlier ones are still there.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{state['images']:010d}.pt"
        save_state(path, state)
        for old in self.numbered()[: -self.keep]:
            old.unlink()
        return path

    def newest(self, device: torch.device | str = "cpu") -> dict[str, Any] | None:
        """The newest snapshot that can be read, None if there is none.

        Raises:
            SourceError: there are some, but all are damaged.
        """
        damaged: SourceError | None = None
        for path in reversed(self.numbered()):
            try:
                return load_state(path, device)
            except SourceError as error:  # a disk may lose what was written whole
                log.warning("%s Going back to the one before.", error)
                damaged = error
        if damaged is not None:
            raise damaged
        return None

    def keep_as(self, name: str, snapshot: Path) -> None:
        """Keep a snapshot under a name too, in one step; it takes no room while it is numbered."""
        kept, partial = self.folder / name, self.folder / f".{name}.partial"
        partial.unlink(missing_ok=True)
        try:
            os.link(snapshot, partial)
        except OSError:  # a file system without hard links
            shutil.copyfile(snapshot, partial)
        partial.replace(kept)

    def keep_best(self, snapshot: Path, note: Mapping[str, Any]) -> None:
        """Keep a snapshot as the best, with what is known of it."""
        # The note last: if the process dies in between, the next metric decides anew.
        self.keep_as(BEST, snapshot)
        write_json(self.run / BEST_NOTE, note)

    def best_note(self) -> dict[str, Any] | None:
        """What is known of the best snapshot, None without one."""
        path = self.run / BEST_NOTE
        if not path.exists() or not (self.folder / BEST).exists():
            return None
        return dict(json.loads(path.read_text("utf-8")))

    def best(self, device: torch.device | str = "cpu") -> dict[str, Any] | None:
        """The best snapshot, else the newest, None without any."""
        if self.best_note() is not None:
            return load_state(self.folder / BEST, device)
        return self.newest(device)
