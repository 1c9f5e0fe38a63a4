"""What a snapshot's pickle is read into, and the way from there to tensors by name."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import torch

from mbtiface.errors import SourceError
from mbtiface.weights.plain_values import Blob, Budget, Buffer
from mbtiface.weights.torch_files import read_storage
from mbtiface.weights.torch_plans import MAX_BYTES, lie_of_tensor

MAX_DEPTH = 20
"""Layers inside layers, tables inside tables; the published networks have five."""
MAX_TENSOR_BYTES = 256 << 20
"""Of one tensor; the published networks have up to 10 MB."""
MAX_VALUES = 100_000
"""Layers, tensors and arguments that one file may give."""


@dataclass(frozen=True)
class StoredBytes:
    """A storage, left in the file as the stream that it was written as."""

    blob: Blob

    @classmethod
    def of(cls, blob: object) -> "StoredBytes":
        """What stands for `_load_from_bytes`."""
        if not isinstance(blob, Blob):
            raise TypeError("a storage that is no bytes")
        return cls(blob)


@dataclass(frozen=True)
class StoredTensor:
    """A tensor, left in the file."""

    storage: StoredBytes
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def of(
        cls,
        storage: object,
        offset: object,
        shape: object,
        strides: object,
        requires_grad: object = False,
        hooks: object = None,
    ) -> "StoredTensor":
        """What stands for `_rebuild_tensor_v2`."""
        if not isinstance(storage, StoredBytes):
            raise TypeError("a tensor without a storage")
        return cls(storage, *lie_of_tensor(offset, shape, strides))

    @staticmethod
    def parameter(
        tensor: object, requires_grad: object = False, hooks: object = None
    ) -> "StoredTensor":
        """What stands for `_rebuild_parameter`."""
        if not isinstance(tensor, StoredTensor):
            raise TypeError("a parameter without a tensor")
        return tensor


@dataclass(frozen=True)
class Record:
    """A network or layer: the attributes that were pickled. Its source text is dropped unread."""

    class_name: str
    state: Mapping[object, object]

    @classmethod
    def of(cls, meta: object) -> "Record":
        """What stands for `_reconstruct_persistent_obj`."""
        match meta:
            case {"type": "class", "class_name": str(name), "state": dict(state)}:
                return cls(name, state)
        raise ValueError("an object that is no pickled class of version 6")


class RecordReader:
    """Turns the records of one file into tables of tensors, within bounds."""

    def __init__(self, data: Buffer, where: str, budget: Budget) -> None:
        self._budget = budget
        self._data = data
        self._where = where
        self._values_left = MAX_VALUES
        self._bytes_left = MAX_BYTES

    def network(self, value: object, part: str) -> dict[str, Any] | None:
        """`kind`, `positional`, `args` and `tensors` of a network; None stays None.

        Raises:
            SourceError: it is no network, or too much.
        """
        if value is None:
            return None
        if not isinstance(value, Record):
            self._refuse(f"its {part} is no network")
        tensors = {
            name: self._tensor(name, tensor)
            for name, tensor in self._stored(value, prefix="", depth=0)
        }
        return {
            "kind": value.class_name,
            "positional": self.plain(value.state.get("_init_args", [])),
            "args": self.plain(value.state.get("_init_kwargs", {})),
            "tensors": tensors,
        }

    def plain(self, value: object, depth: int = 0) -> Any:
        """A copy of arguments: dict, list, str, int, float, bool or None.

        Raises:
            SourceError: another kind of value, or too many.
        """
        self._count(depth)
        if value is None or isinstance(value, str | int | float | bool):
            return value
        if isinstance(value, dict):
            return {str(name): self.plain(each, depth + 1) for name, each in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.plain(each, depth + 1) for each in value]
        self._refuse(f"an argument of a network is a {type(value).__name__}")

    def _stored(
        self, record: Record, prefix: str, depth: int
    ) -> Iterator[tuple[str, StoredTensor]]:
        """Parameters and buffers of a network and its layers, by dotted name."""
        self._count(depth)
        for attribute in ("_parameters", "_buffers"):
            for name, tensor in self._table(record, attribute):
                self._count(depth)
                if isinstance(tensor, StoredTensor):
                    yield f"{prefix}{name}", tensor
                elif tensor is not None:
                    self._refuse(f"its {prefix}{name} is no tensor")
        for name, layer in self._table(record, "_modules"):
            if isinstance(layer, Record):
                yield from self._stored(layer, f"{prefix}{name}.", depth + 1)
            elif layer is not None:
                self._refuse(f"its {prefix}{name} is no layer")

    def _table(self, record: Record, attribute: str) -> list[tuple[str, object]]:
        table = record.state.get(attribute, {})
        if not isinstance(table, dict) or any(type(name) is not str for name in table):
            self._refuse(f"its {record.class_name[:40]} has no table of {attribute}")
        return list(table.items())

    def _tensor(self, name: str, stored: StoredTensor) -> torch.Tensor:
        blob = stored.storage.blob
        self._spend(blob.length)
        content = bytes(self._data[blob.start : blob.start + blob.length])
        storage, dtype = read_storage(content, f"{self._where}: {name}", self._budget)
        count = math.prod(stored.shape)
        steps = zip(stored.shape, stored.strides, strict=True)
        last = stored.offset + sum((size - 1) * step for size, step in steps)
        if count and last >= storage.nbytes() // dtype.itemsize:
            self._refuse(f"its {name} of shape {list(stored.shape)} lies outside its storage")
        self._spend(max(0, count * dtype.itemsize - blob.length))
        empty = torch.empty(0, dtype=dtype)
        offset = stored.offset if count else 0
        return empty.set_(storage, offset, stored.shape, stored.strides)

    def _spend(self, size: int) -> None:
        self._bytes_left -= size
        if size > MAX_TENSOR_BYTES or self._bytes_left < 0:
            self._refuse("its tensors are larger than those of any StyleGAN2")

    def _count(self, depth: int) -> None:
        self._values_left -= 1
        if self._values_left < 0 or depth > MAX_DEPTH:
            self._refuse("it is nested too deep, or holds too many values")

    def _refuse(self, why: str) -> NoReturn:
        raise SourceError(
            f"{self._where} is no snapshot that this program reads: {why}. "
            "It is damaged, or made to do harm; fetch it again from where it was published."
        )
