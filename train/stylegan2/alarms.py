"""Watches a run for what it does not recover from: no numbers, a sure discriminator, one picture.

An alarm is written once when it begins. Numbers that are none end the run; the other two do not,
but the snapshot from before them is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

AlarmKind = Literal["not finite", "discriminator saturated", "variance gone"]

SURE = 0.98
"""Mean sign from which on the discriminator errs in one of a hundred pictures or fewer."""
SURE_TICKS = 3
"""Ticks in a row that count: a single one may be chance."""
VARIANCE_SHARE = 0.1
"""Variance of generated pictures as a part of that of real ones; below it they look alike."""


@dataclass(frozen=True)
class Alarm:
    """One finding."""

    kind: AlarmKind
    message: str
    """What was seen and what may help."""

    @property
    def fatal(self) -> bool:
        """Whether going on is useless."""
        return self.kind == "not finite"


def collapsed(what: str) -> Alarm:
    """What the metric saw of the averaged generator's samples (train/metrics/diversity.py)."""
    return Alarm("variance gone", f"{what} The snapshot from before is kept.")


class Alarms:
    """Which alarms hold, from one tick to the next."""

    def __init__(self) -> None:
        self._sure_ticks = 0
        self._holding: set[str] = set()

    def look(self, values: Mapping[str, float]) -> list[Alarm]:
        """Alarms that begin with this tick's means (names as in phase_losses.py)."""
        seen = (self._not_finite(values), self._sure(values), self._alike(values))
        found = [alarm for alarm in seen if alarm is not None]
        fresh = [alarm for alarm in found if alarm.kind not in self._holding]
        self._holding = {alarm.kind for alarm in found}
        return fresh

    def begin(self, alarm: Alarm) -> list[Alarm]:
        """The alarm if it did not hold before; it holds until the next tick."""
        fresh = [alarm] if alarm.kind not in self._holding else []
        self._holding.add(alarm.kind)
        return fresh

    def state(self) -> dict[str, Any]:
        """What going on needs."""
        return {"sure_ticks": self._sure_ticks, "holding": sorted(self._holding)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a kept state."""
        self._sure_ticks, self._holding = state["sure_ticks"], set(state["holding"])

    def _not_finite(self, values: Mapping[str, float]) -> Alarm | None:
        bad = [name for name, value in values.items() if not isfinite(value)]
        if not bad:
            return None
        return Alarm(
            "not finite",
            f"{', '.join(bad)} are no finite numbers: the weights are lost. The last state is from "
            "before; start anew from it with --resume and a lower rate or --precision float32.",
        )

    def _sure(self, values: Mapping[str, float]) -> Alarm | None:
        real, generated = values.get("sign_real", 0.0), values.get("sign_generated", 0.0)
        self._sure_ticks = self._sure_ticks + 1 if min(real, -generated) >= SURE else 0
        if self._sure_ticks < SURE_TICKS:
            return None
        return Alarm(
            "discriminator saturated",
            f"The discriminator tells real from generated in all but a hundredth (mean signs "
            f"{real:.3f} and {generated:.3f}): the generator learns little. Augmentation "
            "(--augment ada), FreezeD or a larger r1_gamma help.",
        )

    def _alike(self, values: Mapping[str, float]) -> Alarm | None:
        real, generated = values.get("variance_real", 0.0), values.get("variance_generated", 0.0)
        if not isfinite(generated) or generated >= VARIANCE_SHARE * real:
            return None
        return Alarm(
            "variance gone",
            f"Generated pictures vary {generated / real:.1%} as much as real ones: the generator "
            "shows one picture. The snapshot from before is kept.",
        )
