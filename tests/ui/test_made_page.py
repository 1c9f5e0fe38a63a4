"""How it was made: every step in words, pictures and figures where there are some, nothing dead."""

import io
import re
from typing import Any

import pytest
from PIL import Image

from mbtiface.personality.assets import FOLDER, read_asset
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.texts import languages
from mbtiface.ui.made_page import JOURNEY, made_html
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeStudio
from tests.ui.test_routes import get

STEPS: list[dict[str, Any]] = read_asset(JOURNEY)["steps"]
PICTURE_LIMIT = 150_000


@pytest.fixture
def page() -> Page:
    return open_page(Services(Settings(), FakeStudio()), Settings())


@pytest.mark.parametrize("language", languages())
def test_it_names_the_chain_the_counts_the_licence_and_the_credits(
    page: Page, language: str
) -> None:
    html = made_html(page, language, STEPS)
    assert f'<html lang="{language}">' in html
    names = re.findall(r"<h3>(.+?)</h3>", html)
    assert names == ["StyleGAN", "StyleGAN2", "+ ADA", "+ FreezeD", "+ FreezeG", "pSp"]
    manifest = page.services.studio.manifest
    for said in (manifest.license, *manifest.credits, page.text("shell_footer", language)):
        assert said in html
    assert "{" not in html.split("</style>")[1]
    assert "<script" not in html


def test_a_step_is_words_until_its_picture_and_figure_are_there(page: Page) -> None:
    bare = made_html(page, "en", [{"id": "ada", "name": "+ ADA"}])
    assert page.text("made_step_ada", "en") in bare
    assert bare.count("<img") == 2  # the two averages
    assert "<small>" not in bare
    assert page.text("made_samples", "en") not in bare
    measured = {"metric": "FID", "value": 12.5}
    whole = made_html(
        page, "en", [{"id": "ada", "name": "+ ADA", "picture": "psp.webp", "figure": measured}]
    )
    assert re.search(
        r'<img src="site/journey/psp.webp\?\w+" alt="[^"]*samples from the step \+ ADA"', whole
    )
    assert "FID 12.5; lower is closer" in whole
    assert page.text("made_samples", "en") in whole
    own = made_html(page, "en", [{"id": "psp", "name": "pSp", "picture": "psp.webp"}])
    assert page.text("made_samples", "en") not in own


def test_every_picture_is_small_and_says_that_it_is_generated() -> None:
    named = {step["picture"] for step in STEPS if "picture" in step}
    files = {path.name for path in (FOLDER / "journey").glob("*.webp")}
    assert named == files
    for name in files:
        data = (FOLDER / "journey" / name).read_bytes()
        assert len(data) < PICTURE_LIMIT
        assert b"trainedAlgorithmicMedia" in data
        assert Image.open(io.BytesIO(data)).format == "WEBP"


def test_the_page_is_served_in_the_visitors_language(page: Page) -> None:
    asked, korean = (
        get(page, "/made?lang=en", **{"accept-language": "ko"})[0],
        get(page, "/made", **{"accept-language": "ko-KR"})[0],
    )
    assert page.text("made_title", "en") in asked.text
    assert page.text("made_title", "ko") in korean.text
    assert asked.headers["content-type"].startswith("text/html")
    names = re.findall(r'(?:src|href)="(site/[^"]+|face\?[^"]+)"', asked.text)
    # The style sheet, the two averages, and the steps' pictures.
    assert len(names) == 3 + sum("picture" in step for step in STEPS)
    for answer in get(page, *(f"/{name.replace('&amp;', '&')}" for name in names)):
        assert answer.status_code == 200
