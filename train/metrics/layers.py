"""What moving some rows of w+ does: to the person, the face, the ground and the impression."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from mbtiface.faces.morph import INERT_ROWS
from mbtiface.faces.studio import Studio
from mbtiface.personality.types import AXES
from train.metrics.identity import USUAL_BOX, FaceIdentity, distances

SIZE = 256
Encode = Callable[[Sequence[Image.Image]], torch.Tensor]
"""Pictures -> the w+ that an encoder sees in them."""


@dataclass(frozen=True)
class Moved:
    """Means over faces, axes and both sides."""

    identity: float
    """dlib's distance to the start."""
    face: float
    """Mean difference of pixels in the face's box, levels 0..255."""
    around: float
    """The same around it."""
    own: float
    """What the impression map reads on the own axis in the picture, in its own unit."""

    def row(self) -> list[str]:
        """Cells of a table; the last two are what a unit of impression costs."""
        cells = [
            f"{self.identity:.2f}",
            f"{self.face:.1f}",
            f"{self.around:.1f}",
            f"{self.own:.2f}",
        ]
        return [*cells, f"{self.identity / self.own:.2f}", f"{self.around / self.own:.0f}"]


def row_sets(acting: int) -> dict[str, np.ndarray]:
    """Factors of acting rows, `[acting]` each: ranges alone, all with the fine ones halved, all."""
    rows = np.arange(acting)
    edges = sorted({min(edge, acting) for edge in (0, 4, 8, 10, acting)})
    sets = {
        f"{first}-{last - 1}": ((rows >= first) & (rows < last)).astype(float)
        for first, last in pairwise(edges)
    }
    for first in (each for each in (10, 8) if each < acting):
        sets[f"all, {first}-{acting - 1} half"] = np.where(rows >= first, 0.5, 1.0)
    return sets | {"all": np.ones(acting)}


def measure_layers(
    studio: Studio,
    identity: FaceIdentity,
    encode: Encode,
    seeds: Sequence[int],
    row_weights: np.ndarray,
) -> dict[str, Moved]:
    """Move made-up adults one unit of default strength along each axis by some rows alone.

    Args:
        studio: of the bundle.
        identity: dlib's networks.
        encode: reads pictures again.
        seeds: one face each.
        row_weights: the bundle's factor of each row, `[num_ws]`: its directions have them in.
    """
    acting = studio.num_ws - INERT_ROWS
    plain = _plain_steps(studio, row_weights, acting)
    found: dict[str, list[Moved]] = {name: [] for name in row_sets(acting)}
    for seed in tqdm(seeds, desc="layers", leave=False):
        start = studio.sample(seed, psi=0.7)
        for name, factors in row_sets(acting).items():
            found[name].append(_measure(studio, identity, encode, start, plain, factors))
    return {name: _mean(each) for name, each in found.items()}


def _plain_steps(studio: Studio, row_weights: np.ndarray, acting: int) -> torch.Tensor:
    """One unit of default strength, the same in every row, `[4, w_dim]`."""
    felt = float(row_weights[:acting].mean())
    strength = studio.averages.tensors["strength"]
    steps = [studio.averages.direction(axis, "both")[0] * felt / row_weights[0] for axis in AXES]
    return torch.stack(steps) * strength[:, None]


def _measure(
    studio: Studio,
    identity: FaceIdentity,
    encode: Encode,
    start: torch.Tensor,
    plain: torch.Tensor,
    factors: np.ndarray,
) -> Moved:
    rows = torch.from_numpy(np.append(factors, [factors[-1]] * INERT_ROWS)).float()  # [num_ws]
    steps = plain[:, None] * rows[:, None]  # [4, num_ws, w_dim]
    moved = torch.cat([start[None], start + steps, start - steps])
    pictures = studio.render(moved, SIZE)
    assert isinstance(pictures, list)
    apart = distances((embedded := identity.embed(pictures))[1:], embedded[:1])
    pixels = np.stack([np.asarray(each, dtype=float) for each in pictures])
    off = np.abs(pixels[1:] - pixels[:1]).mean((0, 3))  # [SIZE, SIZE]
    left, top, right, bottom = (round(edge * SIZE) for edge in USUAL_BOX)
    inside = np.zeros_like(off, dtype=bool)
    inside[top:bottom, left:right] = True
    read = [studio.impression(w) for w in encode(pictures[1:])]
    own = [(read[k][axis] - read[k + len(AXES)][axis]) / 2 for k, axis in enumerate(AXES)]
    return Moved(float(apart.mean()), off[inside].mean(), off[~inside].mean(), float(np.mean(own)))


def _mean(values: Sequence[Moved]) -> Moved:
    stacked = np.array([[each.identity, each.face, each.around, each.own] for each in values])
    return Moved(*(float(value) for value in stacked.mean(0)))


def as_markdown(found: Mapping[str, Moved]) -> str:
    """A row a set of rows."""
    head = ["rows", "identity distance (dlib)", "pixels of the face (levels)"]
    head += ["pixels around it", "own axis, read from the picture"]
    head += ["identity a unit", "around it a unit"]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {name} | {' | '.join(each.row())} |" for name, each in found.items()]
    return "\n".join(lines) + "\n"
