"""What moves do to pictures: render the moved face, invert the picture again, read it there.

Directions come from one half of the labelled faces and readings from maps of the other half, so
neither can flatter the other; and what a picture cannot show is lost on the way.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from mbtiface.personality.types import AXES
from train.faces.ridge import LinearMap

Loop = Callable[[torch.Tensor], torch.Tensor]
"""w+ `[n, num_ws, w_dim]` -> the w+ that an inversion finds in their pictures."""


def closed_loop(
    starts: torch.Tensor,
    steps: np.ndarray,
    read: LinearMap,
    loop: Loop,
    row_weights: np.ndarray,
    acting: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Move faces one unit to both sides of each axis and read them, before and after the loop.

    Args:
        starts: `[faces, num_ws, w_dim]`.
        steps: one unit along each axis, `[4, w_dim]`.
        read: held-out maps; the axes come first.
        loop: renders and inverts.
        row_weights: factor of each row of w+, `[num_ws]`; a step's mean over acting rows is 1.
        acting: rows that act and are read.

    Returns:
        What one unit moves each reading by, `[4, maps]`: in the latents themselves, and after the
        loop. Means over faces and both sides, not divided by anything.
    """
    rows = torch.from_numpy(np.einsum("kd,n->knd", steps, row_weights)).float()
    sides = torch.tensor([1.0, -1.0])
    moved = torch.stack([starts + side * step for step in rows for side in sides])
    # [8, faces, num_ws, w_dim]
    everything = torch.cat([starts[None], moved]).flatten(0, 1)
    found = loop(everything).reshape(len(moved) + 1, *starts.shape)
    latent = torch.cat([starts[None], moved])
    return tuple(  # type: ignore[return-value]
        _changes(_read(each, read, acting), sides.numpy()) for each in (latent, found)
    )


def _read(w: torch.Tensor, read: LinearMap, acting: int) -> np.ndarray:
    """Readings of w+ `[8 + 1, faces, num_ws, w_dim]`: `[8 + 1, faces, maps]`."""
    return read(w[..., :acting, :].double().mean(-2).numpy())


def _changes(readings: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Mean change a unit: `[4, maps]`."""
    change = (readings[1:] - readings[:1]).mean(1)  # [8, maps]
    change = change.reshape(len(AXES), len(sides), -1)
    return np.einsum("ksm,s->km", change, sides) / len(sides)


def as_markdown(names: Sequence[str], rows: Sequence[tuple[str, np.ndarray]]) -> str:
    """A table: an axis a row, what one unit of it moves; own axis, then others over own."""
    head = ["axis", "measured", "own", *names]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for index, axis in enumerate(AXES):
        for label, moved in rows:
            own = moved[index, index]
            cells = [
                "" if k == index else f"{moved[index, k] / own:+.2f}" for k in range(len(names))
            ]
            lines.append(f"| {axis} | {label} | {own:.2f} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
