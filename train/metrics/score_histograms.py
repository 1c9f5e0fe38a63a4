"""How a discriminator scores real and generated pictures: what made the case for ADA.

Karras et al. 2020 (arXiv 2006.06676), figure 1b and c: as a discriminator over-fits, the scores of
training pictures and of generated ones drift apart, and those of held-out pictures, which are as
real as the former, go with the generated ones.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mbtiface.errors import InputError, SourceError
from mbtiface.faces.pixels import from_bytes
from train.metrics.samples import at_rest

BINS = 40
TAIL = 0.5
"""Percent of the scores at either end that the outermost bins take up."""


@dataclass(frozen=True)
class ScoreHistogram:
    """Scores at one moment of a run; shares of the three sets in the same bins."""

    kimg: float
    """Thousands of real pictures shown so far."""
    edges: tuple[float, ...]
    """Of the bins, in logits, one more than bins; scores beyond count in the outermost bins."""
    training: tuple[float, ...]
    """Share of the training pictures in each bin, sum 1."""
    generated: tuple[float, ...]
    """The same of the generated pictures."""
    held_out: tuple[float, ...] | None
    """The same of real pictures that are not trained on; None = there are none."""
    counts: dict[str, int]
    """Pictures of each set."""
    means: dict[str, float]
    """Mean score of each set, logits."""
    overlaps: dict[str, float]
    """Area that the smoothed distributions of two sets share, 0..1: `training-generated`, and with
    held-out pictures `held_out-generated` and `training-held_out`."""
    r_t: float
    """Mean sign of the training pictures' scores, -1..1 (equation 1); ADA steers it to 0.6."""
    r_v: float | None
    """How far held-out pictures have gone from the training ones towards the generated ones
    (equation 1): 0 = no over-fitting, 1 = all the way; None without them, or if the two agree."""

    def scalars(self) -> dict[str, float]:
        """Named numbers for a log."""
        found = {f"score/{name}": value for name, value in self.means.items()}
        found |= {f"overlap/{name}": value for name, value in self.overlaps.items()}
        return found | ({} if self.r_v is None else {"score/r_v": self.r_v})


