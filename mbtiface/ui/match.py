"""The match tab: for one type, the three that go well with it and the order of the rest."""

from html import escape

from mbtiface.personality.matching import MATCH_NOTE, ranking
from mbtiface.personality.names import type_name
from mbtiface.personality.types import CODES, GENDERS
from mbtiface.ui.controls import (
    choices,
    data_attribute,
    problem_line,
    state_words,
    tab_html,
)
from mbtiface.ui.gallery import ROWS
from mbtiface.ui.page import Page

TEMPLATES = ("match_podium", "match_rank", "match_alt_female", "match_alt_male")
"""Texts whose `{names}` the script fills in."""


def build(page: Page) -> None:
    """Add the tab's content; call it inside the tab."""
    tab_html(page, "match", markup)


def markup(page: Page, language: str) -> str:
    """Return the tab's HTML in one language."""
    words = state_words(page, language, "match_problem")
    words |= {key: page.messages[language][key] for key in TEMPLATES}
    genders = [(gender, page.text(f"match_{gender}", language)) for gender in GENDERS]
    codes = [(code, code) for _, row in ROWS for code in row]
    return (
        f'<section class="mf-match" {data_attribute("words", words)} '
        f"{data_attribute('names', {code: type_name(code, language) for code in CODES})} "
        f"{data_attribute('rankings', rankings(language))}>"
        f'<p class="mf-lead">{escape(page.text("match_intro", language))}</p>'
        '<div class="mf-match-choices">'
        + choices("match-code", page.text("match_code", language), codes, None, "mf-codes")
        + choices("match-gender", page.text("match_gender", language), genders, "female")
        + "</div>"
        + problem_line(words)
        + f'<p class="mf-empty">{escape(page.text("match_empty", language))}</p>'
        '<div class="mf-answer" hidden aria-live="polite"><h2></h2>'
        '<ol class="mf-podium"></ol>'
        f"<h3>{escape(page.text('match_rest', language))}</h3>"
        '<ol class="mf-rest" start="4"></ol></div>'
        f'<p class="mf-note">{escape(MATCH_NOTE[language])}</p></section>'
    )


def rankings(language: str) -> dict[str, object]:
    """Return every type's ranking, each reason's text kept once.

    `{"reasons": [text, ...], "order": {code: [[code, reason's index], ... 16]}}`
    """
    reasons: dict[str, int] = {}
    order = {
        code: [
            [match.code, reasons.setdefault(match.reason, len(reasons))]
            for match in ranking(code, lang=language)
        ]
        for code in CODES
    }
    return {"reasons": list(reasons), "order": order}
