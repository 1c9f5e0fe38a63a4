"""Square pictures of one size with labels: what generator and discriminator learn from."""

from pathlib import Path

import numpy as np
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.personality.types import check_gender
from train.data.decoded import Decoded, decoded
from train.data.endless import balanced_weights
from train.data.picture_labels import PictureLabels, class_names, read_picture_labels
from train.data.picture_sizes import own_size
from train.data.picture_source import PictureSource
from train.data.ratings import SELECT_FOLD, TEST_FOLD, fold_of

SPLITS = ("all", "train", "held-out")
HELD_OUT_FOLDS = (SELECT_FOLD, TEST_FOLD)
"""Folds that no run trains on: two tenths of the pictures."""
LEAST_SIZE = 4


class PictureDataset:
    """Pictures by number, decoded once; with x-flip the second half mirrors the first.

    `size`: side in pixels. `kind`: what the labels say. `classes`: their names. `files`: the
    pictures, in order (of the first half). `digest`: of the whole source's list of files and their
    bytes, whatever the split.
    """

    def __init__(
        self,
        source: PictureSource,  # Where the pictures lie.
        pictures: Decoded,  # All of them, at one size.
        labels: PictureLabels,  # Of all of them.
        rows: np.ndarray,  # Those that belong to this dataset.
        size: int,  # Side in pixels.
        kind: str,  # One of `picture_labels.KINDS`.
        xflip: bool,  # Whether each comes mirrored too.
    ) -> None:
        self.size, self.kind, self.xflip = size, kind, xflip
        self.classes = class_names(kind)
        self.digest = source.digest
        self.files = tuple(source.names[row] for row in rows)
        self._pictures, self._labels, self._rows = pictures, labels, rows
        self._numbers = labels.numbers(kind)[rows]

    @classmethod
    def open(
        cls,
        path: Path | str,
        size: int | None = None,
        labels: str = "none",
        xflip: bool = False,
        split: str = "all",
        table: Path | None = None,
        only: str | None = None,
        cache: Path | None = None,
    ) -> "PictureDataset":
        """Open a prepared dataset, made faces, or any folder or zip of square pictures.

        Args:
            path: the folder or zip.
            size: side in pixels, a power of two, at most the pictures' own; None = their own.
            labels: `none`, `type`, `gender` or `type-gender`.
            xflip: double the set by mirror images, the second half.
            split: `all`, `train` (folds 2 to 9 of the photos' names) or `held-out` (0 and 1).
            table: csv of types and genders, for a folder that has no labels of its own.
            only: `female` or `male`: pictures of one gender alone.
            cache: folder that keeps decoded pictures, so that the next start is quick.

        Raises:
            InputError: an argument is none of the allowed.
            SourceError: empty, unreadable, of mixed sizes, of a size that is no power of two, with
                labels of another dataset, or without the labels asked for.
        """
        class_names(labels)
        if split not in SPLITS:
            raise InputError(f"Split {split!r} is unknown. Use one of {', '.join(SPLITS)}.")
        if only is not None:
            check_gender(only)
        source = PictureSource.open(Path(path))
        known = read_picture_labels(source, labels, table)
        rows = _chosen(source, known, split, only)
        size = _checked_size(source, size)
        return cls(source, decoded(source, size, cache), known, rows, size, labels, xflip)

    def __len__(self) -> int:
        return len(self._rows) * (2 if self.xflip else 1)

    @property
    def c_dim(self) -> int:
        """Length of a label; 0 without labels."""
        return len(self.classes)

    def pictures(self, indices: np.ndarray) -> torch.Tensor:
        """Pictures as uint8 `[n, 3, size, size]`, RGB; those of the second half mirrored."""
        indices = self._checked(indices)
        pixels = self._pictures.rows(self._rows[indices % len(self._rows)])  # [n, 3, size, size]
        mirrored = indices >= len(self._rows)
        pixels[mirrored] = pixels[mirrored, :, :, ::-1]
        return torch.from_numpy(pixels)

    def labels(self, indices: np.ndarray) -> torch.Tensor:
        """One-hot labels, float32 `[n, c_dim]`; a mirror image has the label of its picture."""
        indices = self._checked(indices)
        if not self.classes:
            return torch.zeros(len(indices), 0)
        numbers = self._numbers[indices % len(self._rows)]
        return torch.eye(self.c_dim)[torch.from_numpy(numbers)]

    def balanced_weights(self) -> np.ndarray:
        """Weights `[len]` for `EndlessSampler` by which each type of each gender shows alike often.

        Types or genders alone where no more is known.

        Raises:
            SourceError: nothing is known of the pictures.
        """
        kind = self._labels.finest()
        if kind == "none":
            raise SourceError(
                "The pictures have no labels of type or gender, so sampling cannot be balanced. "
                "Give a table of labels."
            )
        cells = self._labels.numbers(kind)[self._rows]
        return balanced_weights(np.tile(cells, 2 if self.xflip else 1))

    def _checked(self, indices: np.ndarray) -> np.ndarray:
        indices = np.asarray(indices)
        if len(indices) and (indices.min() < 0 or indices.max() >= len(self)):
            raise InputError(
                f"Pictures are numbered 0 to {len(self) - 1}; asked for {indices.min()} to "
                f"{indices.max()}."
            )
        return indices


def _chosen(
    source: PictureSource, known: PictureLabels, split: str, only: str | None
) -> np.ndarray:
    """Rows of the source that belong to a split and gender, int64."""
    folds = np.array([fold_of(photo) for photo in known.photos])
    kept = np.ones(len(folds), bool)
    if split != "all":
        kept &= np.isin(folds, HELD_OUT_FOLDS) == (split == "held-out")
    if only is not None:
        kept &= np.array([gender == only for gender in known.genders])
    if not kept.any():
        raise SourceError(
            f"{source.path} has no picture of the split {split!r}"
            f"{f' and gender {only!r}' if only else ''} among its {len(folds)}."
        )
    return np.flatnonzero(kept)


def _checked_size(source: PictureSource, size: int | None) -> int:
    """The side that pictures are shown at; a power of two."""
    own = own_size(source)
    chosen = own if size is None else size
    if size is None and not _is_power(own):
        raise SourceError(
            f"{source.path} has pictures of {own} px, which is no power of two from {LEAST_SIZE} "
            "on, as the networks need. Ask for a smaller size that is one, or prepare them again."
        )
    check_size(chosen)
    if chosen > own:
        raise InputError(
            f"{source.path} has pictures of {own} px, fewer than the {chosen} asked for. Ask for a "
            "smaller size, or prepare the photos with a larger one."
        )
    return chosen


def check_size(size: int) -> None:
    """Refuse a picture size that no network takes.

    Raises:
        InputError: no power of two, or under 4.
    """
    if not _is_power(size):
        raise InputError(
            f"Size {size} is no power of two from {LEAST_SIZE} on, as the networks need. Use 64, "
            "128, 256, 512 or 1024."
        )


def _is_power(size: int) -> bool:
    return size >= LEAST_SIZE and not size & (size - 1)
