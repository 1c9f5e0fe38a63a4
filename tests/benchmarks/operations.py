"""Counts what is computed, where gradients of gradients are taken too.

torch's FlopCounterMode (peaks.py) follows modules with hooks that refuse such gradients.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class _Counter(TorchDispatchMode):
    """Adds up the operations of every product and convolution that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0.0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result


def count_operations(call: Callable[[], torch.Tensor | None]) -> float:
    """Floating-point operations of products and convolutions; multiplying and adding are two."""
    with _Counter() as counter:
        call()
    return counter.total
