"""The course of the learning rate."""

from math import cos, pi

WARM_UP = 0.1
"""Part of the steps over which the rate rises, unless a run says otherwise."""


def schedule(part: float, warm_up: float = WARM_UP) -> float:
    """Factor after this part 0..1 of the steps: linear rise, then half a cosine to 0."""
    if part < warm_up:
        return max(part / warm_up, 0.01)
    return 0.5 + 0.5 * cos(pi * (part - warm_up) / (1 - warm_up))
