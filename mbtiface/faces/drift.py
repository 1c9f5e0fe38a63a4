"""How far a move leads from the person: the length of the step under the bundle's statistics.

No face recogniser is in the program. The measure is the step in units of the population's
deviations, the rows of w+ weighted by how much a range of layers moves who one is.
`train.metrics.identity` was asked once what it is worth: over 600 moves of 60 made-up adults (axis
values up to 1.5, all rows or one range) it correlates with dlib's distance by 0.87 (by 0.77 where
all rows move); 208 of 212 moves of 60 other adults, shortened to the limit, stayed one person's
(distance under 0.6), of as many free ones every second.
"""

import math

import torch

from mbtiface.errors import InputError
from mbtiface.faces.averages import Averages
from mbtiface.faces.layer_ranges import LAYERS, RANGES

WEIGHTS = {"coarse": 1.0, "middle": 0.55, "fine": 0.05}
"""Of the squared steps. Fitted to dlib's squared distances: 1, 0.55 and 0, as fine rows move it by
no more than 0.2; they keep a little, so that no move reads as none."""
LIMIT = 24.0
"""Length at which at least 95 of 100 moves stay one person's."""


def drift(step: torch.Tensor, averages: Averages) -> float:
    """How far a step `[num_ws, w_dim]` leads from the person; 1 is the limit."""
    return math.sqrt(float(products(step[None], averages)[0, 0]))


def held(step: torch.Tensor, averages: Averages, limit: float = 1.0) -> torch.Tensor:
    """The step, shortened if it drifts farther than the limit.

    Raises:
        InputError: the limit is no length.
    """
    if isinstance(limit, bool) or not math.isfinite(limit) or limit < 0:
        raise InputError(f"keep is {limit!r}, but as a limit it must be a number of 0 or more.")
    length = drift(step, averages)
    return step if length <= limit else step * (limit / length)


def products(steps: torch.Tensor, averages: Averages) -> torch.Tensor:
    """Scalar products of steps `[n, num_ws, w_dim]` in the measure of `drift`: `[n, n]` float64."""
    weights = torch.zeros(steps.shape[1], 1, dtype=torch.float64)
    for name in RANGES:
        weights[slice(*LAYERS[name])] = WEIGHTS[name]
    unit = steps.double() * weights.sqrt() / (LIMIT * averages.tensors["latent.scale"].double())
    flat = unit.flatten(1)
    return flat @ flat.T
