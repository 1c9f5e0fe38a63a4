"""How close inversions come to held-out faces: table, figures and a picture grid."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from mbtiface.faces.pixels import reduce
from mbtiface.faces.studio import Studio
from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from train.metrics.identity import SAME_PERSON, FaceIdentity, distances
from train.psp.pictures import to_tensor

Render = Callable[[torch.Tensor, int | None], list[Image.Image]]
"""w+ `[n, num_ws, w_dim]` and a size in px (None = full) -> pictures."""
COLUMNS = ("method", "faces", "L2", "feature distance", "identity", "same person", "s a face")
TILE_GAP = 4


@dataclass(frozen=True)
class Score:
    """One method's row."""

    method: str
    faces: int
    l2: float
    """Mean squared difference of pixels, -1..1."""
    feature_distance: float
    """Mean `perceptual_distance`."""
    identity: float | None
    """Median distance of dlib's embeddings; None = dlib is not installed."""
    same_person: float | None
    """Share of faces whose distance lies under `SAME_PERSON`."""
    seconds: float
    """Median wall-clock seconds a face, by the batch that was inverted together."""


def rendering(studio: Studio) -> Render:
    """A studio's way to render a batch."""

    def render(w: torch.Tensor, size: int | None) -> list[Image.Image]:
        pictures = studio.render(w, size=size)
        assert isinstance(pictures, list)  # as `w` has a batch
        return pictures

    return render


def score(
    method: str,
    w: torch.Tensor,  # [n, num_ws, w_dim]
    seconds: torch.Tensor,  # [n]
    originals: Sequence[Image.Image],  # n pictures of one size
    render: Render,
    perceptual: PerceptualFeatures,
    identity: FaceIdentity | None,
    batch: int = 8,
) -> Score:
    """Render a method's latents and measure them against the originals.

    Pixels and features are compared at the originals' size; identity at the generator's full size,
    where the reconstruction has what the network needs.
    """
    size = originals[0].width
    squared, features, apart = [], [], []
    for start in range(0, len(w), batch):
        mine, part = list(originals[start : start + batch]), w[start : start + batch]
        ours = to_tensor(render(part, size))
        truth = to_tensor(mine)
        squared += (ours - truth).square().mean((1, 2, 3)).tolist()
        with torch.no_grad():
            features += perceptual_distance(ours, truth, perceptual).tolist()
        if identity is not None:
            full = identity.embed(render(part, None))
            apart += distances(identity.embed(mine), full).tolist()
    return Score(
        method,
        len(w),
        float(np.mean(squared)),
        float(np.mean(features)),
        float(np.median(apart)) if apart else None,
        float(np.mean(np.array(apart) < SAME_PERSON)) if apart else None,
        float(seconds.median()),
    )


def as_json(scores: Sequence[Score]) -> dict[str, Any]:
    """Rows as json values, rounded to four digits."""
    rows = []
    for each in scores:
        values = asdict(each)
        rows.append(
            {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in values.items()}
        )
    return {"same_person_below": SAME_PERSON, "rows": rows}


def as_markdown(scores: Sequence[Score]) -> str:
    """The rows as a table."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    for each in scores:
        identity = "-" if each.identity is None else f"{each.identity:.2f}"
        share = "-" if each.same_person is None else f"{each.same_person:.0%}"
        cells = [each.method, str(each.faces), f"{each.l2:.4f}", f"{each.feature_distance:.2f}"]
        lines.append("| " + " | ".join([*cells, identity, share, f"{each.seconds:.3g}"]) + " |")
    return "\n".join(lines) + "\n"


def grid(columns: Sequence[Sequence[Image.Image]], tile: int) -> Image.Image:
    """Pictures side by side: one row a face, one column a list; shorter lists leave gaps."""
    step = tile + TILE_GAP
    height = max(len(column) for column in columns)
    sheet = Image.new("RGB", (step * len(columns) - TILE_GAP, step * height - TILE_GAP), "white")
    for x, column in enumerate(columns):
        for y, image in enumerate(column):
            fitted = reduce([image], tile)[0] if image.width >= tile else image.resize((tile, tile))
            sheet.paste(fitted, (x * step, y * step))
    return sheet
