"""The pictures of a run: those that are learnt from, and those kept apart."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mbtiface.errors import SourceError
from train.data.batches import Batches
from train.data.endless import EndlessSampler
from train.data.picture_dataset import PictureDataset
from train.runs.distributed import Ranks


@dataclass(frozen=True)
class LearningSet:
    """Pictures learnt from, as they are and mirrored, pictures kept apart, and how often each."""

    training: PictureDataset
    """With mirror images where they are wanted."""
    plain: PictureDataset
    """The same without them."""
    held_out: PictureDataset | None
    """Folds 0 and 1 of the photos; None where all are learnt from, or none are in them."""
    weights: np.ndarray | None
    """`[len(training)]`, how often each is shown; None = alike."""

    @classmethod
    def open(
        cls,
        path: Path,
        size: int | None,
        labels: str,
        xflip: bool,
        split: str,
        table: Path | None,
        only: str | None,
        balanced: bool,
        cache: Path,
    ) -> "LearningSet":
        """Open a dataset; the arguments are those of `PictureDataset.open`.

        Raises:
            InputError, SourceError: as there, or pictures too few or too small to learn from.
        """

        def part(which: str) -> PictureDataset:
            return PictureDataset.open(path, size, labels, False, which, table, only, cache)

        plain = part(split)
        training = copy.copy(plain)  # shares the decoded pictures
        training.xflip = xflip
        held_out = None
        if split == "train":
            try:
                held_out = part("held-out")
            except SourceError:  # a set so small that no photo falls into these folds
                held_out = None
        weights = training.balanced_weights() if balanced else None
        return cls(training, plain, held_out, weights)

    def batches(self, seed: int, ranks: Ranks, share: int) -> Batches:
        """Batches of `share` pictures for this process."""
        sampler = EndlessSampler(
            len(self.training), seed, ranks.rank, ranks.count, weights=self.weights
        )
        return Batches(self.training, sampler, share, ranks.device)

    def notes(self) -> dict[str, Any]:
        """Plain values that tell this set from another."""
        return {
            "digest": self.training.digest,
            "pictures": len(self.training),
            "size": self.training.size,
            "classes": list(self.training.classes),
        }

    def check_notes(self, kept: Mapping[str, Any]) -> None:
        """Raise SourceError unless a snapshot was made from this very set."""
        now = self.notes()
        changed = [name for name in now if kept.get(name) != now[name]]
        if changed:
            name = changed[0]
            raise SourceError(
                f"The data changed since this run began: {', '.join(changed)} ({name} was "
                f"{kept.get(name)}, is {now[name]}). Go on with the same data, or start a new run "
                "with --resume."
            )
