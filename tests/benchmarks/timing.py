"""Times of repeated calls: wall clock, and processor time, which other programs disturb less."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Clock = Callable[[], float]
"""Returns seconds since some moment."""


@dataclass(frozen=True)
class Times:
    """What equal calls took, in seconds, in the order they were made."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...] = ()
    """Of all threads of this process; empty where another process did the work."""

    def __post_init__(self) -> None:
        if not self.wall or len(self.cpu) not in (0, len(self.wall)):
            raise ValueError(
                f"{len(self.wall)} wall times and {len(self.cpu)} processor times: at least one "
                "of the former, and as many or none of the latter."
            )

    @property
    def p50(self) -> float:
        """Median of the wall times."""
        return percentile(self.wall, 50)

    @property
    def p95(self) -> float:
        """What 95 of 100 calls stayed under."""
        return percentile(self.wall, 95)

    @property
    def least(self) -> float:
        """The least disturbed call."""
        return min(self.wall)

    @property
    def cpu_p50(self) -> float | None:
        """Median of the processor times."""
        return percentile(self.cpu, 50) if self.cpu else None

    def followed_by(self, later: "Times") -> "Times":
        """These calls and later ones."""
        return Times(self.wall + later.wall, self.cpu + later.cpu)


def percentile(values: tuple[float, ...], part: float) -> float:
    """What `part` per cent of the values lie under, between two of them on a straight line."""
    return float(np.percentile(values, part))


def measure(
    call: Callable[[], object],
    runs: int,
    warm_ups: int = 0,
    wall: Clock = time.perf_counter,
    cpu: Clock = time.process_time,
) -> Times:
    """Time one call again and again, the first `warm_ups` times without noting it."""
    return measure_in_turn({"": call}, runs, warm_ups, wall, cpu)[""]


def measure_in_turn(
    calls: Mapping[str, Callable[[], object]],
    rounds: int,
    warm_ups: int = 0,
    wall: Clock = time.perf_counter,
    cpu: Clock = time.process_time,
) -> dict[str, Times]:
    """Time several calls round by round, so that a busy minute falls on all of them alike."""
    noted: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for turn in range(warm_ups + rounds):
        for name, call in calls.items():
            wall_before, cpu_before = wall(), cpu()
            call()
            took = wall() - wall_before, cpu() - cpu_before
            if turn >= warm_ups:
                noted[name].append(took)
    return {
        name: Times(tuple(wall_s for wall_s, _ in each), tuple(cpu_s for _, cpu_s in each))
        for name, each in noted.items()
    }
