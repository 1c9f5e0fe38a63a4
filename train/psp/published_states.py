"""Published tensors into networks: the part that is needed, by name, strictly."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mbtiface.errors import BundleError, SourceError
from mbtiface.weights.bundle import check_tensors
from train.psp.published_weights import WeightFile


def fill(network: nn.Module, state: Mapping[str, torch.Tensor], source: WeightFile) -> None:
    """Put tensors into a network without storage (device `meta`), strictly, as float32.

    Raises:
        SourceError: names or shapes differ, or a value is not finite.
    """
    filled = {
        name: value.float().contiguous() if value.is_floating_point() else value
        for name, value in state.items()
    }
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    for name in expected:
        # Counts of training batches: files of old torch versions lack them, and they do nothing.
        if name.endswith(".num_batches_tracked"):
            filled.setdefault(name, torch.zeros((), dtype=torch.long))
    check(filled, expected, source)
    network.load_state_dict(filled, assign=True)


def check(
    state: Mapping[str, torch.Tensor], expected: Mapping[str, Sequence[int]], source: WeightFile
) -> None:
    """Raise SourceError unless names and shapes are the expected ones, all values finite."""
    try:
        check_tensors(state, expected, Path(str(source)))
    except BundleError as error:
        raise SourceError(f"The term {source.term} cannot use its weights: {error}") from error


def named_under(prefix: str, content: Any, source: WeightFile) -> dict[str, torch.Tensor]:
    """Return the tensors of a state whose names begin so, without the prefix.

    Raises:
        SourceError: it is no state, or has none of them.
    """
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise SourceError(f"{source}, which the term {source.term} needs, holds no named tensors.")
    state = {
        name.removeprefix(prefix): value
        for name, value in content.items()
        if name.startswith(prefix) and isinstance(value, torch.Tensor)
    }
    if not state:
        raise SourceError(
            f"{source}, which the term {source.term} needs, holds no tensors named {prefix}*."
        )
    return state
