"""The routes beside Gradio: pictures, the card, static files, and the frame of the front page."""

import io
import threading

import anyio
import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.frame import FrameMiddleware, frame_html
from mbtiface.ui.page import Page, choose_language, open_page
from mbtiface.ui.routes import routes
from tests.fakes import FakeStudio

CARD = "card.png?form=quick&answers=4031420413204314"


def make_page(concurrency: int = 2, wait: threading.Event | None = None) -> Page:
    settings = Settings(concurrency=concurrency)
    return open_page(Services(settings, FakeStudio(wait)), settings)


def make_app(page: Page) -> Starlette:
    async def front(request: Request) -> HTMLResponse:
        title = "16-type average face"
        return HTMLResponse(f"<html><head><title>{title}</title></head><body></body></html>")

    return Starlette(
        routes=[*routes(page), Route("/", front), Route("/other", front)],
        middleware=[Middleware(FrameMiddleware, page=page)],
    )


def get(page: Page, *urls: str, **headers: str) -> list[httpx.Response]:
    """The answers to requests that are made at the same time."""

    async def ask() -> list[httpx.Response]:
        answers: dict[int, httpx.Response] = {}
        transport = httpx.ASGITransport(make_app(page))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

            async def one(index: int, url: str) -> None:
                answers[index] = await client.get(url, headers=headers)

            async with anyio.create_task_group() as group:
                for index, url in enumerate(urls):
                    group.start_soon(one, index, url)
        return [answers[index] for index in range(len(urls))]

    return anyio.run(ask)


@pytest.fixture
def page() -> Page:
    return make_page()


def test_a_face_is_a_marked_picture_that_may_be_kept(page: Page) -> None:
    (answer,) = get(page, "/face?start=average:male&by=male&EI=0.25&size=512&v=0.0.1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    assert Image.open(io.BytesIO(answer.content)).size == (512, 512)
    assert b"trainedAlgorithmicMedia" in answer.content


def test_a_face_of_another_bundle_is_not_kept(page: Page) -> None:
    old, unnamed = get(page, "/face?v=0.0.0", "/face")
    assert old.headers["cache-control"] == unnamed.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("start=face:1", "Start 'face:1' is unknown"),
        ("start=photo:1", "the 32 hex digits of its token"),
        ("start=photo:0123456789abcdef0123456789abcdef", "no longer kept"),
        ("start=type:ENTX:female", "Type 'ENTX' is unknown"),
        ("start=average:other", "Gender 'other' is unknown"),
        ("by=other", "Moved by 'other' is unknown"),
        ("EI=strong", "EI is 'strong', but must be a number"),
        ("EI=nan", "axis EI is nan"),
        ("EI=99", "axis EI is 99"),
        ("size=300", "Size 300 is not one of"),
        ("size=big", "Size is 'big'"),
        ("difference=9", "difference is 9"),
    ],
)
def test_a_bad_address_is_refused_in_words(page: Page, query: str, message: str) -> None:
    (answer,) = get(page, f"/face?{query}")
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_crowd_is_told_to_come_back() -> None:
    gate = threading.Event()
    page = make_page(1, gate)
    threading.Timer(0.5, gate.set).start()
    answers = get(page, *(f"/face?start=seed:{n}" for n in range(40)))
    codes = [answer.status_code for answer in answers]
    assert codes.count(200) == 25
    assert codes.count(503) == 15
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert "Try again" in refused.json()["error"]


def test_a_card_with_a_face_of_ones_own_is_kept_nowhere(page: Page) -> None:
    token = page.services.kept_faces.keep(FakeStudio().sample(1))
    url = f"/{CARD}&start=photo:{token}&by=both"
    (card,) = get(page, url)
    assert card.status_code == 200
    assert card.headers["cache-control"] == "no-store"
    assert token not in str(card.headers)
    assert token.encode() not in card.content
    page.services.kept_faces.forget(token)
    (gone,) = get(page, url)
    assert gone.status_code == 400


def test_the_card_is_a_download(page: Page) -> None:
    (card,) = get(page, f"/{CARD}&lang=ko")
    assert card.headers["content-type"] == "image/png"
    assert card.headers["content-disposition"].startswith('attachment; filename="')
    (bad,) = get(page, "/card.png?form=quick&answers=9")
    assert bad.status_code == 400
    assert "needs 16 digits" in bad.json()["error"]


def test_every_file_that_the_page_names_is_served(page: Page) -> None:
    (front,) = get(page, "/")
    names = [part.split('"')[0] for part in front.text.split('="site/')[1:]]
    assert len(names) >= 8
    for answer in get(page, *(f"/site/{name}" for name in names)):
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    (font,) = get(page, "/site/fonts/MbtifaceSans.subset.woff2")
    assert font.content[:4] == b"wOF2"
    (outside,) = get(page, "/site/fonts/../../app.py")
    assert outside.status_code == 404


def test_the_front_page_gets_its_language(page: Page) -> None:
    for url, accepted, language in (
        ("/", "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("/", "fr-FR,fr;q=0.9", "en"),
        ("/?lang=ko", "en-US", "ko"),
        ("/?lang=<script>", "en-US", "en"),
    ):
        (answer,) = get(page, url, **{"accept-language": accepted})
        assert f'"lang": "{language}"' in answer.text
        title = page.text("shell_title", language)
        assert f"<title>{title}</title>" in answer.text
        assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("query", "opened"),
    [
        ("type=ENTP&gender=male", '{"code": "ENTP", "gender": "male"}'),
        ("type=entp", '{"code": "ENTP"}'),
        ("type=</script>&gender=male", "null"),
        ("gender=male", "null"),
    ],
)
def test_the_front_page_knows_which_type_its_link_opens(
    page: Page, query: str, opened: str
) -> None:
    (answer,) = get(page, f"/?{query}")
    assert answer.status_code == 200
    assert f'"opened": {opened}' in answer.text


def test_our_scripts_run_before_gradios_and_our_styles_come_after(page: Page) -> None:
    theirs = '<script type="module" src="assets/index.js"></script>'
    html = frame_html(f"<html><head>{theirs}</head><body></body></html>", page, "en")
    scripts = [html.index(part) for part in ("window.mbtiface=", "site/scripts/survey.js")]
    assert max(scripts) < html.index(theirs) < html.index("site/styles/shell.css")


def test_other_pages_are_left_alone(page: Page) -> None:
    (answer,) = get(page, "/other")
    assert "mbtiface" not in answer.text


def test_the_setting_beats_the_browser_and_the_link_beats_the_setting() -> None:
    assert choose_language(None, "ko", "en-US") == "ko"
    assert choose_language("en", "ko", "ko-KR") == "en"
    assert choose_language(None, "auto", "") == "en"
