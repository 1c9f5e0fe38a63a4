"""The morph tab's meter of the person, and the finer control behind a fold."""

from html import escape

from mbtiface.faces.address import MAX_STRENGTH, MOVED_BY
from mbtiface.faces.drift_words import OTHER, PERSON
from mbtiface.faces.layer_ranges import LAYERS
from mbtiface.ui.controls import choices, data_attribute
from mbtiface.ui.page import Page

FULL = 2.0
"""Drift at which the meter's bar is full."""
WORDS = ("morph_meter_same", "morph_meter_drifting", "morph_meter_other", "morph_meter_held")


def meter(page: Page, language: str) -> str:
    """Return the bar, its words and the switch; the script reckons by the bundle's own form."""
    studio = page.services.studio
    forms = {
        by: {layers: _rounded(studio.drift_form(by, layers)) for layers in LAYERS}
        for by in MOVED_BY
    }
    label = escape(page.text("morph_meter", language))
    return (
        f'<div class="mf-drift" {data_attribute("forms", forms)} data-other="{OTHER:.4g}" '
        f'data-full="{FULL:g}" style="--same:{1 / FULL:.0%};--other:{OTHER / FULL:.0%}">'
        f'<div class="mf-drift-bar" role="meter" aria-label="{label}" aria-valuemin="0" '
        f'aria-valuemax="{FULL:g}" aria-valuenow="0"><i></i></div>'
        f'<p aria-live="polite">{escape(page.text("morph_meter_same", language))}</p>'
        f'<label class="mf-switch"><input type="checkbox" role="switch" name="morph-keep" '
        f'value="{PERSON}"><i></i><span>{escape(page.text("morph_keep", language))}</span></label>'
        "</div>"
    )


def markup(page: Page, language: str) -> str:
    """Return the fold with layer range, strength and truncation."""
    ranges = [(name, page.text(f"morph_layers_{name}", language)) for name in LAYERS]
    note = escape(page.text("morph_truncation_note", language))
    return (
        f'<details class="mf-fold"><summary>{escape(page.text("morph_more", language))}</summary>'
        '<div class="mf-fold-body">'
        + choices("morph-layers", page.text("morph_layers", language), ranges, "all")
        + _factor("strength", page.text("morph_strength", language), MAX_STRENGTH)
        + _factor("truncation", page.text("morph_truncation", language), 1.0, f"<p>{note}</p>")
        + f'<p class="mf-note">{escape(page.text("morph_more_note", language))}</p></div></details>'
    )


def _factor(name: str, label: str, most: float, note: str = "") -> str:
    return (
        f'<div class="mf-difference"><label for="morph-{name}">{escape(label)}</label>'
        f'<output for="morph-{name}">100%</output><input type="range" id="morph-{name}" '
        f'name="{name}" min="0" max="{most:g}" step="0.1" value="1">{note}</div>'
    )


def _rounded(form: list[list[float]]) -> list[list[float]]:
    return [[round(value, 5) for value in row] for row in form]
