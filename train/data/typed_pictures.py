"""Labels of the pictures that `python -m train prepare --photos` made of typed photos."""

import csv
import logging
from pathlib import Path

import numpy as np

from mbtiface.errors import SourceError
from train.data.labels import Labels
from train.data.picture_labels import RELATION
from train.data.ratings import fold_of
from train.data.typed import NAMED, Typed, to_labels

log = logging.getLogger(__name__)


def labels_of_pictures(typed: Typed, dataset: Path) -> Labels:
    """Labels of a dataset's pictures, each by the photo that it was made of.

    Photos that gave no picture are left out. A picture's fold is its photo's.

    Args:
        typed: the maker's table, which names photos.
        dataset: folder of `prepare --photos`.

    Raises:
        SourceError: no such dataset, or it has pictures of photos that the table does not name.
    """
    path = dataset / RELATION
    try:
        with path.open(newline="", encoding="utf-8") as opened:
            pairs = [(row["file"], row["photo"]) for row in csv.DictReader(opened)]
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise SourceError(
            f"{dataset} is no dataset in a folder: {path} cannot be read ({error}). Make it with "
            "`python -m train prepare --photos`, --out without .zip."
        ) from error
    rows = typed.rows_of([photo for _, photo in pairs])
    unnamed = [photo for (_, photo), row in zip(pairs, rows, strict=True) if row is None]
    if unnamed or not pairs:
        raise SourceError(
            f"The table does not name {len(unnamed)} of the {len(pairs)} photos that {dataset} was "
            f"made of: {', '.join(unnamed[:NAMED])}. Name them, or prepare with this table."
        )
    kept = np.array([row for row in rows if row is not None])
    log.info("%d of the table's %d photos have a picture", len(kept), len(typed.files))
    labels = to_labels(typed)
    return Labels(
        files=tuple(file for file, _ in pairs),
        scores=labels.scores[kept],
        male=labels.male[kept],
        folds=np.array([fold_of(photo) for _, photo in pairs]),
        numbers={name: column[kept] for name, column in labels.numbers.items()},
    )
