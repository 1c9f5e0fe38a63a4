"""Faces on a sheet, each under its words: how averages and moves are shown in the documents."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from mbtiface.faces.marking import sans

PAPER, INK = (250, 249, 245), (32, 30, 28)
BAND = 0.115
"""Height of the words over a picture, in parts of its side."""

Named = tuple[str, Image.Image]
"""What stands over a picture ("" = nothing), and the picture."""


def sheet(rows: Sequence[Sequence[Named]]) -> Image.Image:
    """Rows of square pictures of one size; a row without words gets no band."""
    side = rows[0][0][1].width
    band = round(side * BAND)
    heights = [side + (band if any(words for words, _ in row) else 0) for row in rows]
    made = Image.new("RGB", (side * max(map(len, rows)), sum(heights)), PAPER)
    draw = ImageDraw.Draw(made)
    font = sans(round(band * 0.72), 600)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, (words, picture) in enumerate(row):
            left = column * side
            made.paste(picture, (left, top + height - side))
            if words:
                draw.text((left + side / 2, top + band / 2), words, INK, font, anchor="mm")
        top += height
    return made


def cut(pictures: Sequence[Named], count: int) -> list[list[Named]]:
    """Rows of `count` pictures."""
    return [list(pictures[start : start + count]) for start in range(0, len(pictures), count)]
