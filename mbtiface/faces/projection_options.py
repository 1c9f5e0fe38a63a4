"""How an inversion by optimisation moves, and what it is pulled by."""

import math
from dataclasses import dataclass

from mbtiface.errors import InputError


@dataclass(frozen=True)
class ProjectionOptions:
    """How a projection moves and what it is pulled by. Lengths are in deviations of W."""

    steps: int = 25
    """Steps of Adam; 0 = only the rows' rule is applied to the start."""
    learning_rate: float = 0.05
    """Highest learning rate, in deviations a step."""
    ramp_up: float = 0.05
    """Part of the steps over which the rate rises."""
    ramp_down: float = 0.25
    """Part of the steps over which it falls to 0, as half a cosine."""
    w_plus: bool = True
    """Every row of w+ moves on its own; False = one w for all rows."""
    size: int = 256
    """Largest side in pixels at which pictures are compared; smaller generators and targets are
    compared at theirs."""
    pixel_weight: float = 1.0
    """Of the mean absolute difference of pixels."""
    perceptual_weight: float = 1.0
    """Of the distance of features."""
    pull: float = 0.0
    """Of the mean squared distance of the common w from the middle of W."""
    delta: float = 0.0
    """Of the mean squared distance of the rows from the common w."""
    jitter: float = 0.0
    """Deviation of the random shift of w at the start; it dies out over `jitter_part`."""
    jitter_part: float = 0.75
    """Part of the steps with jitter."""
    noise_weight: float = 0.0
    """Of the noise maps' regularisation; above 0 the maps of a `Generator` are trained too."""
    seed: int = 0
    """Of the jitter."""

    def __post_init__(self) -> None:
        if self.steps < 0 or self.size < 8:
            raise InputError(
                f"{self.steps} steps at {self.size} px: use 0 steps or more, 8 px or more."
            )
        if not 0 <= self.ramp_up + self.ramp_down <= 1:
            raise InputError(
                f"ramp_up {self.ramp_up} and ramp_down {self.ramp_down} are parts of the steps; "
                "their sum must be from 0 to 1."
            )


REFINEMENT = ProjectionOptions(pull=0.2, delta=1.0)
"""What comes after an encoder. The pull and delta cost no likeness in 25 steps and leave the rows
nearer to one w and to the middle, where directions and averages hold."""
BASELINE = ProjectionOptions(w_plus=False, learning_rate=0.1, jitter=0.05, noise_weight=1e5)
"""The slow way, from the average face in W, after Karras et al. 2020."""


def ramp(part: float, options: ProjectionOptions) -> float:
    """Factor of the learning rate after this part of the steps (appendix D of 1912.04958)."""
    factor = 1.0
    if options.ramp_down > 0:
        factor = min(1.0, (1.0 - part) / options.ramp_down)
        factor = 0.5 - 0.5 * math.cos(factor * math.pi)
    if options.ramp_up > 0:
        # The first step moves too: in 25 steps one lost would be seen.
        factor *= min(1.0, (part + 0.5 * options.ramp_up) / options.ramp_up)
    return factor
