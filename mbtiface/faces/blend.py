"""The blend of two faces: some rows of w+ from the second, or a share of all rows.

    blend:fine:average:female|seed:12      the second's fine rows, the first's others
    blend:0.25:seed:3|type:ENTP:male       a quarter of the second

The halves are starts of any other kind. Texts, slices and sums alone, no torch.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mbtiface.errors import InputError
from mbtiface.faces.layer_ranges import LAYERS, RANGES

if TYPE_CHECKING:
    from torch import Tensor

BLEND = "blend"
SEPARATOR = "|"
WEIGHT = re.compile(r"0\.\d?[1-9]")
"""A share as it must be written; another text for it would be drawn and kept twice."""


@dataclass(frozen=True)
class Blend:
    """Two starts and what the second gives."""

    share: str | float
    """A name of `RANGES`: those rows; a number above 0 and below 1: so much of every row."""
    first: str
    second: str

    @property
    def start(self) -> str:
        """The text that `parse_blend` reads back."""
        share = self.share if isinstance(self.share, str) else f"{self.share:.2g}"
        return f"{BLEND}:{share}:{self.first}{SEPARATOR}{self.second}"


def parse_blend(rest: str) -> Blend:
    """Read what follows `blend:`; the halves are not looked at.

    Raises:
        InputError: it is no blend of two starts. No message repeats a half, which may be a secret.
    """
    share, _, halves = rest.partition(":")
    first, found, second = halves.partition(SEPARATOR)
    if not found or SEPARATOR in second:
        raise InputError("A blend must be of two starts, such as blend:fine:average:male|seed:12.")
    if first.startswith(f"{BLEND}:") or second.startswith(f"{BLEND}:"):
        raise InputError("A blend cannot be part of a blend. Give two other starts.")
    if share in RANGES:
        return Blend(share, first, second)
    if not WEIGHT.fullmatch(share):
        raise InputError(
            f"A blend's share is {share[:20]!r}. Use {', '.join(RANGES)}, or a number from 0.01 to "
            "0.99 without a last 0, such as 0.5."
        )
    return Blend(float(share), first, second)


def blended(first: "Tensor", second: "Tensor", share: str | float) -> "Tensor":
    """Return the blend of two w+ `[num_ws, w_dim]`, both left as they are.

    `share`: a name of `LAYERS` for the rows that the second gives, or its weight, 0..1, in all.

    Raises:
        InputError: a name that is none, or a weight out of range.
    """
    if isinstance(share, str):
        if share not in LAYERS:
            raise InputError(f"Layers {share!r} are unknown. Use {', '.join(LAYERS)} or a number.")
        rows = slice(*LAYERS[share])
        w = first.clone()
        w[rows] = second[rows]
        return w
    if not 0.0 <= share <= 1.0:
        raise InputError(f"A blend's share is {share}, but must be from 0 to 1.")
    return (1.0 - share) * first + share * second
