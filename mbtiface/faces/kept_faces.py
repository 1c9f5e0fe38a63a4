"""Latents of visitors' own faces: a few, for a while, in memory alone, each under a secret token.

Of a photo nothing else is kept: no picture, no crop, no name.
"""

import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mbtiface.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

LIFETIME_S = 60 * 60
"""Seconds that a face is kept after its last use."""
MOST_KEPT = 500
"""Faces kept at a time; beyond it the one that was used longest ago goes."""


@dataclass(frozen=True, repr=False)
class KeptFace:
    """One visitor's face."""

    w: "Tensor"
    """`[num_ws, w_dim]`."""
    difference: float
    """`Inversion.difference`; infinite where it is not known."""


class KeptFaces:
    """Faces by token. Thread-safe; faces whose time is over go by themselves."""

    def __init__(
        self,
        on_drop: Callable[[str], None],
        limit: int = MOST_KEPT,
        lifetime_s: float = LIFETIME_S,
    ) -> None:
        """`on_drop` is called with the token of each face that has gone, for whatever reason."""
        self._on_drop = [on_drop]
        self._limit = limit
        self._lifetime_s = lifetime_s
        self._lock = threading.Lock()
        self._faces: OrderedDict[str, tuple[KeptFace, float]] = OrderedDict()
        self._timer: threading.Timer | None = None

    def also_tell(self, on_drop: Callable[[str], None]) -> None:
        """Call one more function with the token of each face that has gone."""
        self._on_drop.append(on_drop)

    def tell_no_more(self, on_drop: Callable[[str], None]) -> None:
        """Let go of a function that was called."""
        self._on_drop = [one for one in self._on_drop if one != on_drop]

    def __len__(self) -> int:
        return len(self._faces)

    def __contains__(self, token: str) -> bool:
        return token in self._faces

    def keep(self, w: "Tensor", difference: float = math.inf) -> str:
        """Keep a w+ `[num_ws, w_dim]` and return its new token, 32 hex digits.

        `difference`: how unlike its photo the face is, `Inversion.difference`.
        """
        token = secrets.token_hex(16)
        face = KeptFace(w.detach().clone(), difference)
        with self._lock:
            self._faces[token] = (face, time.monotonic())
        self._drop_old()
        return token

    def get(self, token: str) -> "Tensor":
        """Return the w+ of a token, which counts as a use; errors as `face`."""
        return self.face(token).w

    def face(self, token: str) -> KeptFace:
        """Return the face of a token, which counts as a use.

        Raises:
            InputError: nothing is kept under the token (any more).
        """
        self._drop_old()
        with self._lock:
            if token not in self._faces:
                # Without the token: messages reach logs.
                raise InputError(
                    "The face of this photo is no longer kept. Choose the photo again."
                )
            face, _ = self._faces[token]
            self._faces[token] = (face, time.monotonic())
            self._faces.move_to_end(token)
            return face

    def forget(self, token: str) -> bool:
        """Drop a face now; returns whether there was one."""
        with self._lock:
            known = self._faces.pop(token, None) is not None
        if known:
            self._tell(token)
        return known

    def close(self) -> None:
        """Drop all faces."""
        for token in list(self._faces):
            self.forget(token)
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def _drop_old(self) -> None:
        dropped = []
        with self._lock:
            now = time.monotonic()
            while self._faces:
                _, (_, used) = next(iter(self._faces.items()))
                left = used + self._lifetime_s - now
                if left > 0 and len(self._faces) <= self._limit:
                    self._wake_in(left)
                    break
                dropped.append(self._faces.popitem(last=False)[0])
        for token in dropped:
            self._tell(token)

    def _tell(self, token: str) -> None:
        for on_drop in self._on_drop:
            on_drop(token)

    def _wake_in(self, seconds: float) -> None:
        """Look again when the oldest face's time is over; without it, a face outlives its visit."""
        if self._timer is None:
            self._timer = threading.Timer(seconds, self._wake)
            self._timer.daemon = True
            self._timer.start()

    def _wake(self) -> None:
        with self._lock:
            self._timer = None
        self._drop_old()
