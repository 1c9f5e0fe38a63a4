"""Two tabs of one visitor, and two visitors, have each a face of their own."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.applications import Starlette

from mbtiface.contributing import open_contributions
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.routes import routes
from tests.community.samples import new_id
from tests.fakes import FakeStudio

SURVEY = "form=quick&answers=4031420413204314&by=both&gender=female&own=1"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    settings = Settings(state_dir=tmp_path)
    studio = FakeStudio()
    contributions = open_contributions(settings, studio)
    yield open_page(Services(settings, studio, contributions=contributions), settings)
    contributions.close()


def send(page: Page, method: str, url: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes(page)))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, url)

    return anyio.run(ask)


def keep(page: Page, seed: int) -> str:
    return page.services.kept_faces.keep(FakeStudio().sample(seed, psi=0.5), 0.1)


def join(page: Page, method: str, token: str) -> httpx.Response:
    return send(page, method, f"/join?{SURVEY}&start=photo:{token}&join_id={new_id(token)}")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["key"]


def shown(page: Page, token: str) -> str:
    answer = send(page, "GET", f"/face?start=photo:{token}&by=both&v=0.0.1")
    assert answer.status_code == 200
    return hashlib.sha256(answer.content).hexdigest()


def test_a_photo_forgotten_in_one_tab_stays_in_the_other(page: Page) -> None:
    first, second = keep(page, 1), keep(page, 2)
    faces = shown(page, first), shown(page, second)
    assert faces[0] != faces[1]
    assert send(page, "DELETE", f"/photo?photo={first}").status_code == 204
    assert send(page, "GET", f"/face?start=photo:{first}&by=both&v=0.0.1").status_code == 400
    assert shown(page, second) == faces[1]


def test_a_type_is_joined_from_one_tab_alone_and_left_from_there(page: Page) -> None:
    first, second = keep(page, 1), keep(page, 2)
    assert join(page, "POST", first).status_code == 200
    assert refusal(join(page, "POST", second)) == (409, "already_today")
    assert refusal(join(page, "DELETE", second)) == (409, "too_late")
    assert join(page, "DELETE", first).json() == {"count": 0}


def test_sessions_that_take_turns_never_see_each_others_faces(page: Page) -> None:
    tokens = [keep(page, seed) for seed in range(2)]
    faces = [shown(page, token) for token in tokens]
    for turn in range(40):
        size = (256, 512)[turn % 2]
        for token, own, other in zip(tokens, faces, reversed(faces), strict=True):
            url = f"/face?start=photo:{token}&by=both&EI={turn / 100}&size={size}&v=0.0.1"
            answer = send(page, "GET", url)
            assert answer.headers["cache-control"] == "no-store"
            again = shown(page, token)
            assert again == own != other


def test_no_part_of_a_token_and_no_neighbour_opens_a_face(page: Page) -> None:
    token = keep(page, 1)
    number = int(token, 16)
    near = [f"{(number + step) % 2**128:032x}" for step in (-1, 1)]
    for guess in (token[:31], token + "0", f"0x{token[2:]}", "0" * 32, *near):
        answer = send(page, "GET", f"/face?start=photo:{guess}&by=both")
        assert answer.status_code == 400
        assert token not in answer.text
