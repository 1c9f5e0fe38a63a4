"""The match tab: for one type, the face of its match, the three that go well with it, the rest.

Every code's ranking is on the page; the one of a survey's axis values is asked of the server.
"""

import logging
from collections.abc import Mapping
from html import escape
from typing import Any

from mbtiface.errors import MbtifaceError
from mbtiface.faces.match_face import match_start
from mbtiface.personality.matching import note, ranking, shares
from mbtiface.personality.names import type_name
from mbtiface.personality.types import CODES, GENDERS
from mbtiface.ui.controls import (
    choices,
    data_attribute,
    large_face,
    problem_line,
    state_words,
    tab_html,
)
from mbtiface.ui.gallery import ROWS
from mbtiface.ui.page import Page, known_language

TEMPLATES = (
    *("match_podium", "match_rank", "match_alt_female", "match_alt_male", "match_face"),
    *("match_face_alt_female", "match_face_alt_male", "match_by_survey", "match_by_code"),
    *("match_use_survey", "match_use_code"),
)
"""Texts that the script fills in or chooses from."""
Parts = list[tuple[str, int]]
"""Codes and whole percents."""
log = logging.getLogger(__name__)


def build(page: Page) -> None:
    """Add the tab's content; call it inside the tab."""

    def match_ranking(request: Any) -> dict[str, Any]:
        try:
            return ranked(request if isinstance(request, dict) else {})
        except MbtifaceError as error:
            log.info("Match: %s", error)
            return {"error": str(error)}

    tab_html(page, "match", markup, [match_ranking])


def markup(page: Page, language: str) -> str:
    """Return the tab's HTML in one language."""
    words = state_words(page, language, "match_problem")
    words |= {key: page.messages[language][key] for key in TEMPLATES}
    words["face_error"] = page.text("match_face_problem", language)
    genders = [(gender, page.text(f"match_{gender}", language)) for gender in GENDERS]
    codes = [(code, code) for _, row in ROWS for code in row]
    return (
        f'<section class="mf-match" {data_attribute("words", words)} '
        f"{data_attribute('names', {code: type_name(code, language) for code in CODES})} "
        f"{data_attribute('rankings', rankings(language))}>"
        f'<p class="mf-lead">{escape(page.text("match_intro", language))}</p>'
        f'<div class="mf-match-choices">{_known(page, language)}'
        + choices("match-code", page.text("match_code", language), codes, None, "mf-codes")
        + choices("match-gender", page.text("match_gender", language), genders, "female")
        + '<p class="mf-ranked-by" hidden><span></span> <button type="button" class="mf-text-link" '
        'data-do="other-ranking"></button></p></div>'
        + problem_line(words)
        + f'<div class="mf-empty"><p>{escape(page.text("match_empty", language))}</p>'
        '<button type="button" class="mf-button" data-do="survey">'
        f"{escape(page.text('match_to_survey', language))}</button></div>"
        + f'<div class="mf-answer" hidden aria-live="polite">{_face(page, language)}'
        '<h3 class="mf-podium-title"></h3><ol class="mf-podium"></ol>'
        f"<h3>{escape(page.text('match_rest', language))}</h3>"
        '<ol class="mf-rest" start="4"></ol></div>'
        f'<p class="mf-note">{escape(note(language))}</p></section>'
    )


def _known(page: Page, language: str) -> str:
    """Return the line that stands for the sixteen codes where the survey's is known; on phones."""
    label, pick = (escape(page.text(f"match_{key}", language)) for key in ("code", "pick"))
    return (
        f'<p class="mf-known"><span>{label}</span> <b class="mf-chosen-code"></b>'
        f'<button type="button" class="mf-button" data-do="pick">{pick}</button></p>'
    )


def _face(page: Page, language: str) -> str:
    parts_note = escape(page.text("match_face_note", language))
    return (
        f'<section class="mf-match-face">{large_face("", "")}<div><h2></h2>'
        f'<ul class="mf-parts"></ul><p class="mf-parts-note">{parts_note}</p></div></section>'
    )


def rankings(language: str) -> dict[str, object]:
    """Return every type's ranking, each reason's text kept once, and the parts of its match's face.

    `{"reasons": [text, ...], "order": {code: [[code, reason's index], ... 16]},
    "parts": {code: [[code, percent], ...]}}`
    """
    reasons: dict[str, int] = {}
    order = {
        code: [
            [match.code, reasons.setdefault(match.reason, len(reasons))]
            for match in ranking(code, lang=language)
        ]
        for code in CODES
    }
    return {
        "reasons": list(reasons),
        "order": order,
        "parts": {code: parts(code) for code in CODES},
    }


def ranked(asked: Mapping[str, Any]) -> dict[str, object]:
    """Return the ranking of axis values: `order` as codes and reasons, `parts`, `start` by gender.

    Args:
        asked: `axes`, and `code`, the survey's, which settles how a value of 0 is read; `lang`.

    Raises:
        InputError: the axis values or the code are not allowed, or do not go together.
    """
    axes = asked.get("axes")
    axes = axes if isinstance(axes, dict) else {}
    matches = ranking(axes, known_language(asked.get("lang")), asked.get("code"))
    return {
        "order": [[match.code, match.reason] for match in matches],
        "parts": parts(axes),
        "start": {gender: match_start(axes, gender) for gender in GENDERS},
    }


def parts(code_or_axes: str | Mapping[str, float]) -> Parts:
    """Return what the face of a match is blended of: codes and whole percents, 100 in all."""
    exact = {code: 100 * share for code, share in shares(code_or_axes).items()}
    whole = {code: int(percent) for code, percent in exact.items()}
    # What rounding down has lost goes to those that it took most from, the first of equals first.
    behind = sorted(exact, key=lambda code: round(whole[code] - exact[code], 6))
    for code in behind[: 100 - sum(whole.values())]:
        whole[code] += 1
    return list(whole.items())
