"""How often one visitor's address may call: so many calls a minute, saved up to one minute's."""

import time
from collections import OrderedDict
from collections.abc import Callable

from mbtiface.errors import RateError

MINUTE_S = 60.0
MAX_VISITORS = 10_000
"""Addresses remembered at once, some 2 MB; beyond them the one seen longest ago is forgotten."""


class CallRates:
    """Counts calls by address. For one event loop."""

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        max_visitors: int = MAX_VISITORS,
    ) -> None:
        """`per_minute`: calls a minute for one address; 0 = any number."""
        self.per_minute = per_minute
        self._clock = clock
        self._max_visitors = max_visitors
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Visitor -> calls left and when that was so; the one seen last stands last."""

    def take(self, visitor: str, calls: int = 1) -> float:
        """Count calls of a visitor that are about to begin.

        Returns:
            0.0 if they may; else seconds until they could, and none of them is counted. More calls
            than a minute allows are never answered at once; the seconds are those of a minute then.
        """
        if not self.per_minute:
            return 0.0
        now = self._clock()
        left, since = self._left.pop(visitor, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - since) * self.per_minute / MINUTE_S)
        wait_s = 0.0
        if left >= calls:
            left -= calls
        else:
            wait_s = min(MINUTE_S, (calls - left) * MINUTE_S / self.per_minute)
        self._left[visitor] = (left, now)
        if len(self._left) > self._max_visitors:
            self._left.popitem(last=False)
        return wait_s


def rate_error(per_minute: int, wait_s: float) -> RateError:
    """Return what is said to a visitor who must wait so many seconds."""
    return RateError(
        wait_s,
        f"This address makes more than {per_minute} calls a minute. Try again in {wait_s:.1f} s.",
    )
