"""How long a run may take; the same command goes on where time was up."""

import time


def deadline(budget_minutes: float | None) -> float | None:
    """The moment (`time.monotonic()`) at which a budget that starts now is spent; None = never."""
    return None if budget_minutes is None else time.monotonic() + 60 * budget_minutes


def passed(moment: float | None) -> bool:
    """Whether a deadline has passed; None never does."""
    return moment is not None and time.monotonic() > moment
