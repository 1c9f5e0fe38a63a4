"""Values on their way through the public endpoints: checks of what comes in, files and latents."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from mbtiface.errors import InputError
from mbtiface.faces.address import MAX_AXIS
from mbtiface.personality.types import AXES

if TYPE_CHECKING:
    import torch

    from mbtiface.faces.studio import Studio

Latent = list[list[float]]
"""A w+ as rows of floats `[num_ws][w_dim]`."""
MAX_LATENT = 100.0
"""Largest absolute value of a latent's entry; a face's lie within single digits."""
DIGITS = 6


class FileMeta(TypedDict):
    """The tag by which clients know a file."""

    _type: str


class Picture(TypedDict):
    """A marked picture as a file that clients download."""

    path: str
    orig_name: str
    mime_type: str
    meta: FileMeta


class BundleName(TypedDict):
    """Which bundle a latent belongs to."""

    name: str
    version: str


def picture_file(data: bytes, name: str) -> Picture:
    """Keep a marked JPEG in Gradio's cache, from which clients fetch it."""
    file_name = f"{name}.jpg"
    path = save_bytes_to_cache(data, file_name, get_upload_folder())
    return {
        "path": path,
        "orig_name": file_name,
        "mime_type": "image/jpeg",
        "meta": {"_type": "gradio.FileData"},
    }


def bundle_name(studio: "Studio") -> BundleName:
    """Return the name and version of the studio's bundle."""
    return {"name": studio.manifest.name, "version": studio.manifest.version}


def latent_rows(w: "torch.Tensor") -> Latent:
    """Return a w+ `[num_ws, w_dim]` as rows of floats, rounded to six decimals."""
    return [[round(value, DIGITS) for value in row] for row in w.tolist()]


def read_latent(rows: object, bundle: object, studio: "Studio") -> "torch.Tensor":
    """Return the w+ `[num_ws, w_dim]` of rows of floats.

    Raises:
        InputError: wrong shape, a value that is no number or too large, or another bundle's.
    """
    import torch  # not at the top: the page needs no torch to be built

    shape = tuple(studio.type_mean("ENTP", "female").shape)
    if bundle is not None and bundle != bundle_name(studio):
        raise InputError(
            f"The latent is of bundle {bundle!r}, but this is {bundle_name(studio)!r}. "
            "Make it again with this one."
        )
    if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) != shape[0]:
        raise InputError(f"w must be {shape[0]} rows of {shape[1]} numbers.")
    for number, row in enumerate(rows):
        if not isinstance(row, Sequence) or isinstance(row, str) or len(row) != shape[1]:
            raise InputError(f"Row {number} of w must hold {shape[1]} numbers.")
        for value in row:
            if value is None:
                raise InputError(f"Row {number} of w holds an empty value; give numbers only.")
            checked_number(f"a value in row {number} of w", value, -MAX_LATENT, MAX_LATENT)
    return torch.tensor(rows, dtype=torch.float32)  # [num_ws, w_dim]


def checked_choice(name: str, value: Any, allowed: Sequence[str]) -> Any:
    """Return the value if it is one of `allowed`, else raise `InputError`."""
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{name} is {value!r}, but must be one of {', '.join(allowed)}.")
    return value


def checked_size(size: object, allowed: Sequence[int]) -> int:
    """Return the size if it is one of `allowed`, else raise `InputError`."""
    if isinstance(size, bool) or not isinstance(size, int | float) or size not in allowed:
        raise InputError(f"size is {size!r}, but must be one of {', '.join(map(str, allowed))}.")
    return int(size)


def checked_number(name: str, value: Any, low: float, high: float) -> float | None:
    """Return the value as a float, None as it is.

    Raises:
        InputError: the value is no finite number from `low` to `high`.
    """
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise InputError(f"{name} is {value!r}, but must be a number from {low:g} to {high:g}.")
    return float(value)


def checked_axes(axes: object) -> dict[str, float]:
    """Return axis values as floats; None is no move.

    Raises:
        InputError: not an object, an unknown axis, or a value out of range.
    """
    if axes is None:
        return {}
    if not isinstance(axes, Mapping):
        raise InputError(f"axes is {axes!r}, but must be an object such as {{'EI': 1.0}}.")
    checked: dict[str, float] = {}
    for axis, value in axes.items():
        if axis not in AXES:
            raise InputError(f"Axis {axis!r} is unknown. Use {', '.join(AXES)}.")
        number = checked_number(f"axis {axis}", value, -MAX_AXIS, MAX_AXIS)
        if number is None:
            raise InputError(f"axis {axis} has no value. Give a number or leave it out.")
        checked[axis] = number
    return checked
