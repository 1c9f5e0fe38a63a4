"""The report as one picture."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from train.journey.row_pictures import RowPicture
from train.journey.rows import Report, Row

WIDTH, MARGIN, GAP = 2000, 24, 16
"""Of the sheet, px."""
PICTURE = 300
"""Height of a row's pictures, px."""
TITLE, TEXT = 26, 16
"""Sizes of letters, px."""
LINE = 22
BLACK, GREY = (20, 20, 20), (200, 200, 200)


def sheet(report: Report) -> Image.Image:
    """Title, a row a step, and the claims, below one another."""
    strips = [_words(report.title, report.opening)]
    for row in report.rows:
        strips += [_words(row.title, row.sentences), *_pictures(row)]
    said = tuple(f"{each.verdict.upper()}: {each.said}. {each.evidence}" for each in report.claims)
    strips.append(_words("What was said, and what the figures say", said))
    height = sum(strip.height for strip in strips) + 2 * MARGIN
    whole = Image.new("RGB", (WIDTH, height), "white")
    down = MARGIN
    for strip in strips:
        whole.paste(strip, (0, down))
        down += strip.height
    return whole


def _words(title: str, sentences: Sequence[str]) -> Image.Image:
    font = ImageFont.load_default(TEXT)
    lines = [line for sentence in sentences for line in wrapped(sentence, font)]
    strip = Image.new("RGB", (WIDTH, GAP + TITLE + GAP + LINE * len(lines) + GAP), "white")
    pen = ImageDraw.Draw(strip)
    pen.line([(MARGIN, 2), (WIDTH - MARGIN, 2)], fill=GREY)
    pen.text((MARGIN, GAP // 2), title, fill=BLACK, font=ImageFont.load_default(TITLE))
    for number, line in enumerate(lines):
        down = GAP + TITLE + GAP + LINE * number
        pen.text((MARGIN, down), line, fill=BLACK, font=font)
    return strip


def wrapped(
    sentence: str,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    width: float = WIDTH - 2 * MARGIN,  # px
) -> list[str]:
    """A sentence as lines that are no wider; a word that is too long has a line to itself."""
    lines: list[str] = []
    for word in sentence.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pictures(row: Row) -> list[Image.Image]:
    """Strips of pictures of one height, as many side by side as there is room for."""
    shown = [_scaled(picture) for picture in row.pictures]
    strips: list[list[tuple[str, Image.Image]]] = [[]]
    room = WIDTH - 2 * MARGIN
    for words, image in shown:
        if strips[-1] and image.width > room:
            strips.append([])
            room = WIDTH - 2 * MARGIN
        strips[-1].append((words, image))
        room -= image.width + GAP
    return [_strip(pictures) for pictures in strips if pictures]


def _strip(pictures: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    strip = Image.new("RGB", (WIDTH, PICTURE + LINE + GAP), "white")
    pen = ImageDraw.Draw(strip)
    left = MARGIN
    for words, image in pictures:
        strip.paste(image, (left, 0))
        pen.text((left, PICTURE + 2), words, fill=BLACK, font=ImageFont.load_default(TEXT - 2))
        left += image.width + GAP
    return strip


def _scaled(picture: RowPicture) -> tuple[str, Image.Image]:
    image = picture.image
    scale = min(PICTURE / image.height, (WIDTH - 2 * MARGIN) / image.width)
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    return picture.words, image.resize(size, Image.Resampling.LANCZOS)
