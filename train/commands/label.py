"""`python -m train label --ratings FILE --out DIR`: first impressions -> axis scores and types."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mbtiface.personality.types import AXES
from train.data.labels import RULE_TEXT, counts, label, write_labels
from train.data.ratings import read_ratings
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

THIN_CELL = 12
"""A type and gender with fewer faces than this is named in a warning."""


@dataclass(frozen=True)
class Config:
    """Label rated faces with axis scores, a type and a fold."""

    ratings: Path
    """Table with a `file` column and mean ratings 0..100."""
    out: Path
    """Run folder: labels.csv and report.json."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Read, label, write, and say which cells are thin."""
    if not announce(config):
        return
    ratings = read_ratings(config.ratings)
    keep_config(config.out, config)
    labels = label(ratings)
    write_labels(config.out / "labels.csv", labels)
    cells = counts(labels)
    correlation = np.corrcoef(labels.scores.T).round(4).tolist()
    report = {"rule": RULE_TEXT, "counts": cells, "axes": list(AXES), "correlation": correlation}
    write_json(config.out / "report.json", report)
    thin = [
        f"{code} {gender} ({number})"
        for gender, codes in cells.items()
        for code, number in codes.items()
        if number < THIN_CELL
    ]
    if thin:
        log.warning("few faces: %s", ", ".join(thin))
    log.info("labelled %d faces: %s", len(labels.files), config.out / "labels.csv")
