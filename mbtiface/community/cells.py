"""What the database speaks of: a cell (one average of one bundle), and what a join gives back."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mbtiface.errors import InputError
from mbtiface.personality.types import check_gender, parse_code

LONGEST_NAME = 200

Latent = npt.NDArray[np.float32]
"""w+ `[num_ws, w_dim]`."""
FixedLatent = npt.NDArray[np.int64]
"""w+ or a sum of w+ `[num_ws, w_dim]` in fixed point, see `fixed_point`."""


@dataclass(frozen=True, order=True)
class Cell:
    """One average: a type and gender of one version of one bundle.

    Raises:
        InputError: a part is not allowed.
    """

    bundle: str
    """The bundle's name."""
    version: str
    """The bundle's version: latents of another version are never mixed in."""
    code: str
    gender: str

    def __post_init__(self) -> None:
        for name in (self.bundle, self.version):
            if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
                raise InputError(
                    f"Bundle name or version {name!r} cannot name an average. "
                    f"Use 1 to {LONGEST_NAME} characters."
                )
        check_gender(self.gender)
        object.__setattr__(self, "code", parse_code(self.code))

    def __str__(self) -> str:
        return f"{self.code} ({self.gender})"


@dataclass(frozen=True)
class CellSum:
    """What is kept of a cell: how many joined, and the sum of what they brought."""

    count: int
    total: FixedLatent
    """`[num_ws, w_dim]`."""


@dataclass(frozen=True, repr=False)
class Receipt:
    """What undoes one join. Belongs in the visitor's session and nowhere else."""

    cell: Cell
    join_id: str
    added: FixedLatent
    """`[num_ws, w_dim]`: exactly what was added to the sum."""


@dataclass(frozen=True, repr=False)
class Joined:
    """A counted join. Its arrays tell small averages apart: show pictures of them, not numbers."""

    before: Latent
    """The average without this face."""
    after: Latent
    """The average with it."""
    count_before: int
    count: int
    """Faces joined, this one included."""
    clipped: bool
    """Whether the face lay so far out that it was moved toward the average before it counted."""
    repeated: bool
    """Whether this join id had been counted already; it was not counted again."""
    receipt: Receipt


@dataclass(frozen=True, repr=False)
class CommunityMean:
    """A type's average after contributed photos."""

    w: Latent
    count: int
    """Faces joined."""
