"""Features of a set of real pictures, computed once and kept in a file."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tqdm import tqdm

from mbtiface.errors import InputError, SourceError
from train.metrics.diversity import Diversity, PixelSpread, feature_spread
from train.metrics.feature_extractor import FeatureExtractor
from train.runs.checkpoint import write_tensors

log = logging.getLogger(__name__)

MOST = 10_000
"""Pictures of a set that are looked at; of a larger one a fixed random part stands for it."""
BATCH = 32
FORMAT = 1
"""Changes whenever a kept file would have to be made anew."""


class PictureSet(Protocol):
    """Pictures by number."""

    @property
    def digest(self) -> str:
        """Changes whenever the pictures do."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...

    def pictures(self, indices: Sequence[int]) -> torch.Tensor:
        """uint8 `[n, 3, s, s]`, RGB, all of one size."""
        ...


@dataclass(frozen=True)
class RealFeatures:
    """What a generator is measured against."""

    features: torch.Tensor
    """`[n, dim]`, float32."""
    indices: torch.Tensor
    """`[n]`: of which pictures of the set."""
    diversity: Diversity
    """Of these pictures."""
    side: int
    """Of the pictures, px."""


def real_features(
    pictures: PictureSet, extractor: FeatureExtractor, folder: Path, most: int = MOST
) -> RealFeatures:
    """Look at a set, or read what an earlier look at it found.

    The file in `folder` is named for the set's digest, number and size of pictures, and the
    extractor; one that is damaged is made again.

    Raises:
        InputError: the set has fewer than two pictures.
        SourceError: the file cannot be written.
    """
    if len(pictures) < 2 or most < 2:
        raise InputError(
            f"A set of {len(pictures)} pictures (at most {most}) has no distribution to compare "
            "with: give two or more."
        )
    path = folder / f"features-{_key(pictures, extractor, most)}.safetensors"
    kept = _read(path, extractor)
    if kept is None:
        kept = _looked_at(pictures, extractor, most)
        folder.mkdir(parents=True, exist_ok=True)
        write_tensors(path, kept)
    features = kept["features"]
    diversity = Diversity(kept["deviation"].item(), feature_spread(features))
    return RealFeatures(features, kept["indices"], diversity, int(kept["side"]))


def _looked_at(
    pictures: PictureSet, extractor: FeatureExtractor, most: int
) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    order = torch.randperm(len(pictures), generator=random)[:most].sort().values
    log.info("features (%s) of %d pictures, once", extractor.name, len(order))
    spread = PixelSpread()
    found, side = [], 0
    for batch in spread.watched(_batches(pictures, order)):
        found.append(extractor(batch))
        side = batch.shape[-1]
    return {
        "features": torch.cat(found),
        "indices": order,
        "deviation": torch.tensor(spread.deviation(), dtype=torch.float64),
        "side": torch.tensor(side),
    }


def _batches(pictures: PictureSet, order: torch.Tensor) -> Iterator[torch.Tensor]:
    for rows in tqdm(order.split(BATCH), desc="real features", leave=False, disable=None):
        yield torch.as_tensor(pictures.pictures(rows.tolist()))


def _key(pictures: PictureSet, extractor: FeatureExtractor, most: int) -> str:
    # A split may share its source's digest: a few pictures tell which part this is.
    last = len(pictures) - 1
    probes = torch.as_tensor(pictures.pictures([0, last // 2, last]))
    parts = [FORMAT, pictures.digest, len(pictures), list(probes.shape), extractor.identity, most]
    digest = hashlib.sha256(repr(parts).encode())
    digest.update(probes.contiguous().numpy().tobytes())
    return digest.hexdigest()[:20]


def _read(path: Path, extractor: FeatureExtractor) -> dict[str, torch.Tensor] | None:
    if not path.exists():
        return None
    try:
        kept = load_file(path)
        shape = (len(kept["indices"]), extractor.dim)
        whole = all(kept[name].numel() == 1 for name in ("deviation", "side"))
        if kept["features"].shape != shape or not whole:
            raise SourceError(f"its features are not {list(shape)}")
        return kept
    except (SafetensorError, OSError, KeyError, SourceError) as error:
        log.warning("%s is damaged (%s) and is made again", path, error)
        return None
