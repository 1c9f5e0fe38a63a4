"""How far each tensor of a student moves in a step: in proportion to its own size.

Styles, depth-wise and point-wise kernels multiply one another, and where the student starts from
published weights one is a hundred times another. Adam moves every number by about the rate; one
rate for all would leave some where they are and destroy others.
"""

from collections.abc import Iterable
from typing import Any

from torch import nn

SMALLEST_SIZE = 0.05
"""Of tensors that start at 0: biases and noise, next to features of about 1."""
MAPS_OF_W = 0.2
"""Part of the step that maps of w take: they sum hundreds of inputs that move together."""


def parameter_groups(networks: Iterable[nn.Module]) -> list[dict[str, Any]]:
    """One group a tensor; `size` is what its learning rate is multiplied with."""
    groups = []
    for network in networks:
        for name, parameter in network.named_parameters():
            size = float(parameter.detach().square().mean().sqrt())
            factor = MAPS_OF_W if _maps_w(name) else 1.0
            groups.append({"params": [parameter], "size": factor * max(size, SMALLEST_SIZE)})
    return groups


def set_rates(groups: list[dict[str, Any]], rate: float) -> None:
    """Give every group its learning rate."""
    for group in groups:
        group["lr"] = rate * group["size"]


def _maps_w(name: str) -> bool:
    return name.endswith(("affine.weight", "up.weight"))
