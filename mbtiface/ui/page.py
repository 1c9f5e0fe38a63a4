"""What every tab gets handed: the services, the texts and the settings."""

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import gradio as gr

from mbtiface.changeover import Changeover
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.texts import languages
from mbtiface.ui.messages import load_messages, load_typed

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Page:
    """One page under construction; `open_page` makes it."""

    changeover: Changeover
    settings: Settings
    tables: dict[str, dict[str, str]]
    """`{language: {key: text}}`, markup among them."""
    i18n: gr.I18n
    """`page.i18n("key")` is a text that the browser puts into its own language."""
    markups: dict[str, Callable[["Page", str], str]] = field(default_factory=dict)
    """What makes the texts that hold markup, by key: they are made anew for another bundle."""
    pinned: Services | None = None
    """The bundle of one session; None = the one in use."""

    @property
    def messages(self) -> Mapping[str, Mapping[str, str]]:
        """`{language: {key: text}}` as they are true of the bundle."""
        if not self.services.studio.manifest.of_types:
            return self.tables
        typed = load_typed()
        return {each: ChainMap(typed[each], self.tables[each]) for each in languages()}

    @property
    def services(self) -> Services:
        """The session's services, or those in use."""
        return self.pinned or self.changeover.current

    def at(self, query: Mapping[str, object]) -> "Page":
        """Return the page over the bundle that a session began with: its `v` names it."""
        key = query.get("v")
        pinned = self.changeover.of(key if isinstance(key, str) else None)
        return replace(self, pinned=pinned)

    def text(self, key: str, language: str = DEFAULT_LANGUAGE, **values: object) -> str:
        """Return the text of `key` in a language, its `{names}` filled in.

        Raises:
            KeyError: the key is unknown.
        """
        return self.messages[known_language(language)][key].format(**values)

    def language(self, request: gr.Request | None) -> str:
        """Return the language of a request: its `?lang=`, the setting, its Accept-Language."""
        if request is None:
            return self.language_of(None, "")
        asked = request.query_params.get("lang")
        return self.language_of(asked, request.headers.get("accept-language", ""))

    def language_of(self, asked: str | None, accepted: str) -> str:
        """Return the first of: the one asked for, the setting's, the first accepted, English."""
        return choose_language(asked, self.settings.language, accepted)


def open_page(services: Services | Changeover, settings: Settings) -> Page:
    """Read the texts and make the page that the tabs are built on."""
    messages = load_messages()
    changeover = services if isinstance(services, Changeover) else Changeover(services)
    return Page(changeover, settings, messages, gr.I18n(**messages))


def known_language(language: str | None) -> str:
    """Return the language if the page has it, else English."""
    return language if language in languages() else DEFAULT_LANGUAGE


def choose_language(asked: str | None, setting: str, accepted: str) -> str:
    """Return the first of: the one asked for, the setting's, the first one accepted, English."""
    if asked in languages():
        return known_language(asked)
    if setting in languages():
        return setting
    for part in accepted.split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in languages():
            return code
    return DEFAULT_LANGUAGE
