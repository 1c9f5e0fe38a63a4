"""The page "How it was made": the chain of methods, what the averages rest on, limits, licences.

    GET /made?lang=ko

Plain HTML beside Gradio's page, without a script. What is known of each step lies in
`assets/journey/`: a step whose picture or figure is not there is shown as words.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mbtiface.faces.address import FaceAddress
from mbtiface.personality.assets import read_asset
from mbtiface.personality.types import CODES, GENDERS
from mbtiface.texts import languages, read_texts
from mbtiface.ui.frame import ASSETS, versioned
from mbtiface.ui.page import Page
from mbtiface.ui.paths import Handler
from mbtiface.ui.security_headers import POLICY, TEXT_POLICY
from mbtiface.ui.theme import colour_css

JOURNEY = "journey/journey.json"
LIMITS = ("faces", "types", "photos", "adults")
FACE_SIZE = 512
Texts = Callable[..., str]
"""From a key without `made_`, and values, to the escaped text of one language."""


def made(page: Page) -> Handler:
    """Return the handler of `/made`."""

    async def handle(request: Request) -> Response:
        query = request.query_params
        language = page.language_of(query.get("lang"), request.headers.get("accept-language", ""))
        steps = read_asset(JOURNEY)["steps"]
        html = made_html(page.at({}), language, steps)
        return HTMLResponse(html, headers={POLICY: TEXT_POLICY})

    return handle


def made_html(page: Page, language: str, steps: list[dict[str, Any]]) -> str:
    """Return the whole page in one language; `steps` as `assets/journey/` lists them."""

    def text(key: str, **values: object) -> str:
        return escape(page.text(f"made_{key}", language, **values))

    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text('title')} · {escape(page.text('shell_title', language))}</title>"
        f"<style>{colour_css(by_system=True)}</style>"
        f'<link rel="stylesheet" href="{versioned(ASSETS / "styles" / "made.css")}"></head>'
        f'<body class="mf-made">{_header(page, language, text)}'
        f"<main><h1>{text('title')}</h1><p>{text('lead')}</p>"
        + _chain(page, language, text, steps)
        + _averages(page, text)
        + _limits(text)
        + _licences(page, text)
        + f"</main><footer><p>{escape(page.text('shell_footer', language))}</p></footer>"
        "</body></html>"
    )


def _header(page: Page, language: str, text: Texts) -> str:
    links = "".join(
        f'<a href="made?lang={other}" hreflang="{other}" lang="{other}">'
        f"{escape(read_texts(other)['name'])}</a>"
        for other in languages()
        if other != language
    )
    return f'<header><a href="./?lang={language}">{text("back")}</a><nav>{links}</nav></header>'


def _chain(page: Page, language: str, text: Texts, steps: list[dict[str, Any]]) -> str:
    known = page.messages[language]
    items = "".join(_step(step, text, known) for step in steps)
    samples = any("picture" in step and not _own_alt(step, known) for step in steps)
    about = f"<p>{text('samples')}</p>" if samples else ""
    return (
        f"<section><h2>{text('chain')}</h2>{about}<ol>{items}</ol>"
        f"<p>{text('built_in')}</p></section>"
    )


def _step(step: Mapping[str, Any], text: Texts, known: Mapping[str, str]) -> str:
    picture = ""
    if name := step.get("picture"):
        key = f"alt_{step['id']}" if _own_alt(step, known) else "alt_samples"
        source = versioned(ASSETS / "journey" / name)
        alt = text(key, step=step["name"])
        picture = f'<img src="{source}" alt="{alt}" loading="lazy">'
    figure = ""
    if measured := step.get("figure"):
        value = f"{measured['value']:g}"
        figure = f"<small>{text('figure', metric=measured['metric'], value=value)}</small>"
    said = text(f"step_{step['id']}")
    return f"<li><h3>{escape(step['name'])}</h3><p>{said}{figure}</p>{picture}</li>"


def _own_alt(step: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    """Return whether a step's picture is described by itself; all others show samples."""
    return f"made_alt_{step['id']}" in known


def _averages(page: Page, text: Texts) -> str:
    """Return how many faces stand behind the averages of the bundle in use, and two of them."""
    studio = page.services.studio
    counts = [studio.type_count(code, gender) for gender in GENDERS for code in CODES]
    some = [count for count in counts if count] or [0]
    faces = ""
    for gender in GENDERS:
        source = page.services.url(FaceAddress(f"average:{gender}", gender), FACE_SIZE)
        faces += (
            f'<img src="{escape(source)}" alt="{text(f"alt_{gender}")}" width="{FACE_SIZE}" '
            f'height="{FACE_SIZE}" loading="lazy">'
        )
    said = text("averages_text", count=sum(counts), least=min(some), most=max(some))
    return (
        f'<section><h2>{text("averages")}</h2><div class="mf-made-faces">{faces}</div>'
        f"<p>{said}</p><p>{text('rule')}</p></section>"
    )


def _limits(text: Texts) -> str:
    items = "".join(f"<li>{text(f'limit_{name}')}</li>" for name in LIMITS)
    return f"<section><h2>{text('limits')}</h2><ul>{items}</ul></section>"


def _licences(page: Page, text: Texts) -> str:
    """Return the licence and the credits as the bundle's manifest has them, which is in English."""
    manifest = page.services.studio.manifest
    said = text("licences_text", bundle=f"{manifest.name} {manifest.version}")
    lines = "".join(f"<li>{escape(line)}</li>" for line in (manifest.license, *manifest.credits))
    return (
        f"<section><h2>{text('licences')}</h2><p>{said}</p>"
        f'<ul class="mf-made-credits" lang="en">{lines}</ul></section>'
    )
