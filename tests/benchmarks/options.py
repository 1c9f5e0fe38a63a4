"""What may be said about a run of the benchmark."""

from dataclasses import dataclass
from pathlib import Path

from mbtiface.errors import InputError

MAX_AVERAGES_ROUNDS = 500
"""Two joins a round, and an average of 10 000 takes 1 020 a day."""

QUICK = {
    "rounds": 10,
    "warm_ups": 2,
    "refinements": 0,
    "averages_rounds": 3,
    "app_photos": 0,
    "drawing_minutes": 1.5,
}
"""The most of each under `quick`."""


@dataclass(frozen=True)
class Options:
    """The way of a photo, and averages, on this machine: times, memory, what it could do."""

    bundle: str = "embedded"
    """`embedded` or a bundle folder; it needs an encoder."""
    rounds: int = 40
    """How often each part is timed."""
    warm_ups: int = 5
    """Rounds before those."""
    refine_steps: int = 25
    """Steps of refinement, at least 2: one is timed from the one before it."""
    refinements: int = 2
    """How often the refinement is timed; 0 = not."""
    averages_rounds: int = 10
    """How often a sequence, a join and the gallery are timed, at most 500; 0 = not."""
    app_photos: int = 20
    """Warm photos that the app gets over HTTP; 0 = the app is not started."""
    drawing_minutes: float = 6.0
    """Time for the generators, every way, size, batch and number of threads; 0 = not measured."""
    quick: bool = False
    """Only what tells most, a minute or two: no app, no refinement, fewer rounds and sizes."""
    cores: int = 2
    """Processor cores to use, of those that this process may."""
    photo: Path | None = None
    """A photo to measure with instead of the made-up 12-megapixel one."""
    json: Path | None = None
    """File for everything that was measured; None writes none."""

    def __post_init__(self) -> None:
        if self.quick:
            for name, most in QUICK.items():
                object.__setattr__(self, name, min(getattr(self, name), most))
        if min(self.rounds, self.cores) < 1 or self.refine_steps < 2:
            raise InputError(
                f"{self.rounds} rounds, {self.cores} cores, {self.refine_steps} steps of "
                "refinement: use at least 1, 1 and 2."
            )
        if not 0 <= self.averages_rounds <= MAX_AVERAGES_ROUNDS:
            raise InputError(
                f"{self.averages_rounds} rounds of averages: use 0 to {MAX_AVERAGES_ROUNDS}."
            )
