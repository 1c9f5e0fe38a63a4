"""The pictures of a stage's row: samples, metric over kimg, scores, r_t and p."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from train.journey.course import DROPLET_PICTURE
from train.journey.curves import PALE, STRONG, Curve, Mark, draw_curves
from train.journey.record import Record
from train.metrics.score_picture import draw_scores
from train.stylegan2.journal import SCORES

GREEN = (40, 140, 60)
ORANGE = (215, 90, 20)


@dataclass(frozen=True)
class RowPicture:
    """One picture with the words beneath it."""

    words: str
    image: Image.Image
    samples: bool = False
    """Whether it shows faces: such are kept as JPEG."""


def row_pictures(record: Record, others: Mapping[str, Record]) -> list[RowPicture]:
    """Pictures of a stage; `others` are the stages that learnt from the same pictures."""
    found = [*_grids(record), RowPicture(f"{record.metric} over kimg", _metric(record, others))]
    if record.histograms:
        words = f"Scores of the discriminator ({SCORES})"
        found.append(RowPicture(words, draw_scores(record.histograms, record.name)))
    augments = record.stage.run.augment != "none"
    words = "p and r_t over kimg" if augments else "r_t over kimg (no augmentation)"
    found.append(RowPicture(words, _p(record, words, augments)))
    marks = record.stage.run.out / DROPLET_PICTURE
    if marks.exists():
        words = "Where each layer's strongest place lies"
        found.append(RowPicture(words, _opened(marks)))
    return found


def _grids(record: Record) -> list[RowPicture]:
    """Best, last, and real pictures; the latents are the same in all grids."""
    moments: dict[str, float] = {}
    if record.best is not None:
        moments["best"] = record.best[0]
    if record.grids:
        moments["last"] = record.grids[-1][0]
    paths = {name: record.grid_at(kimg) for name, kimg in moments.items()}
    if "best" in paths and paths["best"] == paths.get("last"):
        moments, paths = {"best and last": moments["best"]}, {"best and last": paths["best"]}
    found = [
        RowPicture(f"Samples, {name}: {moments[name]:g} kimg", _opened(path), samples=True)
        for name, path in paths.items()
        if path is not None
    ]
    real = record.stage.run.out / "grids" / "real.jpg"
    if real.exists():
        found.append(RowPicture("Real pictures", _opened(real), samples=True))
    return found


def _metric(record: Record, others: Mapping[str, Record]) -> Image.Image:
    pale = [
        Curve("", other.course, PALE, 1) for name, other in others.items() if name != record.name
    ]
    own = Curve(record.name, record.course, STRONG, 2)
    marks = []
    if record.best is not None:
        marks.append(Mark("best", record.best[0], GREEN))
    if record.broken_at is not None:
        marks.append(Mark("broken", record.broken_at))
    title = f"{record.metric}; pale: the other stages on these pictures"
    return draw_curves(title, [*pale, own], marks)


def _p(record: Record, title: str, augments: bool) -> Image.Image:
    """r_t, which tells of over-fitting with and without augmentation, and p where it moves."""
    r_t = [(line["kimg"], line["r_t"]) for line in record.ticks if line.get("r_t") is not None]
    shown = [Curve("p", record.p, STRONG)] if augments else []
    shown.append(Curve("r_t", [point for point in r_t if -1 <= point[1] <= 1], ORANGE))
    low = min((value for curve in shown for _, value in curve.points), default=0.0)
    high = max((value for curve in shown for _, value in curve.points), default=1.0)
    return draw_curves(title, shown, span=(min(low, 0.0), max(high, 1.0)))


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")
