"""Reads files that `torch.save` wrote, by torch's `weights_only` loader, once they are checked.

The loader runs no code, but believes sizes and knows more names than weights need. So a file is
read twice: first by readers of our own, which make nothing and check everything, then by torch.
"""

import argparse
import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import torch

from mbtiface.errors import SourceError
from mbtiface.weights.plain_pickle import PickleReader
from mbtiface.weights.plain_values import Budget, Buffer
from mbtiface.weights.torch_plans import MAX_BYTES, Plans, StoragePlan
from mbtiface.weights.torch_zip import MEMBER, check_archive

MAGIC = 0x1950A86A20F9469CFC6C
"""First value of the format that torch wrote before 1.6 and still writes inside pickles."""
PROTOCOL = 1001


@contextmanager
def mapped(path: Path, limit: int = MAX_BYTES) -> Iterator[tuple[BinaryIO, Buffer]]:
    """Open a file, its bytes in reach without being read.

    Raises:
        SourceError: it cannot be read, is empty or too large.
    """
    try:
        with path.open("rb") as opened:
            size = opened.seek(0, io.SEEK_END)
            opened.seek(0)
            if not 0 < size <= limit:
                raise SourceError(f"{path} has {size} bytes; checkpoints of 1 to {limit} are read.")
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield opened, data
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}). Check the path.") from error


def read_torch_file(path: Path) -> object:
    """Read a file of `torch.save`, zip or legacy, with tensors, plain values and namespaces.

    Tensors of a zip archive stay in the file and are read as they are used.

    Raises:
        SourceError: anything else is in it, it is damaged, or lies about a size.
    """
    where = str(path)
    with mapped(path) as (opened, data):
        if bytes(data[:4]) == MEMBER:
            plans = Plans(where)
            archive = check_archive(opened, data, where)
            PickleReader(archive.pickle, plans.names(), where, 0, plans.storage).read()
            _check_sizes(plans, dict(archive.sizes), where)
            return _load(where, where, in_place=True)
        check_legacy(data, where)
        opened.seek(0)
        return _load(opened, where, in_place=False)


def read_storage(
    content: bytes, where: str, budget: Budget
) -> tuple[torch.UntypedStorage, torch.dtype]:
    """Read the legacy stream of one storage, as it lies inside a pickled tensor.

    Raises:
        SourceError: anything else is in it, it is damaged, or lies about its size.
    """
    if not isinstance(check_legacy(content, where, budget), StoragePlan):
        raise SourceError(f"{where} holds another value where a tensor's numbers should be.")
    storage = _load(io.BytesIO(content), where, in_place=False)
    if not isinstance(storage, torch.storage.TypedStorage):
        raise SourceError(f"{where} holds another value where a tensor's numbers should be.")
    return storage._untyped_storage, storage.dtype


def check_legacy(data: Buffer, where: str, budget: Budget | None = None) -> object:
    """Check a legacy stream to its last byte; return the plan of what it holds.

    It is five pickles - magic, protocol, sizes of types, the object, the storages' keys - and then
    each storage, its count of elements first.

    Raises:
        SourceError: as `read_torch_file`.
    """
    plans, budget = Plans(where), budget or Budget()
    position, values = 0, []
    for wanted in (MAGIC, PROTOCOL, None, None, None):
        reader = PickleReader(data, plans.names(), where, position, plans.storage, budget)
        values.append(reader.read())
        position = reader.position
        if wanted is not None and values[-1] != wanted:
            raise SourceError(f"{where} is neither a zip archive nor a legacy file of torch.save.")
    system, content, keys = values[2:]
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise SourceError(f"{where} was written on a machine of another byte order.")
    if not isinstance(keys, list) or any(type(key) is not str for key in keys):
        raise SourceError(f"{where} is damaged: it has no list of storages.")
    sizes = {}
    for key in keys:
        plan = plans.storages.get(key)
        count = int.from_bytes(bytes(data[position : position + 8]), "little", signed=True)
        if plan is None or key in sizes or count != plan.count:
            raise SourceError(f"{where} is damaged: its storage {key[:40]!r} lies about its size.")
        sizes[key] = plan.size
        position += 8 + plan.size
    if position > len(data):
        raise SourceError(f"{where} is cut short: {position - len(data)} bytes are missing.")
    _check_sizes(plans, sizes, where)
    return content


def _check_sizes(plans: Plans, sizes: dict[str, int], where: str) -> None:
    for key, plan in plans.storages.items():
        if sizes.get(key) != plan.size:
            raise SourceError(
                f"{where} is damaged, or made to do harm: its storage {key[:40]!r} should have "
                f"{plan.size} bytes, but has {sizes.get(key, 'none')}."
            )


def _load(source: str | BinaryIO, where: str, in_place: bool) -> object:
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(source, map_location="cpu", weights_only=True, mmap=in_place)
    except Exception as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise SourceError(f"{where} cannot be read as tensors ({reason}).") from error
