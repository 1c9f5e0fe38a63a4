"""Pictures kept in memory, the most lately used of them, up to so many bytes."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class PictureCache(Generic[K]):
    """Files by key; what was used longest ago goes first. Not thread-safe: its owner locks."""

    def __init__(self, max_bytes: int) -> None:
        """`max_bytes`: of all files together."""
        self._max_bytes = max_bytes
        self._files: OrderedDict[K, bytes] = OrderedDict()
        self.bytes_kept = 0

    def __iter__(self) -> Iterator[K]:
        return iter(tuple(self._files))

    def get(self, key: K) -> bytes | None:
        """Return what is kept under a key, which makes it the last to go."""
        if (data := self._files.get(key)) is not None:
            self._files.move_to_end(key)
        return data

    def keep(self, key: K, data: bytes) -> None:
        """Keep a file, in place of one that is kept under this key."""
        self.drop(key)
        self._files[key] = data
        self.bytes_kept += len(data)
        while self.bytes_kept > self._max_bytes:
            self.drop(next(iter(self._files)))

    def drop(self, key: K) -> None:
        """Forget a key, if it is kept."""
        self.bytes_kept -= len(self._files.pop(key, b""))
