"""Small faces and what they join: latents `[NUM_WS, W_DIM]` about 1 from the mean of all."""

import hashlib

import numpy as np

from mbtiface.community import Cell, Community, Contribution, Joined, LatentStatistics

NUM_WS, W_DIM = 3, 16
CELL = Cell("toy", "1", "ENTP", "female")
BASE = np.random.default_rng(1).normal(0, 0.1, (NUM_WS, W_DIM)).astype(np.float32)
STATISTICS = LatentStatistics(
    np.random.default_rng(2).normal(0, 0.1, W_DIM).astype(np.float32),
    np.random.default_rng(3).uniform(0.2, 0.8, W_DIM).astype(np.float32),
)
DAY_S = 24 * 60 * 60
NOON_S = 20_000 * DAY_S + DAY_S / 2


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.now_s = NOON_S

    def __call__(self) -> float:
        return self.now_s


def face(seed: int, distance: float = 1.0) -> np.ndarray:
    """A w+ float32 at an RMS distance from `BASE`, in units of the scale."""
    step = np.random.default_rng(seed).normal(size=(NUM_WS, W_DIM))
    step *= distance / np.sqrt(np.mean(step**2))
    return (BASE + step * STATISTICS.scale).astype(np.float32)


def contribution(w: np.ndarray) -> Contribution:
    """A face whose reconstruction is good."""
    return Contribution(w, 0.1, 0.5)


def new_id(name: object) -> str:
    """A join id for each name."""
    return hashlib.sha256(str(name).encode()).hexdigest()[:32]


def join(community: Community, seed: int, cell: Cell = CELL, visitor: str | None = None) -> Joined:
    """Let face `seed` join, for a visitor and with a join id of its own."""
    return community.join(
        cell,
        contribution(face(seed)),
        BASE,
        STATISTICS,
        f"visitor {seed}" if visitor is None else visitor,
        new_id((seed, cell, visitor)),
    )
