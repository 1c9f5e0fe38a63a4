"""The types tab: the averages of the sixteen types and eight letters, and one type seen large."""

from html import escape

from mbtiface.faces.address import FaceAddress
from mbtiface.personality.names import type_name
from mbtiface.personality.types import AXES, GENDERS, LETTERS, NEGATIVE, POSITIVE
from mbtiface.ui.controls import (
    choices,
    data_attribute,
    large_face,
    problem_line,
    state_words,
    tab_html,
)
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


def build(page: Page) -> None:
    """Add the tab's content; call it inside the tab."""
    tab_html(page, "gallery", markup)


def markup(page: Page, language: str) -> str:
    """Return the tab's HTML in one language."""
    words = state_words(page, language, "gallery_error")
    grid_words = words | {"error": page.text("gallery_problem", language)}
    return (
        f'<section class="mf-gallery" data-view="female" {data_attribute("words", words)} '
        f"{data_attribute('types', _types(page, language))}>"
        f'<p class="mf-lead">{escape(page.text("gallery_intro", language))}</p>'
        f"{_bar(page, language)}{problem_line(grid_words)}"
        f'<div class="mf-grid">{_grid(page, language)}</div>'
        f"<h3>{escape(page.text('gallery_letters', language))}</h3>"
        f'<div class="mf-letters">{_letters(page, language)}</div>'
        f"{_dialog(page, language)}</section>"
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
    return (
        f'<button type="button" class="mf-tile" data-code="{code}">'
        f'<span class="mf-faces">{faces}</span><span class="mf-code">{code}</span>'
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


def _types(page: Page, language: str) -> dict[str, dict[str, object]]:
    """Return what the large view needs of each type, in the grid's order."""
    studio = page.services.studio
    types: dict[str, dict[str, object]] = {}
    for _, codes in ROWS:
        for code in codes:
            entry: dict[str, object] = {"name": type_name(code, language)}
            for gender in GENDERS:
                count = studio.type_count(code, gender)
                if count == 0:
                    continue
                impression = studio.impression(studio.type_mean(code, gender))
                entry[gender] = {
                    "count": page.text("gallery_count", language, count=count),
                    "alt": page.text(
                        f"gallery_alt_type_{gender}", language, code=code, count=count
                    ),
                    "impression": {axis: round(float(impression[axis]), 2) for axis in AXES},
                }
            types[code] = entry
    return types


def _dialog(page: Page, language: str) -> str:
    genders = [(gender, page.text(f"gallery_{gender}", language)) for gender in GENDERS]
    close, before, after, morph = (
        escape(page.text(f"gallery_{key}", language))
        for key in ("close", "previous", "next", "morph")
    )
    return (
        '<dialog class="mf-large" aria-labelledby="gallery-large-code">'
        + large_face("", "")
        + '<div class="mf-large-text"><header>'
        f'<h2 id="gallery-large-code"></h2><p class="mf-name"></p><p class="mf-count"></p>'
        f'<button type="button" class="mf-icon" data-do="close" aria-label="{close}">'
        f"{_icon('M6 6l12 12M18 6L6 18')}</button></header>"
        + choices("gallery-gender", page.text("gallery_view", language), genders, "female")
        + _difference(page, language, "gallery-large-difference")
        + _raters(page, language)
        + f'<footer><button type="button" class="mf-button mf-strong" data-do="morph">{morph}'
        f'</button><span><button type="button" class="mf-icon" data-do="previous" '
        f'aria-label="{before}">{_icon("M15 5l-7 7 7 7")}</button>'
        f'<button type="button" class="mf-icon" data-do="next" aria-label="{after}">'
        f"{_icon('M9 5l7 7-7 7')}</button></span></footer></div></dialog>"
    )


def _raters(page: Page, language: str) -> str:
    rows = []
    for axis in AXES:
        low, high = NEGATIVE[axis], POSITIVE[axis]
        rows.append(
            f'<li data-axis="{axis}"><span class="mf-letter" data-letter="{low}">{low}</span>'
            f"<span>{escape(page.text(f'gallery_words_{low}', language))}</span>"
            f"<span>{escape(page.text(f'gallery_words_{high}', language))}</span>"
            f'<span class="mf-letter" data-letter="{high}">{high}</span>'
            '<span class="mf-meter" role="img"><i></i></span></li>'
        )
    return (
        f'<section class="mf-raters"><h3>{escape(page.text("gallery_raters", language))}</h3>'
        f"<ul>{''.join(rows)}</ul>"
        f"<p>{escape(page.text('gallery_raters_note', language))}</p></section>"
    )


def _icon(path: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'
