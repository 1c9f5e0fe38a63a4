"""Frames of a walk with the letter that led to each: for files that leave the page."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from mbtiface.faces.marking import sans
from mbtiface.ui.theme import LIGHT, LIGHT_AXES

BAND = 0.125
"""Height of the band under a picture, in parts of its side: even for every size."""
SHOWN = 15
"""Letters that the band has room for; of a longer walk those around the present one."""


def walk_frames(
    pictures: Sequence[Image.Image], letters: str, first: str, apart: bool
) -> list[Image.Image]:
    """Return the pictures with a band under each.

    Args:
        pictures: square, one more than letters; the first is the start.
        letters: of EISNTFJP.
        first: what stands under the start.
        apart: the frames will stand side by side, each with its own letter; else one after the
            other, each with all letters and its own in colour.
    """
    frames = []
    for number, picture in enumerate(pictures):
        frame = _on_paper(picture)
        if number == 0 and (apart or not letters):
            _write(frame, [(first, LIGHT["muted"], 500)])
        elif apart:
            letter = letters[number - 1]
            _write(frame, [(letter, LIGHT_AXES[letter], 700)])
        else:
            _write(frame, _row(letters, number - 1))
        frames.append(frame)
    return frames


def _row(letters: str, present: int) -> list[tuple[str, str, int]]:
    """The letters shown: those passed in ink, the present one in its colour, the rest faint."""
    begin = max(0, min(present - SHOWN // 2, len(letters) - SHOWN))
    row = []
    for number, letter in enumerate(letters[begin : begin + SHOWN], begin):
        if number == present:
            row.append((letter, LIGHT_AXES[letter], 800))
        else:
            row.append((letter, LIGHT["ink"] if number < present else LIGHT["muted"], 400))
    return row


def _on_paper(picture: Image.Image) -> Image.Image:
    side = picture.width
    frame = Image.new("RGB", (side, side + round(side * BAND)), LIGHT["paper"])
    frame.paste(picture)
    return frame


def _write(frame: Image.Image, words: Sequence[tuple[str, str, int]]) -> None:
    """Write words, evenly apart, into the middle of the band."""
    side, band = frame.width, round(frame.width * BAND)
    step = min(band * 0.62, side / (len(words) + 1))
    draw = ImageDraw.Draw(frame)
    for number, (word, colour, weight) in enumerate(words):
        x = side / 2 + (number - (len(words) - 1) / 2) * step
        size = round(band * (0.56 if weight > 600 else 0.44))
        draw.text((x, side + band * 0.5), word, colour, sans(size, weight), anchor="mm")