def scores(
    discriminator: nn.Module,
    pictures: torch.Tensor,
    labels: torch.Tensor | None = None,
    batch: int = 32,
    group: int = 4,
) -> torch.Tensor:
    """Score pictures as they are, without augmentation: float32 `[up to n]` on the CPU.

    Args:
        discriminator: its modes and the global random state stay as they are.
        pictures: uint8 `[n, 3, s, s]`.
        labels: `[n, c_dim]` where it takes them.
        batch: pictures seen at once.
        group: pictures whose deviation the discriminator looks at together; what is left of a
            whole number of groups is not scored.

    Raises:
        InputError: fewer pictures than a group, or labels of another number.
    """
    count = len(pictures) // group * group
    if not count or (labels is not None and len(labels) != len(pictures)):
        given = "no labels" if labels is None else f"{len(labels)} labels"
        raise InputError(
            f"{len(pictures)} pictures with {given} cannot be scored in groups of {group}: "
            "give at least one group, and a label each."
        )
    step = max(batch // group, 1) * group
    found = []
    with at_rest(discriminator, 0) as device:
        for start in range(0, count, step):
            rows = slice(start, min(start + step, count))
            x = from_bytes(pictures[rows].to(device).permute(0, 2, 3, 1))  # [n, 3, s, s], -1..1
            c = None if labels is None else labels[rows].to(device)
            found.append(discriminator(x, c).float().flatten().cpu())
    return torch.cat(found)


def score_histogram(
    kimg: float,
    training: torch.Tensor,
    generated: torch.Tensor,
    held_out: torch.Tensor | None = None,
    bins: int = BINS,
) -> ScoreHistogram:
    """Sort scores `[n]` of each set into common bins.

    Raises:
        InputError: a set is empty or has values that are not finite.
    """
    sets = {"training": training, "generated": generated}
    if held_out is not None:
        sets["held_out"] = held_out
    values = {name: _checked(name, given) for name, given in sets.items()}
    edges = _edges(np.concatenate(list(values.values())), bins)
    shares = {name: _shares(given, edges) for name, given in values.items()}
    means = {name: float(given.mean()) for name, given in values.items()}
    pairs = [("training", "generated"), ("held_out", "generated"), ("training", "held_out")]
    counts = {name: len(given) for name, given in values.items()}
    smooth = {name: smoothed(share, edges, counts[name]) for name, share in shares.items()}
    overlaps = {
        f"{a}-{b}": float(np.minimum(smooth[a], smooth[b]).sum())
        for a, b in pairs
        if a in smooth and b in smooth
    }
    gap = means["training"] - means["generated"]
    r_v = (means["training"] - means["held_out"]) / gap if "held_out" in means and gap else None
    return ScoreHistogram(
        kimg=kimg,
        edges=tuple(edges.tolist()),
        training=tuple(shares["training"].tolist()),
        generated=tuple(shares["generated"].tolist()),
        held_out=tuple(shares["held_out"].tolist()) if "held_out" in shares else None,
        counts=counts,
        means=means,
        overlaps=overlaps,
        r_t=float(np.sign(values["training"]).mean()),
        r_v=r_v,
    )


def smoothed(
    shares: Sequence[float] | np.ndarray, edges: Sequence[float] | np.ndarray, count: int
) -> np.ndarray:
    """Shares `[bins]` as a smooth distribution of the same sum.

    The fewer pictures, the wider a normal kernel is laid over them (Silverman's rule), so that a
    few dozen held-out pictures do not look less alike than they are.
    """
    share = np.asarray(shares, dtype=np.float64)
    middles = (np.asarray(edges)[1:] + np.asarray(edges)[:-1]) / 2
    mean = (share * middles).sum()
    deviation = np.sqrt((share * (middles - mean) ** 2).sum())
    width = 1.06 * deviation * max(count, 1) ** -0.2
    if width <= 0:
        return share
    kernel = np.exp(-0.5 * ((middles[:, None] - middles) / width) ** 2)  # [to, from]
    return (kernel / kernel.sum(0)) @ share


def append_histogram(path: Path, histogram: ScoreHistogram) -> None:
    """Add one line of json to a file, which is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as opened:
        opened.write(json.dumps(asdict(histogram)) + "\n")


def read_histograms(path: Path) -> list[ScoreHistogram]:
    """Read such a file in the order of kimg; of a moment that was run twice the last line counts.

    A last line that a killed process left half-written is passed over.

    Raises:
        SourceError: the file is missing, or another line is no histogram.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error}): no scores were kept.") from error
    found: dict[float, ScoreHistogram] = {}
    for number, line in enumerate(lines, 1):
        try:
            histogram = _parsed(json.loads(line))
        except (ValueError, TypeError) as error:
            if number == len(lines):
                continue
            raise SourceError(f"Line {number} of {path} is no histogram ({error}).") from error
        found[histogram.kimg] = histogram
    return [found[kimg] for kimg in sorted(found)]


def _parsed(values: dict[str, Any]) -> ScoreHistogram:
    rows = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return ScoreHistogram(**{**values, **rows})


def _checked(name: str, given: torch.Tensor) -> np.ndarray:
    values = given.detach().double().flatten().cpu().numpy()
    if not len(values) or not np.isfinite(values).all():
        raise InputError(
            f"The {len(values)} scores of {name} pictures are not all finite numbers, or there are "
            "none: the discriminator has broken down."
        )
    return values


def _edges(values: np.ndarray, bins: int) -> np.ndarray:
    low, high = np.percentile(values, [TAIL, 100 - TAIL])
    margin = max(0.05 * (high - low), 1e-3)
    return np.linspace(low - margin, high + margin, bins + 1)


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    inside = np.clip(values, edges[0], edges[-1])
    return np.histogram(inside, edges)[0] / len(values)


def evenly(histograms: Sequence[ScoreHistogram], most: int) -> list[ScoreHistogram]:
    """At most so many of them, the first and the last included, spread over the run."""
    if len(histograms) <= most:
        return list(histograms)
    at: Iterable[int] = np.linspace(0, len(histograms) - 1, most).round().astype(int).tolist()
    return [histograms[index] for index in at]
