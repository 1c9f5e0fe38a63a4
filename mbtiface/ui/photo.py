"""The piece that takes a person's own photo: markup that the survey and the morph tab share.

It goes to the browser once, with the frame; `assets/scripts/photo*.js` fill it. Nothing in it
depends on the photo: what is seen of a photo the browser gets from the photo route.
"""

from collections.abc import Callable
from html import escape

from mbtiface.ui.page import Page

Texts = Callable[[str], str]
"""From a key without its prefix to the escaped text of one language."""

ACCEPTED = "image/*,.heic,.heif"
"""What the file dialog offers; phones add their camera to it."""
MIN_SIDE, MAX_SIDE = 0.04, 2.0
"""Side of a crop set by hand, in units of the photo's longer side."""


def markup(page: Page, language: str) -> str:
    """Return the piece's HTML in one language; every part is hidden until its state comes."""

    def text(key: str) -> str:
        return escape(page.text(f"photo_page_{key}", language))

    return (
        f'<section class="mf-photo" data-limit="{page.settings.max_upload_mb}" '
        f'aria-label="{text("title")}">'
        f'<input type="file" accept="{ACCEPTED}" tabindex="-1" aria-hidden="true" hidden>'
        '<div class="mf-photo-choose" data-part="choose">'
        f"{_button('choose', text('choose'), 'mf-button mf-photo-main')}"
        f'<span class="mf-photo-drop">{text("drop")}</span></div>'
        '<div class="mf-photo-work" data-part="work" role="status" hidden><span></span>'
        f"{_button('cancel', text('cancel'), 'mf-photo-link')}"
        '<div class="mf-photo-bar" role="progressbar" aria-valuemin="0"><i></i></div></div>'
        '<div class="mf-photo-problem" data-part="problem" role="alert" hidden><span></span>'
        '<div><button type="button" class="mf-button" data-do="action"></button>'
        f"{_button('choose', text('another'), 'mf-photo-link')}</div></div>"
        + _done(text)
        + _crop(text)
        + '<p class="mf-photo-note" data-part="note" role="status" hidden></p>'
        f'<p class="mf-photo-consent">{text("consent")}</p></section>'
    )


def _button(action: str, label: str, style: str) -> str:
    return f'<button type="button" class="{style}" data-do="{action}">{label}</button>'


def _done(text: Texts) -> str:
    """Return photo, crop and face side by side, what to know of them, and what can be done."""
    figures = "".join(
        f'<figure data-picture="{name}"><div></div><figcaption>{text(name)}</figcaption></figure>'
        for name in ("original", "aligned", "reconstruction")
    )
    closer = f"{text('closer')} <small>{text('closer_note')}</small>"
    return (
        '<div class="mf-photo-faces" data-part="faces" hidden>'
        f'<p>{text("faces")}</p><div class="mf-photo-sheet"></div></div>'
        f'<div class="mf-photo-three" data-part="three" hidden>{figures}</div>'
        '<ul class="mf-photo-warnings" data-part="warnings" hidden></ul>'
        '<div class="mf-photo-actions" data-part="actions" hidden>'
        f"{_button('closer', closer, 'mf-button')}"
        f"{_button('adjust', text('adjust'), 'mf-button')}"
        f"{_button('choose', text('another'), 'mf-photo-link')}"
        f"{_button('delete', text('delete'), 'mf-photo-link')}</div>"
    )


def _crop(text: Texts) -> str:
    """Return the square over the photo with its two sliders."""
    return (
        '<form class="mf-photo-crop" data-part="crop" hidden>'
        f"<p>{text('crop')}</p>"
        f'<svg class="mf-crop-stage" role="application" tabindex="0" '
        f'aria-label="{text("crop_square")}"></svg>'
        '<div class="mf-crop-settings">'
        f"{_range('side', text('size'), MIN_SIDE, MAX_SIDE, 0.005)}"
        f"{_range('angle', text('angle'), -180, 180, 1)}"
        f'<svg class="mf-crop-preview" role="img" aria-label="{text("crop_preview")}"></svg></div>'
        '<div class="mf-photo-actions">'
        f'<button type="submit" class="mf-button mf-photo-main">{text("apply")}</button>'
        f"{_button('crop-cancel', text('crop_cancel'), 'mf-photo-link')}</div></form>"
    )


def _range(name: str, label: str, low: float, high: float, step: float) -> str:
    return (
        f'<div class="mf-crop-range"><span>{label}</span><span></span>'
        f'<input type="range" name="{name}" aria-label="{label}" '
        f'min="{low:g}" max="{high:g}" step="{step:g}"></div>'
    )
