"""The figure that made the case for ADA: distributions of scores as a run goes on."""

from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFont

from mbtiface.errors import InputError
from train.metrics.score_histograms import ScoreHistogram, evenly, smoothed

ROWS = 6
"""Moments whose distributions are drawn."""
COLOURS = {"training": (31, 90, 180), "held_out": (40, 140, 60), "generated": (215, 90, 20)}
WORDS = {"training": "training pictures", "held_out": "held-out", "generated": "generated"}
LINES = {
    "training-generated": ("training / generated", (215, 90, 20)),
    "held_out-generated": ("held-out / generated", (150, 60, 150)),
    "training-held_out": ("training / held-out", (40, 140, 60)),
}
WIDTH, ROW, HEAD, FOOT, MARGIN, LABEL = 420, 72, 46, 30, 14, 74
"""Of a half of the figure: its width, a row's height, heading, axis, gap, words at the left; px."""
BLACK, GREY = (20, 20, 20), (200, 200, 200)

Map = Callable[[float], float]


def draw_scores(histograms: Sequence[ScoreHistogram], title: str = "") -> Image.Image:
    """Draw distributions over the run at the left, and how much they overlap at the right.

    Raises:
        InputError: there are none.
    """
    if not histograms:
        raise InputError("There are no scores to draw: let the run write some first.")
    rows = evenly(histograms, ROWS)
    height = HEAD + max(len(rows), 3) * ROW + FOOT
    picture = Image.new("RGB", (2 * WIDTH + 3 * MARGIN, height), "white")
    pen = ImageDraw.Draw(picture)
    pen.font = ImageFont.load_default(12)
    heading = f"{title}: scores" if title else "Scores"
    pen.text((MARGIN, 6), f"{heading} of the discriminator (logits)", fill=BLACK)
    pen.text((WIDTH + 2 * MARGIN, 6), "Overlap of the distributions over kimg", fill=BLACK)
    _distributions(pen, rows, MARGIN, height)
    _overlaps(pen, histograms, WIDTH + 2 * MARGIN, height)
    return picture


def _distributions(
    pen: ImageDraw.ImageDraw, rows: Sequence[ScoreHistogram], left: int, height: int
) -> None:
    _legend(pen, left, [(WORDS[name], COLOURS[name]) for name in _names(rows)])
    low = min(row.edges[0] for row in rows)
    high = max(row.edges[-1] for row in rows)
    x = _scale(low, high, left + LABEL, left + WIDTH)
    for number, row in enumerate(rows):
        floor = HEAD + (number + 1) * ROW - 6
        pen.line([(left + LABEL, floor), (left + WIDTH, floor)], fill=GREY)
        pen.text((left, floor - 30), f"{row.kimg:g} kimg", fill=BLACK)
        curves = {
            name: smoothed(shares, row.edges, row.counts[name])
            for name, shares in _sets(row).items()
        }
        tallest = max(float(shares.max()) for shares in curves.values())
        for name, shares in curves.items():
            outline = [(x(row.edges[0]), float(floor))]
            for index, share in enumerate(shares.tolist()):
                y = floor - (ROW - 14) * share / tallest
                outline += [(x(row.edges[index]), y), (x(row.edges[index + 1]), y)]
            outline.append((x(row.edges[-1]), float(floor)))
            pen.line(outline, fill=COLOURS[name], width=2)
    if low < 0 < high:
        pen.line([(x(0), HEAD), (x(0), height - FOOT)], fill=GREY)
        pen.text((x(0) - 3, height - FOOT + 4), "0", fill=BLACK)
    pen.text((left + LABEL, height - FOOT + 4), f"{low:.1f}", fill=BLACK)
    pen.text((left + WIDTH - 30, height - FOOT + 4), f"{high:.1f}", fill=BLACK)


def _overlaps(
    pen: ImageDraw.ImageDraw, histograms: Sequence[ScoreHistogram], left: int, height: int
) -> None:
    names = [name for name in LINES if any(name in each.overlaps for each in histograms)]
    _legend(pen, left, [LINES[name] for name in names])
    first, last = histograms[0].kimg, histograms[-1].kimg
    x = _scale(first, last, left + 30, left + WIDTH - 10)
    y = _scale(0.0, 1.0, height - FOOT, HEAD + 6)
    for level in (0.0, 0.5, 1.0):
        pen.line([(left + 30, y(level)), (left + WIDTH - 10, y(level))], fill=GREY)
        pen.text((left, y(level) - 8), f"{level:.0%}", fill=BLACK)
    for name in names:
        points = [
            (x(each.kimg), y(each.overlaps[name])) for each in histograms if name in each.overlaps
        ]
        colour = LINES[name][1]
        if len(points) > 1:
            pen.line(points, fill=colour, width=2)
        for across, down in points:
            pen.ellipse([across - 2, down - 2, across + 2, down + 2], fill=colour)
    pen.text((left + 30, height - FOOT + 4), f"{first:g}", fill=BLACK)
    pen.text((left + WIDTH - 70, height - FOOT + 4), f"{last:g} kimg", fill=BLACK)


def _legend(
    pen: ImageDraw.ImageDraw, left: float, entries: Sequence[tuple[str, tuple[int, int, int]]]
) -> None:
    for words, colour in entries:
        pen.line([(left, 32), (left + 12, 32)], fill=colour, width=3)
        pen.text((left + 16, 24), words, fill=BLACK)
        left += 24 + pen.textlength(words)


def _names(rows: Sequence[ScoreHistogram]) -> list[str]:
    return [name for name in COLOURS if any(name in _sets(row) for row in rows)]


def _sets(row: ScoreHistogram) -> dict[str, tuple[float, ...]]:
    found = {"training": row.training, "generated": row.generated}
    return found if row.held_out is None else found | {"held_out": row.held_out}


def _scale(low: float, high: float, start: float, end: float) -> Map:
    width = high - low if high > low else 1.0
    return lambda value: start + (value - low) / width * (end - start)
