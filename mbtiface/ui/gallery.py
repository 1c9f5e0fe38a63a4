"""The types tab: the averages of the sixteen types and eight letters."""

import logging
from html import escape
from typing import Any

from mbtiface.errors import MbtifaceError
from mbtiface.faces.address import FaceAddress
from mbtiface.personality.names import type_name
from mbtiface.personality.types import GENDERS, LETTERS
from mbtiface.ui.controls import (
    choices,
    data_attribute,
    problem_line,
    state_words,
    tab_html,
)
from mbtiface.ui.gallery_dialog import TEMPLATES, community_entry, dialog, type_entry
from mbtiface.ui.gallery_words import pairs_line
from mbtiface.ui.page import Page

ROWS = (
    ("NT", ("INTJ", "INTP", "ENTJ", "ENTP")),
    ("NF", ("INFJ", "INFP", "ENFJ", "ENFP")),
    ("SJ", ("ISTJ", "ISFJ", "ESTJ", "ESFJ")),
    ("SP", ("ISTP", "ISFP", "ESTP", "ESFP")),
)
"""The grid, row by row: each row shares two letters, each column runs from I to E."""
TILE_SIZE = 256
VIEWS = (*GENDERS, "both")
log = logging.getLogger(__name__)


def build(page: Page) -> None:
    """Add the tab's content; call it inside the tab."""

    def gallery_community(request: Any) -> dict[str, Any]:
        try:
            asked = request if isinstance(request, dict) else {}
            return community_entry(page.at(asked), asked)
        except MbtifaceError as error:
            log.info("Gallery: %s", error)
            return {}

    tab_html(page, "gallery", markup, [gallery_community])


def markup(page: Page, language: str) -> str:
    """Return the tab's HTML in one language."""
    words = state_words(page, language, "gallery_error")
    words |= {key: page.messages[language][f"gallery_{key}"] for key in TEMPLATES}
    types = {code: type_entry(page, code, language) for _, codes in ROWS for code in codes}
    pairs = pairs_line(page, language)
    grid_words = words | {"error": page.text("gallery_problem", language)}
    return (
        f'<section class="mf-gallery" data-view="female" {data_attribute("words", words)} '
        f"{data_attribute('types', types)}>"
        f'<p class="mf-lead">{escape(page.text("gallery_intro", language))}</p>'
        f"{_bar(page, language)}{problem_line(grid_words)}"
        f'<div class="mf-grid">{_grid(page, language)}</div>'
        f'<h2 class="mf-title">{escape(page.text("gallery_letters", language))}</h2>'
        f'<div class="mf-letters">{_letters(page, language)}</div>'
        + (f'<p class="mf-note mf-pairs">{escape(pairs)}</p>' if pairs else "")
        + f"{dialog(page, language)}</section>"
    )


def _bar(page: Page, language: str) -> str:
    views = [(view, page.text(f"gallery_{view}", language)) for view in VIEWS]
    return (
        '<div class="mf-bar">'
        + choices("gallery-view", page.text("gallery_view", language), views, "female")
        + _difference(page, language, "gallery-difference")
        + "</div>"
    )


def _difference(page: Page, language: str, name: str) -> str:
    label = escape(page.text("gallery_difference", language))
    note = escape(page.text("gallery_difference_note", language))
    as_it_is = escape(page.text("gallery_difference_one", language))
    return (
        f'<div class="mf-difference"><label for="{name}">{label}</label>'
        f'<output for="{name}" data-one="{as_it_is}">{as_it_is}</output>'
        f'<input type="range" id="{name}" name="{name}" min="1" max="3" step="0.25" value="1" '
        f'aria-describedby="{name}-note"><p id="{name}-note">{note}</p></div>'
    )


def _grid(page: Page, language: str) -> str:
    return "".join(_tile(page, language, code) for _, codes in ROWS for code in codes)


def _tile(page: Page, language: str, code: str) -> str:
    studio = page.services.studio
    faces = "".join(_picture(page, language, "type", code, gender) for gender in GENDERS)
    counts = "".join(
        _count(page, language, studio.type_count(code, gender), gender) for gender in GENDERS
    )
    own = escape(page.text("gallery_own", language))
    return (
        f'<button type="button" class="mf-tile" data-code="{code}">'
        f'<span class="mf-faces">{faces}</span><span class="mf-code">{code}</span>'
        f'<span class="mf-own-type">{own}</span>'
        f'<span class="mf-name">{escape(type_name(code, language))}</span>'
        f'<span class="mf-counts">{counts}</span></button>'
    )


def _picture(page: Page, language: str, kind: str, name: str, gender: str) -> str:
    studio = page.services.studio
    count = (studio.type_count if kind == "type" else studio.letter_count)(name, gender)
    if count == 0:
        return f'<span class="mf-no-face" data-gender="{gender}"></span>'
    start = f"{kind}:{name}:{gender}"
    url = page.services.url(FaceAddress(start=start, by=gender), TILE_SIZE)
    values = {"code": name} if kind == "type" else {"letter": name}
    alt = page.text(f"gallery_alt_{kind}_{gender}", language, count=count, **values)
    return (
        f'<img src="{escape(url)}" alt="{escape(alt)}" loading="lazy" data-gender="{gender}" '
        f'data-start="{start}" width="{TILE_SIZE}" height="{TILE_SIZE}">'
    )


def _count(page: Page, language: str, count: int, gender: str) -> str:
    key = "gallery_count" if count else "gallery_empty"
    text = page.text(key, language, count=count)
    return f'<span data-gender="{gender}">{escape(text)}</span>'


def _letters(page: Page, language: str) -> str:
    studio = page.services.studio
    tiles = []
    for letter in LETTERS:
        faces = "".join(_picture(page, language, "letter", letter, gender) for gender in GENDERS)
        counts = "".join(
            _count(page, language, studio.letter_count(letter, gender), gender)
            for gender in GENDERS
        )
        tiles.append(
            f'<div class="mf-tile" data-letter="{letter}"><span class="mf-faces">{faces}</span>'
            f'<span class="mf-letter" data-letter="{letter}">{letter}</span>'
            f'<span class="mf-counts">{counts}</span></div>'
        )
    return "".join(tiles)
