"""`python -m train label`: first impressions, or types as people gave them, -> labels.csv."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mbtiface.errors import InputError, SourceError
from mbtiface.personality.types import AXES
from train.data.cells import warn_of_thin
from train.data.labels import RULE_TEXT, Labels, counts, label, write_labels
from train.data.photo_files import list_photos
from train.data.ratings import read_ratings
from train.data.typed import TYPED_TEXT, read_typed, to_labels
from train.data.typed_pictures import labels_of_pictures
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """Label faces with axis scores, a type and a fold: rated ones, or typed ones.

    Whoever labels photos of people sees to it that all of them are adults who agreed.
    """

    out: Path
    """Run folder: labels.csv and report.json."""
    ratings: Path | None = None
    """Rated faces: table with a `file` column and mean ratings 0..100."""
    csv: Path | None = None
    """Typed faces: table `file,type,gender`. Every further column must hold a number for each
    face, such as `age` in years; `averages` holds what they say still."""
    photos: Path | None = None
    """Folder that the files of `--csv` must lie in; not compared if it is not given."""
    dataset: Path | None = None
    """Typed faces: folder that `prepare --photos` made of the files of `--csv`. Its pictures are
    labelled, not the photos, as `project` and `averages` need it."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Read, label, write, and say which cells are thin.

    Raises:
        InputError: not exactly one table.
        SourceError: a table that cannot be used; all that is wrong with it is named.
    """
    if not announce(config):
        return
    labels, rule = _labels(config)
    tables = ("ratings", "csv", "photos", "dataset")
    unused = tuple(name for name in tables if getattr(config, name) is None)
    keep_config(config.out, config, ignored=("dry_run", *unused))
    write_labels(config.out / "labels.csv", labels)
    cells = counts(labels)
    report = {"rule": rule, "counts": cells, "axes": list(AXES)}
    if config.ratings is not None:
        report["correlation"] = np.corrcoef(labels.scores.T).round(4).tolist()
    write_json(config.out / "report.json", report)
    warn_of_thin(cells)
    log.info("labelled %d faces: %s", len(labels.files), config.out / "labels.csv")


def _labels(config: Config) -> tuple[Labels, str]:
    """The labels, and by which rule."""
    if (config.ratings is None) == (config.csv is None):
        raise InputError(
            f"Give one table: --ratings (is {config.ratings}) or --csv ({config.csv})."
        )
    if config.ratings is not None:
        for name in ("photos", "dataset"):
            if getattr(config, name) is not None:
                raise InputError(f"--{name} goes with --csv: ratings name their faces themselves.")
        return label(read_ratings(config.ratings)), RULE_TEXT
    assert config.csv is not None
    if config.photos is not None and not config.photos.is_dir():
        raise SourceError(f"--photos {config.photos} is no folder.")
    files = None if config.photos is None else list_photos(config.photos)
    typed = read_typed(config.csv, files=files, strict=True)
    if config.dataset is not None:
        return labels_of_pictures(typed, config.dataset), TYPED_TEXT
    return to_labels(typed), TYPED_TEXT
