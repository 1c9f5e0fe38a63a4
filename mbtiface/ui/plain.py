"""The survey and the morph tab by Gradio's own events, for a page that our scripts do not reach.

The browser shows it where `data-plain`, which the first script sets, was not taken away by the
others. Answers stay in the page until the end, here as there: no state is kept on the server.
"""

from html import escape
from typing import Any

import gradio as gr

from mbtiface.faces.address import MAX_AXIS, FaceAddress
from mbtiface.personality import survey
from mbtiface.personality.names import type_name
from mbtiface.personality.types import AXES, GENDERS
from mbtiface.ui.controls import add_markup
from mbtiface.ui.outcome import Answers, average
from mbtiface.ui.page import Page

FORM = "quick"
BEGUN = "."
"""What the answers start with once the survey has begun; then one digit an answer."""
FACE_SIZE = 512
NO_SCRIPTS = "'plain' in document.documentElement.dataset"
Shown = tuple[str, str, dict[str, Any], dict[str, Any]]


def show_where_needed(blocks: gr.Blocks, columns: list[gr.Column]) -> None:
    """Let the browser show the columns where our scripts are missing; it asks nobody."""
    js = f"() => Array({len(columns)}).fill({{__type__: 'update', visible: {NO_SCRIPTS}}})"
    blocks.load(None, None, columns, js=js, api_visibility="private")


def add_survey(page: Page) -> gr.Column:
    """Add the plain survey, not shown yet: a face, a question, five answers, one button."""

    def on_click(answers: str | None, option: str | None, request: gr.Request) -> Shown:
        return survey_step(page.at({}), answers or "", option, page.language(request))

    with gr.Column(visible=False, elem_classes="mf-plain", elem_id="survey-plain") as column:
        gr.HTML(page.i18n("shell_plain"))
        shown = gr.HTML(page.i18n(add_markup(page, "shell_plain_face", _start)))
        answers = gr.Textbox(visible=False)
        option = gr.Radio([], show_label=False, visible=False)
        button = gr.Button(page.i18n("survey_start"))
    button.click(
        on_click,
        [answers, option],
        [answers, shown, option, button],
        api_visibility="private",
        show_progress="hidden",
    )
    return column


def survey_step(page: Page, answers: str, option: str | None, language: str) -> Shown:
    """Return what follows a click: the answers so far, what is shown, radio and button.

    `answers`: as this function returned them, "" at first; anything else begins anew.
    """
    items = survey.items(language, FORM)
    given = answers.removeprefix(BEGUN)
    begun = answers.startswith(BEGUN) and len(given) < len(items) and not set(given) - set("01234")
    if begun and option in ("0", "1", "2", "3", "4"):
        given += str(option)
    given = given if begun else ""
    if len(given) == len(items):
        again = gr.update(value=page.text("survey_again", language))
        return "", _result(page, given, language), gr.update(visible=False, value=None), again
    item = items[len(given)]
    count = page.text("survey_progress", language, number=len(given) + 1, total=len(items))
    chosen = {one.id: int(digit) for one, digit in zip(items, given, strict=False)}
    axes = survey.score(chosen, FORM).axes if chosen else {}
    html = (
        _face(page, FaceAddress("average:female", "female", axes), _moved(page, axes, language))
        + f"<p>{escape(count)}</p><h2>{escape(item.text)}</h2>"
    )
    labels = [(label, str(index)) for index, label in enumerate(item.options)]
    radio = gr.update(visible=True, choices=labels, value=None, label=item.text)
    return BEGUN + given, html, radio, gr.update(value=page.text("survey_forward", language))


def add_morph(page: Page) -> gr.Column:
    """Add the plain morph tab, not shown yet: a start, four sliders and the face that they make."""

    def on_change(
        start: str, ei: float, sn: float, tf: float, jp: float, request: gr.Request
    ) -> str:
        return morphed(page.at({}), start, (ei, sn, tf, jp), page.language(request))

    with gr.Column(visible=False, elem_classes="mf-plain", elem_id="morph-plain") as column:
        gr.HTML(page.i18n("shell_plain"))
        shown = gr.HTML(page.i18n("shell_plain_face_markup"))
        starts = [(page.i18n(f"morph_average_{gender}"), gender) for gender in GENDERS]
        start = gr.Radio(starts, value=GENDERS[0], label=page.i18n("morph_start"))
        sliders = [
            gr.Slider(-MAX_AXIS, MAX_AXIS, 0, step=0.1, label=page.i18n(f"morph_axis_{axis}"))
            for axis in AXES
        ]
    gr.on(
        [start.change, *(slider.change for slider in sliders)],
        on_change,
        [start, *sliders],
        shown,
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="always_last",
    )
    return column


def morphed(page: Page, start: str, values: tuple[float, ...], language: str) -> str:
    """Return the face that four slider values make of the average woman or man."""
    gender = start if start in GENDERS else GENDERS[0]
    axes = {axis: float(value) for axis, value in zip(AXES, values, strict=True)}
    return _face(page, FaceAddress(f"average:{gender}", gender, axes), _moved(page, axes, language))


def _start(page: Page, language: str) -> str:
    address = FaceAddress("average:female", "female")
    return _face(page, address, page.text("survey_alt_start", language))


def _result(page: Page, given: str, language: str) -> str:
    answers = Answers(FORM, given)
    code = answers.code()
    beside = average(page, code, "female", language)
    own = _face(page, answers.address(), page.text("survey_alt_final", language))
    other = _face(page, FaceAddress(beside["start"], "female"), beside["alt"])
    name = escape(type_name(code, language))
    honest = escape(page.text("survey_honest", language))
    return f'<h2>{code}</h2><p>{name}</p><div class="mf-two">{own}{other}</div><p>{honest}</p>'


def _face(page: Page, address: FaceAddress, alt: str) -> str:
    url = page.services.url(address, FACE_SIZE)
    return f'<img src="{escape(url)}" alt="{escape(alt)}" width="{FACE_SIZE}" height="{FACE_SIZE}">'


def _moved(page: Page, axes: dict[str, float], language: str) -> str:
    moved = ", ".join(f"{axis} {value:g}" for axis, value in axes.items() if value)
    key = "survey_alt_moved" if moved else "survey_alt_start"
    return page.text(key, language, axes=moved)
