"""The morph tab's start: whose face, and whose averages move it."""

from html import escape

from mbtiface.faces.address import MOVED_BY
from mbtiface.faces.layer_ranges import RANGES
from mbtiface.personality.types import CODES, GENDERS
from mbtiface.ui.controls import choices
from mbtiface.ui.page import Page

HALF = "0.5"
"""The share of a blend that takes as much of both."""


def markup(page: Page, language: str) -> str:
    """Return the choice of the start and what each kind of start asks besides."""
    starts = [
        ("average:female", page.text("morph_average_female", language)),
        ("average:male", page.text("morph_average_male", language)),
        ("seed", page.text("morph_madeup", language)),
        ("type", page.text("morph_type", language)),
        ("blend", page.text("morph_blend", language)),
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
        + _another(page, language)
        + "</div>"
        + '<div class="mf-start-more" data-for="type" hidden>'
        f'<label class="mf-select"><span>{escape(page.text("morph_code", language))}</span>'
        f'<select name="morph-code">{codes}</select></label>'
        + choices("morph-gender", page.text("morph_gender", language), genders, "female")
        + "</div>"
        + _blend(page, language)
        + photo_host
        + choices("morph-by", page.text("morph_by", language), moved_by, "female")
        + "</div>"
    )


def _another(page: Page, language: str) -> str:
    text = escape(page.text("morph_another", language))
    return f'<button type="button" class="mf-button" data-do="another">{text}</button>'


def _blend(page: Page, language: str) -> str:
    """Two starts, and what the second gives."""
    shares = [(name, page.text(f"morph_layers_{name}", language)) for name in RANGES]
    shares.append((HALF, page.text("morph_blend_half", language)))
    halves = "".join(
        f'<label class="mf-select"><span>{escape(page.text(f"morph_blend_{half}", language))}'
        f'</span><select name="morph-{half}">{_half_options(page, language, chosen)}</select>'
        "</label>"
        for half, chosen in (("first", "average:female"), ("second", "seed:other"))
    )
    return (
        f'<div class="mf-start-more" data-for="blend" hidden>{halves}'
        + choices("morph-share", page.text("morph_blend_share", language), shares, "fine")
        + _another(page, language)
        + "</div>"
    )


def _half_options(page: Page, language: str, chosen: str) -> str:
    """Every start of one half; the script puts the seeds and the photo's token in."""
    single = [
        ("average:female", page.text("morph_average_female", language)),
        ("average:male", page.text("morph_average_male", language)),
        ("seed", page.text("morph_blend_madeup", language)),
        ("seed:other", page.text("morph_blend_other", language)),
    ]
    if page.services.takes_photos:
        single.append(("photo", page.text("morph_photo", language)))
    options = "".join(_option(value, text, value == chosen) for value, text in single)
    for gender, label in (("female", "morph_blend_women"), ("male", "morph_blend_men")):
        types = "".join(_option(f"type:{code}:{gender}", code) for code in CODES)
        options += f'<optgroup label="{escape(page.text(label, language))}">{types}</optgroup>'
    return options


def _option(value: str, text: str, chosen: bool = False) -> str:
    return f'<option value="{value}"{" selected" if chosen else ""}>{escape(text)}</option>'
