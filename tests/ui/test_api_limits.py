"""What a program is told that calls too often, on a served page."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.ui.fake_page import served

PER_MINUTE = 4


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    settings = {"MBTIFACE_API_PER_MINUTE": str(PER_MINUTE), "MBTIFACE_PROXIES": "private"}
    with served("tests.ui.fake_page", **settings) as address:
        yield address


def test_a_client_of_gradio_gets_our_error_and_another_address_an_answer(
    address: str, tmp_path: Path
) -> None:
    client = Client(address, verbose=False, download_files=tmp_path)
    client.headers["x-forwarded-for"] = "203.0.113.1"
    for _ in range(PER_MINUTE):
        assert client.predict(api_name="/about")["bundle"]["name"] == "fake"
    with pytest.raises(AppError, match="more than 4 calls a minute. Try again in") as caught:
        call_often(client)
    assert caught.value.title == "E_RATE"
    client.headers["x-forwarded-for"] = "203.0.113.2"
    assert client.predict(api_name="/about")["bundle"]["name"] == "fake"


def call_often(client: Client) -> None:
    """Call many times over the limit, as a slow machine saves calls up meanwhile."""
    for _ in range(10 * PER_MINUTE):
        client.predict(api_name="/about")


def test_over_http_a_program_is_told_when_to_come_again(address: str) -> None:
    url, headers = f"{address}gradio_api/run/about", {"x-forwarded-for": "203.0.113.3"}
    for _ in range(10 * PER_MINUTE):
        response = httpx.post(url, json={"data": []}, headers=headers, timeout=60)
        if response.status_code == 429:
            break
    assert response.json()["code"] == "E_RATE"
    assert 1 <= int(response.headers["retry-after"]) <= 15


def test_the_page_itself_is_there_for_who_called_too_often(address: str) -> None:
    own = {"session_hash": "x", "fn_index": 0, "event_id": "y"}
    headers = {"x-forwarded-for": "203.0.113.4"}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as page:
        for _ in range(3 * PER_MINUTE):
            assert page.get("").status_code == 200
            assert page.get("face?start=average:female&size=256").status_code == 200
            assert page.post("gradio_api/cancel", json=own).status_code == 200
