"""Values that a pickle may be made of, and what stands for the names in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Buffer(Protocol):
    """Bytes to read from: `bytes`, a memory map, or a part of one as a `memoryview`."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes | memoryview: ...


@dataclass
class Budget:
    """What reading one file may still cost, all of its pickles together."""

    operations: int = 2_000_000
    """Three 1024-px networks in one snapshot take some 60 000."""
    text_bytes: int = 64 << 20
    """All texts; a snapshot holds its networks' source, less than 1 MB."""


@dataclass(frozen=True)
class Blob:
    """Bytes of a pickle, left where they are."""

    start: int
    length: int


@dataclass(frozen=True)
class Maker:
    """A name that a pickle may call: what is called in its place."""

    make: Callable[..., object]


@dataclass(frozen=True)
class Name:
    """A name that a pickle may mention, but not call."""

    name: str


class Built:
    """A value whose state a pickle may set after making it."""

    def build(self, state: object) -> None:
        """Take the state, or leave it."""
        raise NotImplementedError


class PlainDict(dict[object, object], Built):
    """What stands for an ordered dictionary; attributes that a file hangs on it are dropped."""

    def build(self, state: object) -> None:
        """Drop it: torch keeps version numbers of modules there."""


Global = Maker | Name


class Mark:
    """Where a list of arguments begins on the stack."""


MARK = Mark()
