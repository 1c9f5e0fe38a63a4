"""The morph tab: one face, four sliders, and the five steps of the slider touched last."""

from html import escape

from mbtiface.faces.address import MAX_AXIS, MOVED_BY, FaceAddress
from mbtiface.personality.types import AXES, CODES, GENDERS, NEGATIVE, POSITIVE
from mbtiface.ui.controls import choices, data_attribute, large_face, state_words, tab_html
from mbtiface.ui.page import Page

REACH = MAX_AXIS
"""How far a slider goes to each side, in axis values."""
STEP = 0.1
STRIP = (-1.5, -0.8, 0, 0.8, 1.5)
FIRST = FaceAddress(start="average:female", by="female")
FIRST_SIZE = 512
TEMPLATES = ("morph_toward", "morph_middle", "morph_strip", "morph_alt", "morph_alt_still")
"""Texts whose `{names}` the script fills in, and those that it needs as they are."""


def build(page: Page) -> None:
    """Add the tab's content; call it inside the tab."""
    tab_html(page, "morph", markup)


def markup(page: Page, language: str) -> str:
    """Return the tab's HTML in one language."""
    texts = page.messages[language]
    words = state_words(page, language, "morph_error")
    words |= {key: texts[key] for key in TEMPLATES}
    words |= {f"morph_axis_{axis}": texts[f"morph_axis_{axis}"] for axis in AXES}
    alt = texts["morph_alt"].format(
        start=texts["morph_average_female"], moves=texts["morph_alt_still"]
    )
    return (
        f'<section class="mf-morph" {data_attribute("words", words)}>'
        + f'<div class="mf-stage">{large_face(page.services.url(FIRST, FIRST_SIZE), alt)}</div>'
        + '<div class="mf-controls">'
        + _sliders(page, language)
        + _strip()
        + _start(page, language)
        + "</div></section>"
    )


def _sliders(page: Page, language: str) -> str:
    rows = []
    for axis in AXES:
        low, high = NEGATIVE[axis], POSITIVE[axis]
        label = escape(page.text(f"morph_axis_{axis}", language))
        middle = escape(page.text("morph_middle", language))
        rows.append(
            f'<div class="mf-axis" data-axis="{axis}">'
            f'<span class="mf-letter" data-letter="{low}" aria-hidden="true">{low}</span>'
            f'<input type="range" name="{axis}" min="{-REACH:g}" max="{REACH:g}" step="{STEP:g}" '
            f'value="0" aria-label="{label}" aria-valuetext="{middle}">'
            f'<span class="mf-letter" data-letter="{high}" aria-hidden="true">{high}</span></div>'
        )
    reset = escape(page.text("morph_reset", language))
    return (
        f'<div class="mf-axes" role="group" '
        f'aria-label="{escape(page.text("morph_sliders", language))}">{"".join(rows)}</div>'
        f'<div class="mf-under"><p class="mf-note">{escape(page.text("morph_hint", language))}</p>'
        f'<button type="button" class="mf-button" data-do="reset" disabled>{reset}</button></div>'
    )


def _strip() -> str:
    frames = "".join(
        f'<button type="button" data-value="{value}"><img alt="" width="256" height="256">'
        "<span></span></button>"
        for value in STRIP
    )
    return f'<figure class="mf-strip" hidden><figcaption></figcaption><div>{frames}</div></figure>'


def _start(page: Page, language: str) -> str:
    starts = [
        ("average:female", page.text("morph_average_female", language)),
        ("average:male", page.text("morph_average_male", language)),
        ("seed", page.text("morph_madeup", language)),
        ("type", page.text("morph_type", language)),
    ]
    photo_host = ""
    if page.services.takes_photos:
        starts.append(("photo", page.text("morph_photo", language)))
        photo_host = '<div class="mf-start-more mf-photo-host" data-for="photo" hidden></div>'
    moved_by = [(by, page.text(f"morph_by_{by}", language)) for by in MOVED_BY]
    genders = [(gender, page.text(f"morph_{gender}", language)) for gender in GENDERS]
    codes = "".join(f'<option value="{code}">{code}</option>' for code in CODES)
    return (
        '<div class="mf-start">'
        + choices("morph-start", page.text("morph_start", language), starts, "average:female")
        + '<div class="mf-start-more" data-for="seed" hidden>'
        f'<button type="button" class="mf-button" data-do="another">'
        f"{escape(page.text('morph_another', language))}</button></div>"
        '<div class="mf-start-more" data-for="type" hidden>'
        f'<label class="mf-select"><span>{escape(page.text("morph_code", language))}</span>'
        f'<select name="morph-code">{codes}</select></label>'
        + choices("morph-gender", page.text("morph_gender", language), genders, "female")
        + "</div>"
        + photo_host
        + choices("morph-by", page.text("morph_by", language), moved_by, "female")
        + "</div>"
    )
