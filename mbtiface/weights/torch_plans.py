"""Storages and tensors as torch's pickles describe them: checked before anything is made."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import torch

from mbtiface.errors import SourceError
from mbtiface.weights.plain_values import Built, Global, Maker, Name, PlainDict

MAX_BYTES = 1_500_000_000
"""Of a file, and of all its tensors together, views that repeat a number counted in full."""
MAX_DIMENSIONS = 8
DTYPES: Mapping[str, torch.dtype] = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


@dataclass(frozen=True)
class StoragePlan:
    """A storage that a pickle announces; `key` names its bytes."""

    key: str
    dtype: torch.dtype
    count: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.count * self.dtype.itemsize


@dataclass(frozen=True)
class TensorPlan:
    """A tensor that a pickle announces: how it lies in a storage."""

    storage: StoragePlan
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Namespace(Built):
    """What stands for an `argparse.Namespace`."""

    def build(self, state: object) -> None:
        """Let its values go: they are read by torch's own loader."""


class Plans:
    """Collects what one file announces, and keeps it within bounds."""

    def __init__(self, where: str) -> None:
        self.storages: dict[str, StoragePlan] = {}
        self._where = where
        self._bytes = 0

    def names(self) -> dict[tuple[str, str], Global]:
        """Every name that a file of tensors and options needs, none else."""
        types: dict[tuple[str, str], Global] = {("torch", name): Name(name) for name in DTYPES}
        return types | {
            ("collections", "OrderedDict"): Maker(ordered_dict),
            ("argparse", "Namespace"): Maker(Namespace),
            ("torch._utils", "_rebuild_tensor_v2"): Maker(self.tensor),
            ("torch._utils", "_rebuild_parameter"): Maker(parameter),
        }

    def storage(self, identity: object) -> StoragePlan:
        """A persistent id of torch: `("storage", type, key, location, count[, view])`."""
        match identity:
            case ("storage", Name(name=name), str(key), str(), int(count), *rest) if name in DTYPES:
                pass
            case _:
                self._refuse("it refers to something outside itself that is no storage")
        if any(each is not None for each in rest):
            self._refuse("it holds views of storages, as torch wrote them before 0.4")
        if type(count) is not int or count < 0:
            self._refuse(f"a storage has {count} elements")
        plan = StoragePlan(key, DTYPES[name], count)
        if plan.size > MAX_BYTES:
            self._refuse(f"it announces a storage of {plan.size} bytes; {MAX_BYTES} are read")
        if self.storages.setdefault(key, plan) != plan:
            self._refuse(f"it describes the storage {key[:40]!r} in two ways")
        return plan

    def tensor(
        self,
        storage: object,
        offset: object,
        shape: object,
        strides: object,
        requires_grad: object = False,
        hooks: object = None,
        *metadata: object,
    ) -> TensorPlan:
        """What `_rebuild_tensor_v2` would make."""
        if not isinstance(storage, StoragePlan):
            raise TypeError("a tensor without a storage")
        start, sizes, steps = lie_of_tensor(offset, shape, strides)
        count = math.prod(sizes)
        last = sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
        if start > storage.count or (count and start + last >= storage.count):
            self._refuse(f"a tensor of shape {list(sizes)} lies outside its storage")
        self._bytes += count * storage.dtype.itemsize
        if self._bytes > MAX_BYTES:
            self._refuse(f"its tensors are larger than {MAX_BYTES} bytes together")
        return TensorPlan(storage, start, sizes, steps)

    def _refuse(self, why: str) -> NoReturn:
        raise SourceError(
            f"{self._where} is no checkpoint that this program reads: {why}. "
            "It is damaged, or made to do harm; fetch it again from where it was published."
        )


def ordered_dict(*items: object) -> PlainDict:
    """What stands for `OrderedDict()`; entries come one by one afterwards."""
    if items:
        raise TypeError("an ordered dictionary of a list, as Python 2 wrote it")
    return PlainDict()


def parameter(tensor: object, requires_grad: object = False, hooks: object = None) -> TensorPlan:
    """What stands for a parameter: its tensor."""
    if not isinstance(tensor, TensorPlan):
        raise TypeError("a parameter without a tensor")
    return tensor


def lie_of_tensor(
    offset: object, shape: object, strides: object
) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Offset, shape and strides as a pickle gives them; TypeError, ValueError for others."""
    sizes, steps = whole_numbers(shape), whole_numbers(strides)
    (start,) = whole_numbers((offset,))
    if len(sizes) != len(steps) or len(sizes) > MAX_DIMENSIONS:
        raise ValueError(f"a tensor of shape {sizes} with strides {steps}")
    return start, sizes, steps


def whole_numbers(values: object) -> tuple[int, ...]:
    """The values of a shape, a list of strides, or an offset; TypeError, ValueError for others."""
    if not isinstance(values, tuple) or any(type(each) is not int for each in values):
        raise TypeError("a shape that is no tuple of whole numbers")
    if len(values) > MAX_DIMENSIONS or any(not 0 <= each <= MAX_BYTES for each in values):
        raise ValueError(f"a shape, stride or offset out of range: {values[:2]}")
    return values
