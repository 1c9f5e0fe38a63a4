"""The log of a program that is used in every way holds nothing of who used it."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from tests.community.samples import new_id
from tests.faults.programs import Program, program
from tests.faults.visitors import PATIENCE_S, photo

NAME = "holiday-with-somebody-4711.jpg"
VISITOR = "203.0.113.77"
ANSWERS = "4031420413204314"
TYPED = "what-somebody-typed-0815"
ROUTES = ("face", "card.png", "clip", "strip", "photo", "photo/forget", "join", "model", "health")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    places = tmp_path_factory.mktemp("places")
    with program(places, MBTIFACE_LOG="json", MBTIFACE_PROXIES="private") as started:
        yield started


def use_the_page(browser: httpx.Client) -> str:
    """Visit every route of our own with a face of one's own; returns its secret token."""
    answer = browser.post("photo?refine=2&lang=en", content=photo())
    token: str = json.loads(answer.text.splitlines()[-1])["photo"]
    start = {"start": f"photo:{token}", "by": "both"}
    survey = {"form": "quick", "answers": ANSWERS, **start, "gender": "female"}
    browser.get("", params={"form": "quick", "answers": ANSWERS, "type": "ENTP"})
    browser.get("face", params=start | {"EI": "0.5"}).raise_for_status()
    browser.get("card.png", params=survey).raise_for_status()
    browser.get("strip", params=start | {"axis": "EI"}).raise_for_status()
    clip = start | {"letters": "EN", "format": "gif", "size": "256"}
    browser.get("clip", params=clip).raise_for_status()
    browser.get("model", params={"v": "0.0.1"}).raise_for_status()
    browser.get("health").raise_for_status()
    join = survey | {"join_id": new_id(1), "own": "1"}
    browser.post("join", params=join).raise_for_status()
    assert browser.post("join", params=join | {"join_id": new_id(2)}).status_code == 409
    for wrong in (TYPED, f"photo:{token}x", f"blend:photo:{token}:half:{TYPED}"):
        assert browser.get("face", params={"start": wrong}).status_code == 400
    browser.post("photo/forget", params={"photo": token})
    return token


def use_the_api(address: str, folder: Path, token: str) -> None:
    """Call endpoints as a program does, rightly and wrongly."""
    (folder / NAME).write_bytes(photo())
    client = Client(address, verbose=False, download_files=folder)
    asked = {"code": "ENTP", "gender": "male", "adult": True, "own_photo": True}
    client.predict(image=handle_file(folder / NAME), api_name="/contribute", **asked)
    (folder / NAME).write_bytes(b"no photo")
    for call in (
        {"image": handle_file(folder / NAME), "api_name": "/invert"},
        {"start": f"photo:{token}", "api_name": "/morph"},
        {"start": TYPED, "api_name": "/morph"},
        {"code": TYPED, "api_name": "/type_average"},
    ):
        with pytest.raises(Exception, match=r".+"):
            client.predict(**call)
    url = f"{address}gradio_api/"
    for body in ({"data": [{"path": f"/somewhere/{NAME}"}]}, {"data": TYPED}, {TYPED: 1}):
        httpx.post(f"{url}call/invert", json=body)
        httpx.post(f"{url}run/invert", json=body, timeout=PATIENCE_S)
    httpx.get(f"{url}file=/somewhere/{NAME}")
    httpx.post(f"{url}upload", files={"files": (NAME, b"")})


def test_the_log_is_lines_of_json_and_says_nothing_of_a_visitor(
    served: Program, tmp_path: Path
) -> None:
    headers = {"x-forwarded-for": VISITOR}
    with httpx.Client(base_url=served.address, headers=headers, timeout=PATIENCE_S) as browser:
        token = use_the_page(browser)
    use_the_api(served.address, tmp_path, token)
    assert served.end() == 0
    said = served.log()
    entries = [json.loads(line) for line in said.splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(entry) for entry in entries)
    secrets = (token, NAME, "holiday", VISITOR, ANSWERS, TYPED, new_id(1), "photo:", "start=")
    assert not [secret for secret in secrets if secret in said]
    told = [entry["fields"] for entry in entries if "route" in entry.get("fields", {})]
    assert {line["route"] for line in told} == set(ROUTES)
    for line in told:
        assert set(line) == {"route", "method", "status", "ms", "bytes"}
    joins = [line["status"] for line in told if line["route"] == "join"]
    assert joins == [200, 409]
