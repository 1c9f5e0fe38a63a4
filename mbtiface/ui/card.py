"""The result card: one PNG of 1080 x 1350 px with faces, code, bars, mark and address."""

import re
from dataclasses import dataclass

from PIL import Image, ImageDraw

from mbtiface.faces.address import FaceAddress
from mbtiface.faces.marking import encode, sans
from mbtiface.personality.names import letter_word, type_name
from mbtiface.personality.survey import Result
from mbtiface.personality.types import AXES
from mbtiface.ui.outcome import Answers
from mbtiface.ui.page import Page
from mbtiface.ui.theme import LIGHT, LIGHT_AXES

WIDTH, HEIGHT = 1080, 1350
MARGIN = 72
GAP = 24
FACE_SIZE = 512
LABEL_SIZE = 28
ROUND = 28
INNER = WIDTH - 2 * MARGIN
FACES_TOP = 148
HOST = re.compile(r"[\w.-]{1,64}(:\d{1,5})?", re.ASCII)
"""What may stand on a card as an address."""


@dataclass(frozen=True)
class _Face:
    picture: Image.Image
    label: str


def draw_card(page: Page, answers: Answers, language: str, host: str = "") -> bytes:
    """Return the card as a PNG that says in its metadata that its faces are generated.

    `host`: where the visitor found the page; the settings' own comes before it.

    Raises:
        BusyError: too many pictures are waiting already.
    """
    card = Image.new("RGB", (WIDTH, HEIGHT), LIGHT["paper"])
    draw = ImageDraw.Draw(card)
    result = answers.result()
    title = page.text("shell_title", language)
    draw.text((MARGIN, 92), title, font=sans(30, 600), anchor="ls", fill=LIGHT["ink"])
    bottom = _paste_faces(card, _faces(page, answers, result, language))
    bottom = _draw_code(draw, result.code, type_name(result.code, language), bottom + 56)
    _draw_bars(draw, result, language, bottom + 56)
    _draw_foot(draw, page.text("survey_card_line", language), page.settings.public_host or host)
    return encode(card, "png")


def _faces(page: Page, answers: Answers, result: Result, language: str) -> list[_Face]:
    own = _Face(
        page.services.image(answers.address(), FACE_SIZE),
        page.text("survey_your_face", language),
    )
    averages = [
        _Face(
            page.services.image(FaceAddress(f"type:{result.code}:{gender}", gender), FACE_SIZE),
            page.text(f"survey_type_{gender}", language, code=result.code),
        )
        for gender in answers.genders()
    ]
    return [own, *averages]


def _paste_faces(card: Image.Image, faces: list[_Face]) -> int:
    """Paste the faces in a row with their labels; return the y of the row's end."""
    side = (INNER - GAP * (len(faces) - 1)) // len(faces)
    draw = ImageDraw.Draw(card)
    size = min(_fitting(face.label, side, LABEL_SIZE) for face in faces)
    for column, face in enumerate(faces):
        left = MARGIN + column * (side + GAP)
        picture = face.picture.resize((side, side), Image.Resampling.LANCZOS)
        card.paste(picture, (left, FACES_TOP), _rounded(side))
        place = (left, FACES_TOP + side + 44)
        draw.text(place, face.label, font=sans(size, 400), anchor="ls", fill=LIGHT["muted"])
    return FACES_TOP + side + 44


def _rounded(side: int) -> Image.Image:
    """Return a mask with round corners, drawn larger and reduced for smooth edges."""
    large = Image.new("L", (side * 4, side * 4), 0)
    area = (0, 0, side * 4 - 1, side * 4 - 1)
    ImageDraw.Draw(large).rounded_rectangle(area, radius=ROUND * 4, fill=255)
    return large.resize((side, side), Image.Resampling.LANCZOS)


def _fitting(text: str, width: int, size: int) -> int:
    """Return the largest text size up to `size` at which the text fits the width."""
    while size > 16 and sans(size, 400).getlength(text) > width:
        size -= 1
    return size


def _draw_code(draw: ImageDraw.ImageDraw, code: str, name: str, top: int) -> int:
    """Draw the four letters in their colours with the name beside; return the baseline's y."""
    baseline = top + 96
    x = float(MARGIN)
    for letter in code:
        draw.text((x, baseline), letter, font=sans(128, 700), anchor="ls", fill=LIGHT_AXES[letter])
        x += sans(128, 700).getlength(letter) + 4
    x += 28
    size = _fitting(name, int(WIDTH - MARGIN - x), 40)
    draw.text((x, baseline), name, font=sans(size, 500), anchor="ls", fill=LIGHT["ink"])
    return baseline


def _draw_bars(draw: ImageDraw.ImageDraw, result: Result, language: str, top: int) -> None:
    """Draw one bar an axis: both letters with word and percent, the chosen side in its colour."""
    pitch = min(120, (HEIGHT - 170 - top) // len(AXES))
    for row, axis in enumerate(AXES):
        y = top + row * pitch
        left, right = axis
        split = MARGIN + round(INNER * result.percent[left] / 100)
        for letter, span, anchor, x in (
            (left, (MARGIN, split), "ls", MARGIN),
            (right, (split, WIDTH - MARGIN), "rs", WIDTH - MARGIN),
        ):
            chosen = letter in result.code
            words = f"{letter}  {letter_word(letter, language)}  {result.percent[letter]}%"
            ink = LIGHT_AXES[letter] if chosen else LIGHT["muted"]
            font = sans(28, 650 if chosen else 400)
            draw.text((x, y + 26), words, font=font, anchor=anchor, fill=ink)
            if span[1] > span[0]:
                fill = LIGHT_AXES[letter] if chosen else LIGHT["line"]
                draw.rectangle((span[0], y + 42, span[1] - 1, y + 51), fill=fill)


def _draw_foot(draw: ImageDraw.ImageDraw, line: str, host: str) -> None:
    """Write the address, and under it what the faces are."""
    baseline = HEIGHT - 62
    draw.text((MARGIN, baseline), line, font=sans(26, 400), anchor="ls", fill=LIGHT["muted"])
    if HOST.fullmatch(host):
        font = sans(_fitting(host, INNER, 26), 600)
        draw.text((MARGIN, baseline - 40), host, font=font, anchor="ls", fill=LIGHT["ink"])
