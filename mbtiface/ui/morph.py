"""The morph tab: one face, four sliders, and the five steps of the slider touched last.

What it starts from, the walk along letters and the finer control have files of their own.
"""

from html import escape

from mbtiface.faces.address import MAX_AXIS, FaceAddress
from mbtiface.personality.types import AXES, NEGATIVE, POSITIVE
from mbtiface.ui import morph_more, morph_start, morph_walk
from mbtiface.ui.controls import data_attribute, large_face, state_words, tab_html
from mbtiface.ui.page import Page
from mbtiface.ui.strip_route import strip_values

REACH = MAX_AXIS
"""How far a slider goes to each side, in axis values."""
STEP = 0.1
STRIP = (-1.5, -0.8, 0, 0.8, 1.5)
FIRST = FaceAddress(start="average:female", by="female")
FIRST_SIZE = 512
TEMPLATES = (
    "morph_toward",
    "morph_middle",
    "morph_strip",
    "morph_alt",
    "morph_alt_still",
    "morph_blend_name",
    *morph_more.WORDS,
    *morph_walk.WORDS,
)
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
        f'<section class="mf-morph" {data_attribute("words", words)} '
        + f"{data_attribute('strip', strip_values())}>"
        + f'<div class="mf-stage">{large_face(page.services.url(FIRST, FIRST_SIZE), alt)}</div>'
        + '<div class="mf-controls">'
        + _sliders(page, language)
        + morph_more.meter(page, language)
        + _strip()
        + morph_start.markup(page, language)
        + morph_walk.markup(page, language)
        + morph_more.markup(page, language)
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
