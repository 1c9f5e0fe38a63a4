"""Curves over kimg as a picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 420, 280
"""Of the picture, px."""
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 46, 28
"""Margins around the axes, px."""
BLACK, GREY, PALE = (20, 20, 20), (215, 215, 215), (175, 180, 190)
STRONG, MARK = (31, 90, 180), (200, 40, 40)
LEVELS = 4
"""Parts that the upright axis is divided into."""

Point = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Curve:
    """One line; without points it is left out."""

    words: str
    """In the legend; empty = none."""
    points: Sequence[Point]
    colour: Colour = STRONG
    width: int = 2


@dataclass(frozen=True)
class Mark:
    """An upright line at a moment."""

    words: str
    kimg: float
    colour: Colour = MARK


def draw_curves(
    title: str,
    curves: Sequence[Curve],
    marks: Sequence[Mark] = (),
    span: tuple[float, float] | None = None,  # of the upright axis; None = of the points
) -> Image.Image:
    """Draw curves on common axes; a picture that says so where there are no points."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(picture)
    pen.font = ImageFont.load_default(12)
    pen.text((8, 6), title, fill=BLACK)
    drawn = [curve for curve in curves if curve.points]
    points = [point for curve in drawn for point in curve.points]
    if not points:
        pen.text((LEFT, HEIGHT // 2), "nothing was measured", fill=BLACK)
        return picture
    low, high = span or _span([value for _, value in points])
    first, last = min(point[0] for point in points), max(point[0] for point in points)
    x = _scale(first, last, LEFT, WIDTH - RIGHT)
    y = _scale(low, high, HEIGHT - BOTTOM, TOP)
    _axes(pen, (low, high), y, first, last)
    for mark in marks:
        across = x(mark.kimg)
        pen.line([(across, TOP), (across, HEIGHT - BOTTOM)], fill=mark.colour)
        left = min(across + 3, WIDTH - RIGHT - pen.textlength(mark.words))
        pen.text((left, HEIGHT - BOTTOM - 16), mark.words, fill=mark.colour)
    for curve in drawn:
        placed = [(x(kimg), y(min(max(value, low), high))) for kimg, value in curve.points]
        if len(placed) > 1:
            pen.line(placed, fill=curve.colour, width=curve.width)
        for across, down in placed if len(placed) <= 60 else ():
            pen.ellipse([across - 2, down - 2, across + 2, down + 2], fill=curve.colour)
    _legend(pen, drawn)
    return picture


def _axes(
    pen: ImageDraw.ImageDraw,
    span: tuple[float, float],
    y: Callable[[float], float],
    first: float,
    last: float,
) -> None:
    # As many places as tell neighbouring levels apart.
    places = max(1 - floor(log10((span[1] - span[0]) / LEVELS)), 0)
    for number in range(LEVELS + 1):
        value = span[0] + (span[1] - span[0]) * number / LEVELS
        pen.line([(LEFT, y(value)), (WIDTH - RIGHT, y(value))], fill=GREY)
        pen.text((6, y(value) - 8), f"{value:.{min(places, 4)}f}", fill=BLACK)
    pen.text((LEFT, HEIGHT - BOTTOM + 6), f"{first:g}", fill=BLACK)
    words = f"{last:g} kimg"
    right = WIDTH - RIGHT - pen.textlength(words)
    pen.text((right, HEIGHT - BOTTOM + 6), words, fill=BLACK)


def _legend(pen: ImageDraw.ImageDraw, curves: Sequence[Curve]) -> None:
    left = 8.0
    for curve in curves:
        if curve.words:
            pen.line([(left, 32), (left + 12, 32)], fill=curve.colour, width=3)
            pen.text((left + 16, 24), curve.words, fill=BLACK)
            left += 26 + pen.textlength(curve.words)


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or max(abs(high), 1e-3) * 0.1
    return low - margin, high + margin


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    width = high - low if high > low else 1.0
    return lambda value: start + (value - low) / width * (end - start)
