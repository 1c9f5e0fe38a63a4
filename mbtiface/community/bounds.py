"""How far one face, and one day's faces, can move an average.

Distances are RMS over `[num_ws, w_dim]` of a difference in units of `LatentStatistics.scale`; a
generator's own random faces lie about 1 from the mean of all faces, few beyond 1.3. With R =
`clip_rms` and P = `prior_count`:

    one face    moves a mean by at most R / (P + 1): 0.006 with the defaults
    one day     of n joins on N = P + joined moves it by at most 2 R n / (N + n), and as
                n <= day_share * N, by 2 R day_share / (1 + day_share): 0.23, half of it from an
                average that has not moved yet
    for ever    a mean stays within R of the bundle's own

So a thousand copies of one odd face are a few joins a day, each clipped.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mbtiface.errors import ContributionRefusedError, InputError

FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Bounds:
    """The limits of contributions; the module's docstring says what follows from them."""

    prior_count: int = 200
    """Faces that the bundle's own mean counts as."""
    clip_rms: float = 1.25
    """Distance from the bundle's mean beyond which a face is moved toward it before it counts."""
    refuse_rms: float = 2.5
    """Distance from the mean of all faces beyond which a latent is no face and is refused."""
    day_share: float = 0.1
    """Joins a day and cell, as a share of what the average weighed when the day began."""
    public_from: int = 5
    """Joins from which on everybody sees a cell's community average."""

    def __post_init__(self) -> None:
        if min(self.prior_count, self.public_from) < 1:
            raise InputError(
                f"prior_count {self.prior_count} and public_from {self.public_from} must be 1 "
                "or more."
            )
        if not 0 < self.clip_rms < self.refuse_rms < math.inf:
            raise InputError(
                f"clip_rms {self.clip_rms} must lie above 0 and below refuse_rms "
                f"{self.refuse_rms}: what is refused must lie farther out than what is clipped."
            )
        if not 0 < self.day_share < math.inf:
            raise InputError(f"day_share {self.day_share} must be a number above 0.")

    def day_places(self, count_at_dawn: int) -> int:
        """Joins that a cell takes in a day which it began with `count_at_dawn` joined faces."""
        return max(1, int(self.day_share * (self.prior_count + count_at_dawn)))


@dataclass(frozen=True, eq=False)
class LatentStatistics:
    """How a bundle's w are spread: `latent.mean` and `latent.scale` of its averages."""

    mean: FloatArray
    """`[w_dim]`."""
    scale: FloatArray
    """`[w_dim]`, above 0."""

    def __post_init__(self) -> None:
        if self.mean.ndim != 1 or self.mean.shape != self.scale.shape:
            raise InputError(
                f"Latent mean {list(self.mean.shape)} and scale {list(self.scale.shape)} must "
                "both be [w_dim]."
            )
        if not (np.isfinite(self.mean).all() and np.isfinite(self.scale).all()):
            raise InputError("Latent mean and scale must be finite.")
        if not (self.scale > 0).all():
            raise InputError(f"Latent scale must be above 0, but its least is {self.scale.min()}.")


@dataclass(frozen=True, eq=False, repr=False)
class Contribution:
    """A visitor's face, ready to join."""

    w: FloatArray
    """`[num_ws, w_dim]`."""
    reconstruction_error: float
    """How unlike the photo its rendered w is, in whatever unit the limit has too."""
    reconstruction_limit: float
    """The largest error allowed."""


def bounded(
    contribution: Contribution,
    base_mean: FloatArray,
    statistics: LatentStatistics,
    bounds: Bounds,
) -> tuple[npt.NDArray[np.float64], bool]:
    """Return w moved to at most `clip_rms` from the base mean, and whether it had to be moved.

    Raises:
        InputError: shapes do not fit, or a value is not finite.
        ContributionRefusedError: `poor_reconstruction` or `too_far`.
    """
    w = np.asarray(contribution.w, np.float64)  # [num_ws, w_dim]
    check_latent(w, base_mean, statistics)
    error, limit = contribution.reconstruction_error, contribution.reconstruction_limit
    if not error <= limit:  # NaN is refused too
        raise ContributionRefusedError(
            "poor_reconstruction",
            f"The face found in this photo is too unlike it ({error:.3g}, at most {limit:.3g}) to "
            "join an average. Try a sharper photo, taken from the front.",
        )
    distance = rms((w - statistics.mean) / statistics.scale)
    if distance > bounds.refuse_rms:
        raise ContributionRefusedError(
            "too_far",
            f"This face lies too far from all others ({distance:.3g}, at most "
            f"{bounds.refuse_rms:.3g}) to join an average. Try a photo taken from the front.",
        )
    deviation = w - base_mean
    length = rms(deviation / statistics.scale)
    if length <= bounds.clip_rms:
        return w, False
    return base_mean + deviation * (bounds.clip_rms / length), True


def check_latent(w: FloatArray, base_mean: FloatArray, statistics: LatentStatistics) -> None:
    """Check that w is `[num_ws, w_dim]` like the base mean, with finite values.

    Raises:
        InputError: it is not.
    """
    w_dim = len(statistics.scale)
    if base_mean.ndim != 2 or w.shape != base_mean.shape or w.shape[1] != w_dim:
        raise InputError(
            f"w {list(w.shape)} and base mean {list(base_mean.shape)} must both be "
            f"[num_ws, {w_dim}]."
        )
    if not (np.isfinite(w).all() and np.isfinite(base_mean).all()):
        raise InputError("w and base mean must be finite, but hold NaN or infinity.")


def rms(difference: FloatArray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(difference))))
