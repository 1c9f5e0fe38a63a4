"""Pieces of markup that the picture tabs share: choices, a large face, the words of its states.

The tabs are plain HTML with a small script each, since a moving face needs a picture every few
milliseconds and no trip through the queue. The markup of both languages goes to the browser as
two texts of one key, and the browser shows its own.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from mbtiface.texts import languages
from mbtiface.ui.page import Page

STATE_WORDS = {
    "busy": "shell_busy",
    "offline": "shell_offline",
    "retry": "shell_retry",
}
"""What a face that does not come says, by state; `error` is each tab's own text."""


def tab_html(
    page: Page,
    name: str,
    markup: Callable[[Page, str], str],
    functions: Sequence[Callable[[Any], dict[str, Any]]] = (),
) -> gr.HTML:
    """Add a tab's markup in every language; its script `window.mbtiface[name]` runs on it.

    `markup(page, language)` returns the HTML of one language; the script may call `functions` of
    the server by their names.
    """
    return gr.HTML(
        page.i18n(add_markup(page, name, markup)),
        elem_id=f"{name}-tab",
        apply_default_css=False,
        server_functions=list(functions),
        js_on_load=f"window.mbtiface.{name}?.(element, server)",
    )


def add_markup(page: Page, name: str, markup: Callable[[Page, str], str]) -> str:
    """Add a tab's markup to the page's texts in every language; returns its key."""
    key = f"{name}_markup"
    page.markups[key] = markup
    _write_markup(page, key)
    return key


def rewrite_markups(page: Page) -> None:
    """Make all markup anew, for who opens the page after another bundle took over."""
    for key in page.markups:
        _write_markup(page, key)


def _write_markup(page: Page, key: str) -> None:
    pinned = page.at({})
    for language in languages():
        # The browser reads texts as message patterns, where a bare brace opens a parameter.
        safe = page.markups[key](pinned, language).replace("{", "&#123;").replace("}", "&#125;")
        page.tables[language][key] = safe


def choices(
    name: str,
    label: str,
    options: Sequence[tuple[str, str]],
    value: str | None,
    style: str = "mf-segments",
) -> str:
    """Return a labelled group of radio buttons; `options` are (value, text)."""
    items = "".join(
        f'<label><input type="radio" name="{escape(name)}" value="{escape(option)}"'
        f"{' checked' if option == value else ''}><span>{escape(text)}</span></label>"
        for option, text in options
    )
    return (
        f'<fieldset class="{style}"><legend>{escape(label)}</legend>'
        f'<div class="mf-options">{items}</div></fieldset>'
    )


def large_face(url: str, alt: str) -> str:
    """Return a square picture with room for a state of one sentence and one action.

    An empty `url` leaves the picture to the script.
    """
    source = f' src="{escape(url)}"' if url else ""
    return (
        f'<figure class="mf-face"><img{source} alt="{escape(alt)}" loading="lazy" '
        'width="1024" height="1024">'
        '<figcaption class="mf-problem" role="status" hidden><span></span>'
        '<button type="button" class="mf-button"></button></figcaption></figure>'
    )


def problem_line(words: Mapping[str, str]) -> str:
    """Return the hidden line that a grid of faces shows when some did not come."""
    return (
        f'<p class="mf-problem-line" role="status" hidden><span>{escape(words["error"])}</span>'
        f'<button type="button" class="mf-button" data-do="retry">{escape(words["retry"])}'
        "</button></p>"
    )


def state_words(page: Page, language: str, error_key: str) -> dict[str, str]:
    """Return the sentences of the states busy, offline and error, and the word on the button."""
    words = {state: page.text(key, language) for state, key in STATE_WORDS.items()}
    return words | {"error": page.text(error_key, language)}


def data_attribute(name: str, value: object) -> str:
    """Return `data-name="..."` with the value as JSON, for the tab's script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f'data-{name}="{escape(text)}"'
