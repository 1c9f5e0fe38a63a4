"""The page as a whole: header, four tabs, footer, the API's endpoints."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import gradio as gr

from mbtiface.changeover import Changeover
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui import api, gallery, match, morph, survey
from mbtiface.ui.controls import add_markup, rewrite_markups
from mbtiface.ui.messages import LANGUAGES
from mbtiface.ui.page import Page, open_page

TABS = (
    ("survey", "shell_tab_survey", survey.build),
    ("types", "shell_tab_gallery", gallery.build),
    ("match", "shell_tab_match", match.build),
    ("morph", "shell_tab_morph", morph.build),
)
"""Id, text key of the label and builder of each tab, in the page's order."""
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
        with gr.Tabs(elem_id="mf-tabs"):
            for name, label, add in TABS:
                with gr.Tab(page.i18n(label), id=name, elem_id=f"tab-{name}"):
                    add(page)
        _frame(page, "footer", footer_html)
        api.register(page)
    return BuiltPage(page, blocks)


def _frame(page: Page, name: str, html: Callable[[Page], str]) -> None:
    """Add what stands above or below the tabs; like theirs, its markup is a text of the page."""
    key = add_markup(page, f"shell_{name}", lambda pinned, _: html(pinned))
    gr.HTML(page.i18n(key), elem_id=f"mf-{name}", apply_default_css=False)


def bilingual(page: Page, key: str, **values: object) -> str:
    """Return a text in every language as spans; the style sheet shows the page's own."""
    return "".join(
        f'<span class="mf-{language}" lang="{language}">'
        f"{escape(page.text(key, language, **values))}</span>"
        for language in LANGUAGES
    )


def header_html(page: Page) -> str:
    """Return the title, the links to the other language, and the notice if there is one."""
    links = "".join(
        f'<a class="mf-{here}" href="?lang={there}" hreflang="{there}" lang="{there}">'
        f"{escape(page.text('shell_other_language', here))}</a>"
        for here, there in (("ko", "en"), ("en", "ko"))
    )
    notice = ""
    if reason := page.services.notice:
        notice = f'<p class="mf-notice">{bilingual(page, "shell_notice", reason=reason)}</p>'
    coming = '<p class="mf-coming" role="status" hidden></p>'
    return f"<header><h1>{bilingual(page, 'shell_title')}</h1>{links}</header>{notice}{coming}"


def footer_html(page: Page) -> str:
    """Return what the faces are, and which bundle and engine draw them."""
    manifest = page.services.studio.manifest
    engine = bilingual(
        page,
        "shell_engine",
        bundle=f"{manifest.name} {manifest.version}",
        engine=page.services.studio.engine,
    )
    return f"<footer><p>{bilingual(page, 'shell_footer')}</p><p>{engine}</p></footer>"
