"""One type seen large: the dialog over the types tab, and what its script is told of each type."""

import contextlib
from collections.abc import Mapping
from html import escape
from typing import Any

from mbtiface.errors import InputError
from mbtiface.faces.address import COMMUNITY
from mbtiface.personality.names import type_name
from mbtiface.personality.types import AXES, GENDERS, NEGATIVE, POSITIVE, check_gender, parse_code
from mbtiface.ui.controls import choices, large_face
from mbtiface.ui.gallery_words import chance_line, rating_lines
from mbtiface.ui.page import Page, known_language

SOURCES = ("base", COMMUNITY)
SLIDER = "gallery-large-difference"
"""From 0, the average of the gender, over 1, the type's own, to 3, a caricature."""
TICKS = (0, 1, 2, 3)
TEMPLATES = ("between_part", "between_times", "between_note", "times", "all_female", "all_male")
"""Texts whose `{names}` the script fills in."""


def linked_type(query: Mapping[str, str]) -> dict[str, str] | None:
    """Return the type that a link `?type=ENTP&gender=female` opens; None where it names none.

    Without a gender, or with another word for it, the page shows its own choice. `source=community`
    opens the average that visitors have joined, where there is one to be seen.
    """
    try:
        linked = {"code": parse_code(query.get("type", ""))}
    except InputError:
        return None
    with contextlib.suppress(InputError):
        linked["gender"] = check_gender(query.get("gender", ""))
    if query.get("source") == COMMUNITY:
        linked["source"] = COMMUNITY
    return linked


def type_entry(page: Page, code: str, language: str) -> dict[str, object]:
    """Return the name of a type and, for each gender that has faces, all that its dialog says."""
    studio = page.services.studio
    entry: dict[str, object] = {"name": type_name(code, language)}
    for gender in GENDERS:
        count = studio.type_count(code, gender)
        if count == 0:
            continue
        impression = studio.impression(studio.type_mean(code, gender))
        entry[gender] = {
            "count": page.text("gallery_count", language, count=count),
            "alt": page.text(f"gallery_alt_type_{gender}", language, code=code, count=count),
            "impression": {axis: round(float(impression[axis]), 2) for axis in AXES},
            "ratings": rating_lines(page, code, gender, language),
            "than": page.text(f"gallery_than_{gender}", language),
            "chance": chance_line(page, code, gender, language),
        }
    return entry


def community_entry(page: Page, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the community averages of `asked["code"]` that everybody may see, by gender.

    Raises:
        InputError: the code is unknown.
    """
    code = parse_code(str(asked.get("code")))
    language = known_language(asked.get("lang"))
    entry: dict[str, Any] = {}
    for gender in GENDERS:
        public = page.services.contributions.public(code, gender)
        if public is None:
            continue
        values = {"code": code, "count": public.count}
        entry[gender] = {
            "start": f"community:{code}:{gender}:{public.edition}",
            "count": page.text("gallery_joined", language, **values),
            "alt": page.text("gallery_alt_community", language, **values),
        }
    return entry


def dialog(page: Page, language: str) -> str:
    """Return the dialog's markup, still without a type."""
    genders = [(gender, page.text(f"gallery_{gender}", language)) for gender in GENDERS]
    sources = [(source, page.text(f"gallery_{source}", language)) for source in SOURCES]
    close = escape(page.text("gallery_close", language))
    source_label = page.text("gallery_source", language)
    return (
        '<dialog class="mf-large" aria-labelledby="gallery-large-code">'
        f'<button type="button" class="mf-icon mf-close" data-do="close" aria-label="{close}">'
        f"{icon('M6 6l12 12M18 6L6 18')}</button>"
        f'<div class="mf-large-view">{large_face("", "")}{_between(page, language)}</div>'
        '<div class="mf-large-text"><header><h2 id="gallery-large-code"></h2>'
        '<p class="mf-name"></p><p class="mf-count"></p></header>'
        + choices("gallery-gender", page.text("gallery_view", language), genders, "female")
        + '<div class="mf-source" hidden>'
        + choices("gallery-source", source_label, sources, "base")
        + "</div>"
        + _raters(page, language)
        + _letters(page, language)
        + _footer(page, language)
        + "</div></dialog>"
    )


def icon(path: str) -> str:
    """Return a line drawing in a square of 24 x 24."""
    return f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'


def _between(page: Page, language: str) -> str:
    label = escape(page.text("gallery_between", language))
    as_it_is = escape(page.text("gallery_difference_one", language))
    ticks = "".join(
        f'<button type="button" data-value="{value}" style="--at:{value / TICKS[-1]:.4f}"></button>'
        for value in TICKS
    )
    return (
        f'<div class="mf-difference mf-between"><label for="{SLIDER}">{label}</label>'
        f'<output for="{SLIDER}" data-one="{as_it_is}">{as_it_is}</output>'
        f'<input type="range" id="{SLIDER}" name="{SLIDER}" min="0" max="{TICKS[-1]}" step="0.05" '
        f'value="1" aria-describedby="{SLIDER}-note"><div class="mf-ticks">{ticks}</div>'
        f'<p id="{SLIDER}-note"></p></div>'
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
        '<div class="mf-rated" hidden><p></p><ul></ul></div>'
        f'<ul class="mf-meters">{"".join(rows)}</ul>'
        f"<p>{escape(page.text('gallery_raters_note', language))}</p>"
        '<p class="mf-chance" hidden></p></section>'
    )


def _letters(page: Page, language: str) -> str:
    tiles = '<li><img width="256" height="256" alt=""><span class="mf-letter"></span></li>' * len(
        AXES
    )
    title = escape(page.text("gallery_letters_of", language))
    return f'<section class="mf-own-letters"><h3>{title}</h3><ul>{tiles}</ul></section>'


def _footer(page: Page, language: str) -> str:
    before, after, morph, copy, copied = (
        escape(page.text(f"gallery_{key}", language))
        for key in ("previous", "next", "morph", "copy", "copied")
    )
    return (
        f'<footer><button type="button" class="mf-button mf-strong" data-do="morph">{morph}'
        f'</button><button type="button" class="mf-button" data-do="copy" data-done="{copied}" '
        f'aria-live="polite">{copy}</button><span>'
        f'<button type="button" class="mf-icon" data-do="previous" aria-label="{before}">'
        f"{icon('M15 5l-7 7 7 7')}</button>"
        f'<button type="button" class="mf-icon" data-do="next" aria-label="{after}">'
        f"{icon('M9 5l7 7-7 7')}</button></span></footer>"
    )
