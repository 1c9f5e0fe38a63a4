"""The page as a whole: header, four tabs, footer, the API's endpoints."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import gradio as gr

from mbtiface.changeover import Changeover
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.texts import languages, read_texts
from mbtiface.ui import api, gallery, match, morph, plain, survey
from mbtiface.ui.controls import add_markup, rewrite_markups
from mbtiface.ui.page import Page, open_page

TABS = (
    ("survey", "shell_tab_survey", survey.build),
    ("types", "shell_tab_gallery", gallery.build),
    ("match", "shell_tab_match", match.build),
    ("morph", "shell_tab_morph", morph.build),
)
"""Id, text key of the label and builder of each tab, in the page's order."""
PLAIN = {"survey": plain.add_survey, "morph": plain.add_morph}
"""What stands in a tab where our scripts do not come."""
SWEEP_EVERY_S = 60
FILE_LIFETIME_S = 300
"""Files of Gradio's folder older than this go: pictures that were fetched, uploads never used."""


@dataclass(frozen=True)
class BuiltPage:
    """The page, ready to be launched."""

    page: Page
    blocks: gr.Blocks


def build(services: Services | Changeover, settings: Settings) -> BuiltPage:
    """Build every tab and the API on the services, and on those that take their place."""
    page = open_page(services, settings)
    page.changeover.on_change(lambda: rewrite_markups(page))
    with gr.Blocks(
        title=page.text("shell_title"),
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(SWEEP_EVERY_S, FILE_LIFETIME_S),
    ) as blocks:
        _frame(page, "header", header_html)
        columns: list[gr.Column] = []
        with gr.Tabs(elem_id="mf-tabs"):
            for name, label, add in TABS:
                with gr.Tab(page.i18n(label), id=name, elem_id=f"tab-{name}"):
                    add(page)
                    if name in PLAIN:
                        columns.append(PLAIN[name](page))
        _frame(page, "footer", footer_html)
        plain.show_where_needed(blocks, columns)
        api.register(page)
    return BuiltPage(page, blocks)


def _frame(page: Page, name: str, html: Callable[[Page, str], str]) -> None:
    """Add what stands above or below the tabs; like theirs, its markup is a text of the page."""
    key = add_markup(page, f"shell_{name}", html)
    gr.HTML(page.i18n(key), elem_id=f"mf-{name}", apply_default_css=False)


def header_html(page: Page, language: str) -> str:
    """Return the title, the links to the other languages, and the notice if there is one."""
    links = "".join(
        f'<a href="?lang={other}" hreflang="{other}" lang="{other}">'
        f"{escape(read_texts(other)['name'])}</a>"
        for other in languages()
        if other != language
    )
    notice = ""
    if reason := page.services.notice:
        notice = f'<div class="mf-notice">{notice_html(page, language, reason)}</div>'
    coming = f'<div class="mf-coming" hidden>{notice_html(page, language)}</div>'
    title = escape(page.text("shell_title", language))
    return f"<header><h1>{title}</h1><nav>{links}</nav></header>{notice}{coming}"


def notice_html(page: Page, language: str, reason: str = "") -> str:
    """Return that another bundle is shown; why, for who runs the page, in English as logged.

    Without a reason the script fills in what is so.
    """
    said = escape(page.text("shell_notice", language)) if reason else ""
    why = escape(page.text("shell_notice_why", language))
    return (
        f'<p role="status">{said}</p><details{"" if reason else " hidden"}>'
        f'<summary>{why}</summary><p lang="en">{escape(reason)}</p></details>'
    )


def footer_html(page: Page, language: str) -> str:
    """Return what the faces are, how they were made, and which bundle and engine draw them."""
    manifest = page.services.studio.manifest
    said = page.text("shell_footer", language)
    engine = page.text(
        "shell_engine",
        language,
        bundle=f"{manifest.name} {manifest.version}",
        engine=page.services.studio.engine,
    )
    made = escape(page.text("made_title", language))
    return (
        f'<footer><p>{escape(said)}</p><p><a href="made?lang={language}">{made}</a></p>'
        f"<p>{escape(engine)}</p></footer>"
    )
