"""A visitor's own face joins its type's average by the route, and leaves it again."""

import base64
import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from mbtiface.community import Bounds
from mbtiface.contributing import STRETCH, open_contributions
from mbtiface.errors import BusyError, ContributionRefusedError
from mbtiface.faces.marking import DESCRIPTION
from mbtiface.services import Services
from mbtiface.settings import PRIVATE_NETWORKS, Settings
from mbtiface.texts import languages
from mbtiface.ui.messages import load_messages
from mbtiface.ui.outcome import Answers
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.routes import routes
from tests.community.samples import new_id
from tests.fakes import FakeStudio

ANSWERS = "4031420413204314"
CODE = Answers("quick", ANSWERS).code()


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr("mbtiface.contributing.FRESH_S", 0.0)
    settings = Settings(state_dir=tmp_path, proxies=PRIVATE_NETWORKS)
    studio = FakeStudio()
    contributions = open_contributions(settings, studio)
    yield open_page(Services(settings, studio, contributions=contributions), settings)
    contributions.close()


def keep(page: Page, seed: int = 1, difference: float = 0.1) -> str:
    return page.services.kept_faces.keep(FakeStudio().sample(seed, psi=0.5), difference)


def send(page: Page, method: str, url: str, visitor: int = 1) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes(page)))
        headers = {"x-forwarded-for": f"203.0.113.{visitor}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, url, headers=headers)

    return anyio.run(ask)


def query(token: str, **more: str) -> str:
    values = {"form": "quick", "answers": ANSWERS, "start": f"photo:{token}", "by": "both"}
    values |= {"gender": "female", "join_id": new_id(token), "own": "1"} | more
    return str(httpx.QueryParams(values))


def join(page: Page, token: str, visitor: int = 1, **more: str) -> httpx.Response:
    return send(page, "POST", f"/join?{query(token, **more)}", visitor)


def error(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"error"}
    return answer.status_code, answer.json()["error"]["key"]


def decoded(uri: str) -> bytes:
    kind, data = uri.split(",")
    assert kind == "data:image/jpeg;base64"
    return base64.b64decode(data)


def test_a_face_joins_the_average_of_the_type_that_the_answers_made(page: Page) -> None:
    answer = join(page, keep(page))
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert set(told) == {
        "code",
        "gender",
        "count_before",
        "count",
        "clipped",
        "times",
        "pictures",
    }
    assert (told["code"], told["gender"]) == (CODE, "female")
    assert (told["count_before"], told["count"], told["times"]) == (0, 1, STRETCH)
    pictures = {name: decoded(uri) for name, uri in told["pictures"].items()}
    assert set(pictures) == {"before", "after", "stretched"}
    assert len(set(pictures.values())) == 3
    for data in pictures.values():
        image = Image.open(io.BytesIO(data))
        assert (image.size, image.getexif()[0x010E]) == ((256, 256), DESCRIPTION)
    base = page.services.studio.type_mean(CODE, "female")
    assert pictures["before"] == page.services.marked(base)
    assert page.services.contributions.counts() == {(CODE, "female"): 1}


def test_a_repeated_click_counts_once(page: Page) -> None:
    token = keep(page)
    first, second = join(page, token), join(page, token)
    assert first.json() == second.json()
    assert page.services.contributions.counts() == {(CODE, "female"): 1}


def test_a_face_is_taken_out_again(page: Page) -> None:
    token = keep(page)
    assert join(page, token).status_code == 200
    for _ in range(2):
        assert send(page, "DELETE", f"/join?{query(token)}").json() == {"count": 0}
    assert page.services.contributions.counts() == {(CODE, "female"): 0}
    assert error(join(page, token)) == (409, "taken_back")
    assert error(join(page, token, join_id=new_id(2))) == (409, "already_today")


def test_only_the_session_of_the_join_can_take_it_out(page: Page) -> None:
    token, other = keep(page), keep(page, 2)
    assert join(page, token).status_code == 200
    assert error(send(page, "DELETE", f"/join?{query(other)}")) == (409, "too_late")
    page.services.kept_faces.forget(token)
    assert error(send(page, "DELETE", f"/join?{query(token)}")) == (410, "gone")
    assert page.services.contributions.counts() == {(CODE, "female"): 1}


def test_one_visitor_joins_a_type_once_a_day_and_another_may(page: Page) -> None:
    tokens = [keep(page, seed) for seed in (1, 2, 3)]
    assert join(page, tokens[0]).status_code == 200
    assert error(join(page, tokens[1], gender="male")) == (409, "already_today")
    assert join(page, tokens[2], visitor=2).json()["count"] == 2


def test_a_face_unlike_its_photo_or_all_faces_is_refused(page: Page) -> None:
    assert error(join(page, keep(page, difference=0.3))) == (409, "poor_reconstruction")
    far = page.services.kept_faces.keep(FakeStudio().sample(1, psi=2.0), 0.1)
    assert error(join(page, far)) == (409, "too_far")
    assert page.services.contributions.counts() == {}


def test_a_day_has_its_places(page: Page) -> None:
    for visitor in range(Bounds().day_places(0)):
        assert join(page, keep(page, visitor), visitor).status_code == 200
    assert error(join(page, keep(page, 99), 99)) == (409, "day_full")


@pytest.mark.parametrize(
    "wrong",
    [
        {"own": ""},
        {"gender": "both"},
        {"gender": ""},
        {"join_id": "1"},
        {"answers": "444"},
        {"start": "average:female"},
        {"start": "community:ENTP:female"},
    ],
)
def test_a_bad_request_counts_nothing(page: Page, wrong: dict[str, str]) -> None:
    assert error(join(page, keep(page), **wrong)) == (400, "bad_request")
    assert page.services.contributions.counts() == {}


def test_a_face_that_is_no_longer_kept_is_told(page: Page) -> None:
    answer = join(page, "0" * 32)
    assert error(answer) == (410, "gone")
    assert "0" * 32 not in answer.text


def test_without_a_database_the_page_goes_on(page: Page) -> None:
    token = keep(page)
    assert send(page, "GET", "/join").json() == {"state": "on"}
    page.services.contributions.close()
    for file in page.settings.state_dir.glob("community.sqlite*"):
        file.write_bytes(b"no database" * 1000)
    assert error(join(page, token)) == (503, "away")
    assert send(page, "GET", "/join").json() == {"state": "away"}
    assert send(page, "GET", f"/face?start=photo:{token}&by=both").status_code == 200


def test_where_joining_is_off_nobody_joins(tmp_path: Path) -> None:
    settings = Settings(contributions=False, state_dir=tmp_path)
    page = open_page(Services(settings, FakeStudio()), settings)
    assert send(page, "GET", "/join").json() == {"state": "off"}
    assert error(join(page, keep(page))) == (503, "away")


def test_a_join_whose_pictures_must_wait_is_counted_once(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> bytes:
        raise BusyError("25 pictures are waiting already.")

    token = keep(page)
    with monkeypatch.context() as patch:
        patch.setattr(page.services, "marked", busy)
        assert error(join(page, token)) == (503, "busy")
    assert join(page, token).json()["count"] == 1
    assert send(page, "DELETE", f"/join?{query(token)}").json() == {"count": 0}


def test_too_many_joins_at_once_are_sent_away(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mbtiface.ui.join_route.AT_ONCE", 0)
    assert error(join(page, keep(page))) == (503, "busy")


def test_neither_log_nor_database_says_who_joined(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = keep(page)
    join(page, token, visitor=77)
    join(page, keep(page, 2), visitor=77)
    page.services.contributions.close()
    files = [file.read_bytes() for file in page.settings.state_dir.iterdir()]
    assert any(CODE.encode() in data for data in files)
    ours = "\n".join(line.getMessage() for line in caplog.records if line.name != "httpx")
    for secret in ("203.0.113.77", token, new_id(token)):
        assert secret not in ours
        assert not any(secret.encode() in data for data in files)


def test_a_public_average_is_kept_by_browsers_until_it_changes(page: Page) -> None:
    start = f"community:{CODE}:female"
    for visitor in range(4):
        join(page, keep(page, visitor), visitor)
    assert send(page, "GET", f"/face?start={start}&v=0.0.1").status_code == 400
    join(page, keep(page, 5), 5)
    loose = send(page, "GET", f"/face?start={start}&v=0.0.1")
    assert (loose.status_code, loose.headers["cache-control"]) == (200, "no-cache")
    newest = page.services.contributions.public(CODE, "female")
    assert newest is not None
    pinned = f"/face?start={start}:{newest.edition}&v=0.0.1"
    assert "immutable" in send(page, "GET", pinned).headers["cache-control"]
    assert send(page, "GET", pinned).content == loose.content
    join(page, keep(page, 6), 6)
    passed = send(page, "GET", pinned)
    assert passed.headers["cache-control"] == "no-cache"
    assert passed.content != loose.content


def test_every_reason_has_its_words() -> None:
    reasons = str(ContributionRefusedError.__doc__).split("`")[3::2]
    assert "day_full" in reasons
    keys = [*reasons, "away", "gone", "busy", "offline", "bad_request", "failed"]
    for language in languages():
        texts = load_messages()[language]
        missing: list[Any] = [key for key in keys if f"join_error_{key}" not in texts]
        assert not missing


def test_the_frame_says_whether_joining_is_offered(page: Page) -> None:
    from mbtiface.ui.frame import frame_html

    assert '"joining": true' in frame_html("<head></head>", page, "ko")
    off = replace(page, pinned=Services(Settings(), FakeStudio()))
    assert '"joining": false' in frame_html("<head></head>", off, "ko")
