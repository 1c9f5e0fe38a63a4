"""Networks are built from a stranger's arguments in bounded memory."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

BY_SHAPE = (torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn)
"""They take a shape as one argument or as several."""


class Bounded(TorchFunctionMode):
    """While it is entered, tensors are made until they hold so many numbers together.

    torch could lay a network out without memory instead (device `meta`), but brings half of its
    compiler for that: 150 MB and two seconds.
    """

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.left = numbers

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Count what is to be made, then make it.

        Raises:
            MemoryError: it would be more than is left.
        """
        kwargs = kwargs or {}
        self.left -= _numbers(func, args, kwargs)
        if self.left < 0:
            raise MemoryError("they ask for more numbers than its files hold")
        return func(*args, **kwargs)


def _numbers(func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> int:
    """How many numbers a function of torch makes from nothing; 0 for all other functions."""
    if func in BY_SHAPE:
        shape = kwargs.get("size", args[0] if args and not isinstance(args[0], int) else args)
        return math.prod(shape)
    if func is torch.full:
        return math.prod(kwargs.get("size", args[:1] and args[0]))
    if func is torch.eye:
        return math.prod((*args, *args)[:2])
    if func in (torch.arange, torch.linspace):
        return math.ceil(max(map(abs, args)))
    return 0
