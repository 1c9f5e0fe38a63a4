"""Steps along the axes, in w+. Pure: tensors in, tensors out."""

from collections.abc import Mapping, Sequence

import torch

from mbtiface.errors import InputError
from mbtiface.faces.averages import Averages
from mbtiface.faces.drift import held, products
from mbtiface.faces.drift_words import PERSON
from mbtiface.faces.layer_ranges import LAYERS
from mbtiface.personality.types import AXES

Keep = Sequence[str] | str | float | None
"""What a move leaves as it is: names of maps, `person`, or how far the face may drift."""
INERT_ROWS = 2
"""The last rows of w+ (16, 17) do not act in a mobile generator; they follow the row before."""


def morph_step(
    averages: Averages,
    axes: Mapping[str, float],
    gender: str,
    strength: float | None = None,
    layers: str | Sequence[int] = "all",
    keep: Keep = None,
) -> torch.Tensor:
    """Sum of the axes' steps, `[num_ws, w_dim]`: value times strength times direction, by layer.

    Args:
        averages: whose directions.
        axes: axis -> value, + toward E, N, F, J.
        gender: `female`, `male` or `both`.
        strength: factor on every value; None = the bundle's own for each axis.
        layers: a name of `LAYERS` or row numbers; other rows stay.
        keep: maps (`SN`, `age`, ...) whose reading must not change, and `person`: a step that
            drifts farther is shortened until it no longer does; a number is that limit itself, in
            the unit of `drift`.

    Raises:
        InputError: an unknown axis, gender, layer name or reading, or a limit that is no length.
    """
    names, limit = _kept(keep)
    num_ws, w_dim = averages.tensors["directions"].shape[-2:]
    step = torch.zeros(num_ws, w_dim)
    for axis, value in axes.items():
        direction = averages.direction(axis, gender)
        factor = averages.strength(axis) if strength is None else strength
        step = step + value * factor * direction
    mask = layer_mask(layers, num_ws)  # [num_ws, 1]
    step = step * mask
    if names:
        step = _without(step, torch.stack([averages.weight(name) * mask for name in names]))
    return step if limit is None else held(step, averages, limit)


def drift_form(averages: Averages, gender: str, layers: str = "all") -> list[list[float]]:
    """The 4 x 4 form `G` by which axis values `a` drift: `drift = sqrt(a' G a)`.

    At the bundle's own strengths, in the order of `AXES`.
    """
    steps = [morph_step(averages, {axis: 1.0}, gender, layers=layers) for axis in AXES]
    return products(torch.stack(steps), averages).tolist()


def _kept(keep: Keep) -> tuple[list[str], float | None]:
    """Split what is to be kept into names of maps and the limit of the drift."""
    if keep is None or isinstance(keep, float | int):
        return [], None if keep is None else float(keep)
    names = [keep] if isinstance(keep, str) else list(keep)
    limit = 1.0 if PERSON in names else None
    return [name for name in names if name != PERSON], limit


def layer_mask(layers: str | Sequence[int], num_ws: int) -> torch.Tensor:
    """1 for the rows that may move, 0 for the others, `[num_ws, 1]`."""
    mask = torch.zeros(num_ws, 1)
    if isinstance(layers, str):
        if layers not in LAYERS:
            raise InputError(f"Layers {layers!r} are unknown. Use {', '.join(LAYERS)} or rows.")
        mask[slice(*LAYERS[layers])] = 1.0
    else:
        for row in layers:
            if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row < num_ws:
                raise InputError(f"Layer {row!r} is no row of w+. Use 0 to {num_ws - 1}.")
            mask[row] = 1.0
    return _follow(mask)


def _without(step: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Project a step onto the null space of maps `[n, num_ws, w_dim]`."""
    # The inert rows repeat the one before them in any w+: set so again after the projection.
    basis = maps.flatten(1)  # [n, num_ws * w_dim]
    flat = step.flatten()
    flat = (
        flat - basis.T @ torch.linalg.lstsq(basis @ basis.T, (basis @ flat)[:, None]).solution[:, 0]
    )
    return _follow(flat.reshape(step.shape).clone())


def _follow(rows: torch.Tensor) -> torch.Tensor:
    """Set the inert rows equal to the last one that acts, in place."""
    rows[-INERT_ROWS:] = rows[-INERT_ROWS - 1]
    return rows
