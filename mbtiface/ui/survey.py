"""The survey tab: one element, whose script asks, and two functions that the script calls."""

import logging
from typing import Any

import gradio as gr

from mbtiface.errors import MbtifaceError
from mbtiface.faces.sequence import sequence_axes
from mbtiface.personality import survey
from mbtiface.personality.names import move_line
from mbtiface.personality.types import letter_toward
from mbtiface.ui.outcome import Answers, outcome
from mbtiface.ui.page import Page, known_language

SEQUENCE = "ENTPENTJISFPIP"
"""The letters of the demonstration."""
log = logging.getLogger(__name__)


def build(page: Page) -> None:
    """Add the tab's content; call it inside the tab.

    The state of a survey lives in the browser: what a visitor answers reaches the server once, at
    the end, and is not kept.
    """

    def survey_questions(request: Any) -> dict[str, Any]:
        return _answered(lambda: questions(_asked(request)))

    def survey_outcome(request: Any) -> dict[str, Any]:
        asked = _asked(request)
        language = known_language(asked.get("lang"))
        return _answered(lambda: outcome(page.at(asked), Answers.from_query(asked), language))

    gr.HTML(
        '<div id="mf-survey"></div>',
        elem_id="survey-tab",
        apply_default_css=False,
        demo=demonstration(),
        server_functions=[survey_questions, survey_outcome],
        js_on_load="window.mbtiface.survey?.(element, server, props.demo)",
    )


def questions(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the items of `asked["form"]` in `asked["lang"]`, each option with its move.

    A move is what the option adds to its axis's value (worth over the axis's number of items),
    with the letter that it leads to ("" for none) and the line that says so.

    Raises:
        InputError: the form is unknown.
    """
    language = known_language(asked.get("lang"))
    items = survey.items(language, str(asked.get("form")))
    return {"items": [_question(item, len(items) // 4, language) for item in items]}


def _question(item: survey.Item, per_axis: int, language: str) -> dict[str, Any]:
    moves = []
    for index, label in enumerate(item.options):
        worth = item.step(index)
        moves.append(
            {
                "label": label,
                "add": worth / per_axis,
                "letter": letter_toward(item.axis, worth) if worth else "",
                "line": move_line(item.axis, worth, language),
            }
        )
    return {"id": item.id, "axis": item.axis, "text": item.text, "moves": moves}


def demonstration() -> list[dict[str, Any]]:
    """Return the 14 steps after the start: each letter with the axis values reached by then."""
    return [
        {"letter": letter, "axes": {axis: round(value, 6) for axis, value in axes.items()}}
        for letter, axes in zip(SEQUENCE, sequence_axes(SEQUENCE)[1:], strict=True)
    ]


def _asked(request: Any) -> dict[str, Any]:
    return request if isinstance(request, dict) else {}


def _answered(answer: Any) -> dict[str, Any]:
    """Return the answer, or `{"error": message}` where our own error says what was wrong."""
    try:
        return dict(answer())
    except MbtifaceError as error:
        log.info("Survey: %s", error)
        return {"error": str(error)}
