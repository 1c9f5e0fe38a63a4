"""An order of pictures that never ends: seeded, shared among processes, and resumable."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mbtiface.errors import InputError, SourceError

WINDOW = 0.5
"""Part of the set within which a picture that was just shown may come again."""


class EndlessSampler:
    """Indices of pictures, without end; the order depends on count, seed and weights alone.

    Without weights the set is shuffled once and walked in a circle; each picture, once shown,
    changes places with one of those shown in the last `window` of the set (the order of golden
    file 07b). With weights the order comes in rounds of `count` draws: a round holds each picture
    as often as its weight says, rounded up or down by chance (systematic sampling), shuffled.

    Processes share one order: of each `ranks` draws process `rank` takes its own. All of them have
    the same state after the same number of calls.
    """

    def __init__(
        self,
        count: int,  # Pictures; indices are 0 .. count - 1.
        seed: int,  # Of the order.
        rank: int = 0,  # This process.
        ranks: int = 1,  # Processes.
        weights: Sequence[float] | np.ndarray | None = None,  # [count], how often; None = alike.
        window: float = WINDOW,  # Part of the set, 0..1; 0 = the same circle forever.
    ) -> None:
        if count < 1 or not 0 <= rank < ranks or not 0 <= window <= 1:
            raise InputError(
                f"An order needs pictures (got {count}), a rank within its ranks (got {rank} of "
                f"{ranks}) and a window in 0..1 (got {window})."
            )
        self.count, self.rank, self.ranks = count, rank, ranks
        self._random = np.random.RandomState(seed)
        self._position = 0
        self._window = int(np.rint(count * window))
        self._weights = None if weights is None else _checked(weights, count)
        self._order = np.arange(count)
        if self._weights is None:
            self._random.shuffle(self._order)

    def next(self, n: int) -> np.ndarray:
        """The next `n` indices of this process, int64 `[n]`; `n * ranks` are drawn."""
        return np.array([self._draw() for _ in range(n * self.ranks)][self.rank :: self.ranks])

    def _draw(self) -> int:
        at = self._position % self.count
        if self._weights is not None and at == 0:
            self._order = self._round(self._weights)
        index = int(self._order[at])
        if self._weights is None and self._window >= 2:
            other = (at - self._random.randint(self._window)) % self.count
            self._order[[at, other]] = self._order[[other, at]]
        self._position += 1
        return index

    def _round(self, weights: np.ndarray) -> np.ndarray:
        """`count` indices, each `count * weight` times on average and never a whole draw off."""
        mixed = self._random.permutation(self.count)  # so that neighbours do not exclude each other
        ends = np.cumsum(weights[mixed]) * self.count
        places = np.minimum(np.arange(self.count) + self._random.random_sample(), ends[-1])
        drawn = mixed[np.minimum(np.searchsorted(ends, places), self.count - 1)]
        self._random.shuffle(drawn)
        return drawn

    def state(self) -> dict[str, Any]:
        """Where the order stands: plain values and tensors, the same in every process."""
        bits = self._random.get_state(legacy=False)["state"]
        return {
            "count": self.count,
            "weighted": self._weights is not None,
            "position": self._position,
            "order": torch.from_numpy(self._order.copy()),
            "random": torch.from_numpy(bits["key"].astype(np.int64)),
            "random_at": int(bits["pos"]),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where `state()` was taken; by other processes, or more of them, too.

        Raises:
            SourceError: the state is that of another set of pictures.
        """
        theirs = (state.get("count"), state.get("weighted"))
        ours = (self.count, self._weights is not None)
        if theirs != ours:
            raise SourceError(
                f"The order of the pictures was saved for {theirs[0]} pictures (balanced: "
                f"{theirs[1]}), but the data now gives {ours[0]} (balanced: {ours[1]}). Go on with "
                "the same data and options, or start anew."
            )
        self._position = int(state["position"])
        self._order = state["order"].numpy().copy()
        bits = {"key": state["random"].numpy().astype(np.uint32), "pos": int(state["random_at"])}
        self._random.set_state(
            {"bit_generator": "MT19937", "state": bits, "has_gauss": 0, "gauss": 0.0}
        )


def balanced_weights(cells: Sequence[int] | np.ndarray) -> np.ndarray:
    """Weights `[pictures]`, sum 1, by which every cell (a type of a gender, say) shows alike often.

    Args:
        cells: each picture's cell, any whole numbers; cells without pictures do not count.
    """
    _, at, sizes = np.unique(np.asarray(cells), return_inverse=True, return_counts=True)
    return 1.0 / (len(sizes) * sizes[at])


def _checked(weights: Sequence[float] | np.ndarray, count: int) -> np.ndarray:
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (count,) or not (np.isfinite(values).all() and (values >= 0).all()):
        raise InputError(
            f"Weights of {count} pictures must be {count} finite numbers, none below 0; got an "
            f"array of shape {values.shape}."
        )
    if values.sum() <= 0:
        raise InputError("All weights are 0: no picture could ever be drawn. Give one more.")
    return values / values.sum()
