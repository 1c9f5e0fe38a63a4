"""How good a generator's pictures are, measured against a dataset: the figure of a training run."""

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from train.metrics.diversity import Diversity, PixelSpread, collapse, feature_spread
from train.metrics.feature_extractor import FeatureExtractor
from train.metrics.frechet import frechet_distance, moments
from train.metrics.kernel_distance import draw_subsets, kernel_distance, kernel_distance_over
from train.metrics.memorising import Memory, memory
from train.metrics.precision_recall import NEIGHBOURS, precision_recall
from train.metrics.real_features import MOST, PictureSet, RealFeatures, real_features
from train.metrics.samples import SampleOptions, samples

WHOLE = 10_000
"""Pictures up to which the kernel distance compares whole sets, which is exact; beyond, subsets."""
KERNEL_UNIT = 1000
"""Kernel distances are written times this, as papers do."""


@dataclass(frozen=True)
class Quality:
    """One measurement; lower `frechet` is better."""

    frechet_name: str
    """What `frechet` is: FID, or FD-EfficientNet."""
    kernel_name: str
    """What `kernel` is: KID, or KD-EfficientNet."""
    frechet: float
    """Frechet distance of the features."""
    kernel: float
    """Kernel distance of the features, times 1000; may be negative."""
    precision: float
    """Share of the samples among the real pictures, 0..1."""
    recall: float
    """Share of the real pictures among the samples, 0..1."""
    generated: int
    """Samples measured."""
    real: int
    """Real pictures measured against."""
    diversity: Diversity
    """Of the samples."""
    diversity_share: Diversity
    """Of the samples, in units of the real pictures'."""
    memory: Memory | None
    """How near samples are to the training pictures; None without held-out ones."""
    collapsed: str | None
    """What collapsed, in a sentence; None = nothing did."""

    def scalars(self) -> dict[str, float]:
        """Named numbers for a log."""
        found = {
            self.frechet_name: self.frechet,
            f"{self.kernel_name}-x{KERNEL_UNIT}": self.kernel,
            "precision": self.precision,
            "recall": self.recall,
            "deviation-share": self.diversity_share.deviation,
            "spread-share": self.diversity_share.spread,
        }
        if self.memory is not None:
            found["memorised"] = self.memory.memorised
        return found

    def as_json(self) -> dict[str, Any]:
        """All of it as plain json values."""
        return asdict(self)


class QualityMeter:
    """Measures generators against one dataset, whose features it looks up or makes once."""

    def __init__(
        self,
        extractor: FeatureExtractor,
        training: PictureSet,  # the pictures trained on, unchanged: no flips, no augmentation
        folder: Path,  # where features of real pictures are kept; may be shared among runs
        options: SampleOptions | None = None,  # which samples; None = 1000
        labels: torch.Tensor | None = None,  # [rows, c_dim] of the training set, if it has any
        held_out: PictureSet | None = None,  # pictures not trained on; None = no `memory`
        most_real: int = MOST,  # pictures of a set that are looked at
        neighbours: int = NEIGHBOURS,  # of precision and recall
    ) -> None:
        self.extractor = extractor
        self.options = options or SampleOptions()
        self.labels = labels
        self.neighbours = neighbours
        self.real = real_features(training, extractor, folder, most_real)
        self.held_out: RealFeatures | None = None
        if held_out is not None:
            self.held_out = real_features(held_out, extractor, folder, most_real)
        self._moments = moments(self.real.features)

    def measure(self, generator: nn.Module) -> Quality:
        """Measure a generator, moving average or not, as it is: see `samples`.

        Args:
            generator: its modes and the global random state stay as they are.

        Raises:
            InputError: as `samples`; too few of them, or of another size than the real pictures.
        """
        batches = samples(generator, self.options, self.labels)
        return self.measure_pictures(batches)[0]

    def measure_pictures(
        self,
        batches: Iterable[torch.Tensor],
        on_batch: Callable[[torch.Tensor], None] | None = None,
    ) -> tuple[Quality, torch.Tensor]:
        """Measure pictures that come in batches, uint8 `[n, 3, s, s]`; also gives their features.

        Args:
            batches: all of one size.
            on_batch: sees each of them.

        Raises:
            InputError: too few pictures, or of another size than the real ones.
        """
        pixels, found = PixelSpread(), []
        for batch in pixels.watched(batches):
            if batch.shape[-1] != self.real.side:
                raise InputError(
                    f"Samples have {batch.shape[-1]} px a side and the real pictures "
                    f"{self.real.side}: read the dataset at the generator's size."
                )
            found.append(self.extractor(batch))
            if on_batch is not None:
                on_batch(batch)
        features = torch.cat(found) if found else torch.zeros(0, self.extractor.dim)
        frechet = frechet_distance(self._moments, moments(features))
        coverage = precision_recall(self.real.features, features, self.neighbours)
        diversity = Diversity(pixels.deviation(), feature_spread(features))
        quality = Quality(
            frechet_name=self.extractor.frechet_name,
            kernel_name=self.extractor.kernel_name,
            frechet=frechet,
            kernel=KERNEL_UNIT * self._kernel(features),
            precision=coverage.precision,
            recall=coverage.recall,
            generated=len(features),
            real=len(self.real.features),
            diversity=diversity,
            diversity_share=diversity.share_of(self.real.diversity),
            memory=self._memory(features),
            collapsed=collapse(diversity, self.real.diversity),
        )
        return quality, features

    def _kernel(self, features: torch.Tensor) -> float:
        real = self.real.features
        if max(len(real), len(features)) <= WHOLE:
            return kernel_distance(real, features)
        return kernel_distance_over(real, features, draw_subsets(len(real), len(features)))

    def _memory(self, features: torch.Tensor) -> Memory | None:
        if self.held_out is None:
            return None
        return memory(features, self.real.features, self.held_out.features)


def better(quality: Quality, best: float | None) -> bool:
    """Whether a measurement beats the best Frechet distance so far, and did not collapse."""
    if quality.collapsed is not None or not math.isfinite(quality.frechet):
        return False
    return best is None or quality.frechet < best
