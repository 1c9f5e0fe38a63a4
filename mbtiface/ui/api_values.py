"""Values on their way through the public endpoints: checks of what comes in, files and latents."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from mbtiface.errors import InputError, PhotoError
from mbtiface.faces.address import MAX_AXIS
from mbtiface.faces.layer_ranges import LAYERS
from mbtiface.personality.types import AXES

if TYPE_CHECKING:
    from mbtiface.faces.studio import Studio

MAX_DRIFT = 1e6
"""Largest bound on the drift from a start's person; 1 is where they become another one."""
SHOWN = 80
"""As much of a value is repeated in an error."""
Latent = list[list[float]]
"""A w+ as rows of floats `[num_ws][w_dim]`."""


class FileMeta(TypedDict):
    """The tag by which clients know a file."""

    _type: Literal["gradio.FileData"]


class Picture(TypedDict):
    """A marked picture as a file that clients download."""

    path: str
    orig_name: str
    mime_type: str
    meta: FileMeta


class Upload(TypedDict):
    """A file that a client uploaded, as Gradio's clients make it of a path."""

    path: str
    meta: FileMeta


class BundleName(TypedDict):
    """Which bundle a latent belongs to."""

    name: str
    version: str


def picture_file(data: bytes, name: str, suffix: str = "jpg", mime: str = "image/jpeg") -> Picture:
    """Keep a marked picture or clip in Gradio's cache, from which clients fetch it."""
    file_name = f"{name}.{suffix}"
    path = save_bytes_to_cache(data, file_name, get_upload_folder())
    return {
        "path": path,
        "orig_name": file_name,
        "mime_type": mime,
        "meta": {"_type": "gradio.FileData"},
    }


def take_upload(upload: object, max_bytes: int) -> bytes:
    """Return an uploaded file's bytes and delete it, its folder too, whatever happens.

    Raises:
        InputError: no upload, or one that is gone; `PhotoError` with key `too_large`.
    """
    path = upload.get("path") if isinstance(upload, Mapping) else None
    folder = Path(get_upload_folder()).resolve()
    # Gradio checks only what is tagged as a file; anything else could name any file of the server.
    file = Path(path).resolve() if isinstance(path, str) and "\0" not in path else folder
    if file == folder or not file.is_relative_to(folder):
        # Without the value: its last part is the name that a person gave to their photo.
        raise InputError("image must be an uploaded file, such as gradio_client.handle_file(path).")
    try:
        if file.stat().st_size > max_bytes:
            raise PhotoError("too_large", f"The file is larger than {max_bytes / 10**6:.0f} MB.")
        return file.read_bytes()
    except OSError:
        raise InputError("The uploaded file is gone. Upload it again.") from None
    finally:
        with contextlib.suppress(OSError):
            file.unlink()
        if file.parent != folder:
            with contextlib.suppress(OSError):  # another upload may lie beside it
                file.parent.rmdir()


def bundle_name(studio: "Studio") -> BundleName:
    """Return the name and version of the studio's bundle."""
    return {"name": studio.manifest.name, "version": studio.manifest.version}


def check_bundle(bundle: object, studio: "Studio") -> None:
    """Raise `InputError` unless a call's `bundle` is that of the studio, or None."""
    if bundle is not None and bundle != bundle_name(studio):
        raise InputError(
            f"The latent is of bundle {shown(bundle)}, but this is {bundle_name(studio)!r}. "
            "Make it again with this one."
        )


def read_latent(rows: object, studio: "Studio") -> Any:
    """Return the w+ tensor `[num_ws, w_dim]` of rows of floats.

    Raises:
        InputError: wrong shape, or a value that is no number or too large.
    """
    from mbtiface.faces.latent_rows import rows_to_latent  # torch comes with it

    return rows_to_latent(rows, studio.num_ws, studio.w_dim)


def shown(value: object) -> str:
    """Return a value as errors repeat it: its first characters."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def checked_choice(name: str, value: Any, allowed: Sequence[str]) -> Any:
    """Return the value if it is one of `allowed`, else raise `InputError`."""
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{name} is {shown(value)}, but must be one of {', '.join(allowed)}.")
    return value


def checked_size(size: object, allowed: Sequence[int]) -> int:
    """Return the size if it is one of `allowed`, else raise `InputError`."""
    if isinstance(size, bool) or not isinstance(size, int | float) or size not in allowed:
        raise InputError(
            f"size is {shown(size)}, but must be one of {', '.join(map(str, allowed))}."
        )
    return int(size)


def checked_number(name: str, value: Any, low: float, high: float) -> float | None:
    """Return the value as a float, None as it is.

    Raises:
        InputError: the value is no finite number from `low` to `high`.
    """
    if value is None:
        return None
    # Comparing comes first of all: what is no number fails at it, and no integer is too large.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise InputError(
            f"{name} is {shown(value)}, but must be a number from {low:g} to {high:g}."
        )
    return float(value)


def checked_layers(layers: object, num_ws: int) -> str | list[int]:
    """Return the name of a group of layers, or their numbers.

    Raises:
        InputError: neither a name of such a group nor a list of numbers from 0 to `num_ws` - 1.
    """
    if isinstance(layers, str) and layers in LAYERS:
        return layers
    # bool is an int to isinstance, yet True is no row
    if isinstance(layers, list) and all(
        type(number) is int and 0 <= number < num_ws for number in layers
    ):
        return layers
    raise InputError(
        f"layers is {shown(layers)}, but must be {', '.join(LAYERS)}, or a list of numbers "
        f"from 0 to {num_ws - 1}."
    )


def checked_keep(keep: object) -> list[str] | str | float | None:
    """Return what a move must leave as it is; the studio knows the names.

    Raises:
        InputError: neither a list of names, nor a name, nor a number from 0 to a million.
    """
    if keep is None or isinstance(keep, str):
        return keep
    if isinstance(keep, list) and all(isinstance(one, str) for one in keep):
        return keep
    # bool is an int to isinstance, yet True is no length
    if isinstance(keep, int | float) and not isinstance(keep, bool) and 0 <= keep <= MAX_DRIFT:
        return float(keep)
    raise InputError(
        f"keep is {shown(keep)}, but must be a list of names such as ['age'], person, or a "
        f"number from 0 to {MAX_DRIFT:g}."
    )


def checked_axes(axes: object) -> dict[str, float]:
    """Return axis values as floats; None is no move.

    Raises:
        InputError: not an object, an unknown axis, or a value out of range.
    """
    if axes is None:
        return {}
    if not isinstance(axes, Mapping):
        raise InputError(f"axes is {shown(axes)}, but must be an object such as {{'EI': 1.0}}.")
    checked: dict[str, float] = {}
    for axis, value in axes.items():
        if axis not in AXES:
            raise InputError(f"Axis {shown(axis)} is unknown. Use {', '.join(AXES)}.")
        number = checked_number(f"axis {axis}", value, -MAX_AXIS, MAX_AXIS)
        if number is None:
            raise InputError(f"axis {axis} has no value. Give a number or leave it out.")
        checked[axis] = number
    return checked
