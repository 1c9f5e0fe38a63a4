"""Filmstrips: all frames of an axis in one answer, the nearest first, and nobody kept waiting."""

import io
import threading

import anyio
import httpx
import pytest
from PIL import Image

from mbtiface.errors import BusyError
from mbtiface.faces.address import FaceAddress
from mbtiface.ui.page import Page
from mbtiface.ui.strip_route import FRAMES, SIZE, strip_values
from tests.ui.test_routes import get, make_app, make_page


def frames_of(content: bytes) -> list[tuple[int, bytes]]:
    """Numbers and pictures in the order of the answer."""
    found = []
    while content:
        length = int.from_bytes(content[1:5], "big")
        found.append((content[0], content[5 : 5 + length]))
        assert len(found[-1][1]) == length
        content = content[5 + length :]
    return found


@pytest.fixture
def page() -> Page:
    return make_page()


def test_a_strip_holds_every_frame_the_nearest_first(page: Page) -> None:
    answer = get(page, "strip?start=seed:7&SN=0.5&axis=EI&near=-0.7")[0]
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    frames = frames_of(answer.content)
    values = [strip_values()[number] for number, _ in frames]
    assert sorted(values) == list(strip_values())
    distances = [abs(value + 0.7) for value in values]
    assert distances == sorted(distances)
    for _, data in frames:
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (SIZE, SIZE))


def test_each_frame_is_the_picture_of_its_address(page: Page) -> None:
    answer = get(page, "strip?start=seed:7&SN=0.5&EI=1.2&axis=EI")[0]
    for number, data in frames_of(answer.content):
        axes = {"SN": 0.5, "EI": strip_values()[number]}
        assert data == page.services.picture(FaceAddress("seed:7", axes=axes), SIZE)


def test_values_reach_both_ends_with_the_start_in_the_middle() -> None:
    values = strip_values()
    assert len(values) == FRAMES
    assert (values[0], values[FRAMES // 2], values[-1]) == (-1.5, 0, 1.5)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("axis=XY", "Axis 'XY' is unknown"),
        ("", "Axis '' is unknown"),
        ("axis=EI&near=9", "near is '9'"),
        ("axis=EI&near=nan", "near is 'nan'"),
        ("axis=EI&near=" + "1" * 5000, "near is '11111111111111111111'"),
        ("axis=EI&start=nobody", "Start 'nobody' is unknown"),
        ("axis=EI&start=photo:" + "0" * 32, "no longer kept"),
    ],
)
def test_a_bad_request_is_refused_in_words(page: Page, query: str, message: str) -> None:
    answer = get(page, f"strip?{query}")[0]
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_strip_takes_no_more_places_than_there_are_threads() -> None:
    """Its other frames are not queued before those are drawn: other pictures come in between."""
    go = threading.Event()
    page = make_page(concurrency=2, wait=go)
    queued = []
    submit = page.services.submit
    page.services.submit = lambda *given, **named: (queued.append(given), submit(*given, **named))[
        1
    ]  # type: ignore[method-assign]

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(page))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            with anyio.fail_after(20):
                async with anyio.create_task_group() as group:
                    answers: list[httpx.Response] = []

                    async def one() -> None:
                        answers.append(await client.get("strip?axis=EI"))

                    group.start_soon(one)
                    while len(queued) < 2:
                        await anyio.sleep(0.01)
                    for _ in range(20):
                        await anyio.sleep(0.01)
                    assert len(queued) == 2
                    go.set()
        return answers[0]

    assert len(frames_of(anyio.run(ask).content)) == FRAMES


def test_a_strip_fetched_ahead_is_drawn_as_such(page: Page) -> None:
    submit, ranks = page.services.submit, []
    page.services.submit = lambda address, size, ahead=False: (  # type: ignore[method-assign]
        ranks.append(ahead),
        submit(address, size, ahead),
    )[1]
    assert get(page, "strip?axis=EI", **{"x-ahead": "1"})[0].status_code == 200
    assert ranks == [True] * FRAMES
    assert get(page, "strip?axis=SN")[0].status_code == 200
    assert ranks[FRAMES:] == [False] * FRAMES


def test_a_crowd_ends_a_strip_early_with_whole_frames(page: Page) -> None:
    submit, count = page.services.submit, iter(range(99))

    def crowded(*given: object, **named: object) -> object:
        if next(count) >= 5:
            raise BusyError("too many")
        return submit(*given, **named)  # type: ignore[arg-type]

    page.services.submit = crowded  # type: ignore[method-assign,assignment]
    answer = get(page, "strip?axis=EI")[0]
    assert answer.status_code == 200
    assert len(frames_of(answer.content)) == 5
    assert get(page, "strip?axis=EI")[0].status_code == 503
    refused = get(page, "strip?axis=EI", **{"x-ahead": "1"})[0]
    assert (refused.status_code, refused.content) == (204, b"")
    assert refused.headers["cache-control"] == "no-store"
