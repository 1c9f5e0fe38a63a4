"""A walk letter by letter as one file: from pictures, letters and a format to a clip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageColor

from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.clips import FORMATS, SUFFIX, Clip, ClipFormat, Colour, make_clip
from mbtiface.faces.sequence import sequence_axes
from mbtiface.ui.captions import walk_frames
from mbtiface.ui.theme import LIGHT, LIGHT_AXES

MAX_LETTERS = 32
"""Letters of a clip; every one is a picture to draw."""
SIZES = (256, 512)
"""Sides in pixels of a clip's pictures."""


@dataclass(frozen=True)
class Walk:
    """A clip that is asked for: from which face, along which letters, as what."""

    address: FaceAddress
    letters: str
    format: ClipFormat
    size: int

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Walk":
        """Read the face's address and `letters`, `format` and `size` beside it.

        Raises:
            InputError: a value is not allowed.
        """
        size = query.get("size", str(SIZES[0]))
        if size not in map(str, SIZES):
            raise InputError(f"Size is {size[:20]!r}, but must be 256 or 512 for a clip.")
        return cls(
            FaceAddress.from_query(query),
            checked_letters(query.get("letters", "")),
            checked_format(query.get("format", "")),
            int(size),
        )

    def addresses(self) -> list[FaceAddress]:
        """The face itself and the one after each letter, each a part of the way that is left."""
        frames = sequence_axes(self.letters, start=self.address.axes)
        return [replace(self.address, axes=axes) for axes in frames]

    @property
    def file_name(self) -> str:
        """What the visitor's file is called; nothing in it is about the face."""
        return f"{self.letters.lower()}.{SUFFIX[self.format]}"


def checked_letters(letters: str) -> str:
    """Return letters in capitals if a clip may have them, else raise `InputError`."""
    if not 1 <= len(letters) <= MAX_LETTERS:
        raise InputError(
            f"A clip has {len(letters)} letters, but must have 1 to {MAX_LETTERS} of EISNTFJP."
        )
    sequence_axes(letters)
    return letters.upper()


def checked_format(format: str) -> ClipFormat:
    """Return the format if it is one of `FORMATS`, else raise `InputError`."""
    if format not in FORMATS:
        raise InputError(f"Format is {format[:20]!r}, but must be one of {', '.join(FORMATS)}.")
    return format


def walk_clip(
    pictures: Sequence[Image.Image], letters: str, format: ClipFormat, first: str
) -> Clip:
    """Join marked square pictures, one more than letters, each with its letter under it.

    `first` is what stands under the start.
    """
    frames = walk_frames(pictures, letters, first, apart=format == "strip")
    colours = [_rgb(LIGHT[name]) for name in ("paper", "ink", "muted")]
    colours += [_rgb(LIGHT_AXES[letter]) for letter in sorted(set(letters))]
    return make_clip(frames, format, ground=colours[0], colours=colours)


def _rgb(text: str) -> Colour:
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue
