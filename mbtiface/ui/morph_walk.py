"""The morph tab's walk: a strip of one face a letter, and the same as a file."""

from html import escape

from mbtiface.faces.clips import FORMATS
from mbtiface.ui.page import Page
from mbtiface.ui.walk_clip import MAX_LETTERS

LETTERS = "ENTPENTJISFPIP"
"""The walk that stands in the field at first."""
WORDS = (
    "morph_walk_start",
    "morph_walk_frame",
    "morph_walk_wrong",
    "morph_walk_hint",
    "morph_walk_making",
    "morph_walk_done",
    "morph_walk_stopped",
    "morph_walk_failed",
)
NAMED = ("strip", "mp4")
"""Formats that people know by another name than their own."""
PROPER = {"gif": "GIF", "webp": "WebP"}


def markup(page: Page, language: str) -> str:
    """Return the fold with the letters' field, the strip's place and the formats."""

    def text(key: str) -> str:
        return escape(page.text(f"morph_walk{key}", language))

    formats = "".join(
        f'<button type="button" class="mf-button" data-save="{name}">'
        f"{text(f'_format_{name}') if name in NAMED else PROPER[name]}</button>"
        for name in FORMATS
    )
    return (
        f'<details class="mf-fold mf-walk"><summary>{text("")}</summary><div class="mf-fold-body">'
        f'<form class="mf-walk-ask"><label><span>{text("_letters")}</span>'
        f'<input name="letters" value="{LETTERS}" maxlength="{MAX_LETTERS}" autocomplete="off" '
        'autocapitalize="characters" spellcheck="false" enterkeyhint="go"></label>'
        f'<button class="mf-button">{text("_show")}</button></form>'
        f'<p class="mf-note" role="status">{text("_hint")}</p>'
        f'<div class="mf-walk-frames" role="group" aria-label="{text("_strip")}" hidden></div>'
        f'<div class="mf-walk-save" hidden><span>{text("_save")}</span><div>{formats}</div>'
        '<p class="mf-note" role="status" hidden></p><div class="mf-walk-work" hidden>'
        f'<div class="mf-photo-bar" role="progressbar" aria-label="{text("_making")}" data-waiting>'
        '<i></i></div><button type="button" class="mf-button" data-do="stop-clip">'
        f"{text('_stop')}</button></div></div></div></details>"
    )
