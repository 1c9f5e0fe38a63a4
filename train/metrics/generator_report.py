"""All that is measured of one generator, in a folder: figures, droplets, nearest faces."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import nn

from mbtiface.errors import InputError
from train.metrics import droplet_table
from train.metrics.droplets import LIMIT, DropletReport, droplets
from train.metrics.feature_distances import nearest
from train.metrics.feature_extractor import FeatureExtractor
from train.metrics.generated import Quality, QualityMeter
from train.metrics.real_features import MOST, PictureSet
from train.metrics.samples import SampleOptions, samples
from train.runs.config import write_json

log = logging.getLogger(__name__)

QUALITY, DROPLETS, WHERE, NEAREST = "quality.json", "droplets.md", "droplets.png", "nearest.png"


@dataclass(frozen=True)
class ReportOptions:
    """What is measured."""

    samples: SampleOptions = field(default_factory=SampleOptions)
    """Which pictures; 1000 by default."""
    most_real: int = MOST
    """Real pictures looked at."""
    droplet_samples: int = 64
    """Pictures whose feature maps are searched; 0 = droplets are not looked for."""
    droplet_limit: float = LIMIT
    """Ratio from which a peak counts as a droplet."""
    pairs: int = 16
    """Samples shown beside their nearest training picture; 0 = no picture of them."""


def report_generator(
    generator: nn.Module,
    training: PictureSet,
    extractor: FeatureExtractor,
    folder: Path,
    options: ReportOptions | None = None,
    held_out: PictureSet | None = None,
    labels: torch.Tensor | None = None,
    features: Path | None = None,
) -> dict[str, Any]:
    """Measure a generator and write `quality.json`, `droplets.md`, `.png` and `nearest.png`.

    Args:
        generator: `StyleGAN1Generator` or `Generator`, usually the moving average.
        training: the pictures that it was trained on.
        extractor: as `open_extractor` gives it.
        folder: of the report; made if need be.
        options: None = the defaults.
        held_out: pictures it was not trained on, for how much it memorises.
        labels: `[rows, c_dim]` of the training pictures where it takes labels.
        features: folder where features of real pictures are kept; None = `folder`.

    Returns:
        What `quality.json` holds.

    Raises:
        InputError: pictures that cannot be measured, missing labels.
        SourceError: the folder cannot be written.
    """
    options = options or ReportOptions()
    folder.mkdir(parents=True, exist_ok=True)
    meter = QualityMeter(
        extractor,
        training,
        features or folder,
        options.samples,
        labels,
        held_out,
        options.most_real,
    )
    shown: list[torch.Tensor] = []

    def keep(batch: torch.Tensor) -> None:
        if sum(map(len, shown)) < options.pairs:
            shown.append(batch)

    batches = samples(generator, options.samples, labels)
    quality, seen = meter.measure_pictures(batches, keep)
    found: dict[str, Any] = {"quality": quality.as_json()}
    if options.droplet_samples:
        report = _droplets(generator, options, labels)
        (folder / DROPLETS).write_text(droplet_table.as_markdown(report), "utf-8")
        droplet_table.where_picture(report).save(folder / WHERE)
        found["droplets"] = droplet_table.as_json(report)
    if options.pairs:
        first = torch.cat(shown)[: options.pairs]
        at = meter.real.indices[nearest(seen[: len(first)], meter.real.features)[1]]
        pairs_picture(first, torch.as_tensor(training.pictures(at.tolist()))).save(folder / NEAREST)
    write_json(folder / QUALITY, found)
    log.info("%s", sentence(quality))
    return found


def _droplets(
    generator: nn.Module, options: ReportOptions, labels: torch.Tensor | None
) -> DropletReport:
    wanted = SampleOptions(
        options.droplet_samples,
        min(options.samples.batch, options.droplet_samples),
        options.samples.seed,
        options.samples.keywords,
    )
    return droplets(generator, wanted, labels, options.droplet_limit)


def sentence(quality: Quality) -> str:
    """The figures in one line."""
    words = [
        f"{quality.frechet_name} {quality.frechet:.2f}",
        f"{quality.kernel_name} x 1000 {quality.kernel:.2f}",
        f"precision {quality.precision:.3f}",
        f"recall {quality.recall:.3f}",
    ]
    if quality.memory is not None:
        words.append(f"memorised {quality.memory.memorised:.0%}")
    line = f"{', '.join(words)} ({quality.generated} samples, {quality.real} real pictures)"
    return line if quality.collapsed is None else f"{line}. {quality.collapsed}"


def pairs_picture(left: torch.Tensor, right: torch.Tensor, columns: int = 4) -> Image.Image:
    """Pictures uint8 `[n, 3, s, s]` in pairs, `columns` pairs a row, white between them.

    Raises:
        InputError: the two differ in number or size, or there are none.
    """
    if left.shape != right.shape or left.ndim != 4 or not len(left):
        raise InputError(
            f"Pairs need two sets of the same shape, but got {list(left.shape)} and "
            f"{list(right.shape)}."
        )
    count, _, side, _ = left.shape
    gap = max(side // 16, 2)
    width, height = 2 * side + gap, side + gap
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * width + gap, rows * height + gap), "white")
    for index in range(count):
        across, down = gap + index % columns * width, gap + index // columns * height
        for number, pictures in enumerate((left, right)):
            tile = Image.fromarray(pictures[index].permute(1, 2, 0).contiguous().numpy())
            sheet.paste(tile, (across + number * side, down))
    return sheet
