"""The whole way: a bundle is published, and the app loads it by name from an empty cache."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from tests.toy_bundle import write_toy_bundle
from tests.ui.fake_page import START_LIMIT_S, served
from tests.weights.hub_server import OWNER_TOKEN, hub
from train.__main__ import main

REPO = "owner/faces"
# huggingface_hub uploads by a parameter that its own HTTP library is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def ask(address: str, what: str) -> Any:
    with urllib.request.urlopen(address + what, timeout=60) as answer:
        body = answer.read()
    return json.loads(body) if what.startswith("model") else body


def test_a_published_bundle_is_loaded_by_name_and_serves_the_survey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_toy_bundle(tmp_path / "toy")
    with hub(tmp_path / "first cache", monkeypatch) as server:
        monkeypatch.setenv("HF_TOKEN", OWNER_TOKEN)
        assert main(["publish", "--bundle", str(folder), "--repo", REPO]) == 0
        variables = {
            "MBTIFACE_MODEL": f"hf://{REPO}",
            "HF_ENDPOINT": server.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HOME": str(tmp_path / "second cache"),
            "MBTIFACE_CONTRIBUTIONS": "off",
        }
        server.requests.clear()
        with served("app", **variables) as address:
            # The page is there at once, on the embedded bundle, and changes over to the other.
            until = time.monotonic() + START_LIMIT_S
            while (said := ask(address, "model?lang=en"))["phase"] in ("fetching", "opening"):
                assert time.monotonic() < until
                assert "The built-in one is shown meanwhile" in said["text"]
                time.sleep(0.2)
            assert said == {
                "phase": "ready",
                "text": f"The model hf://{REPO} is shown now. What you were doing goes on.",
                "why": "",
            }
            client = Client(address, verbose=False)
            items = client.predict(lang="en", form="quick", api_name="/survey_items")
            answers = {item["id"]: 4 for item in items}
            code = client.predict(answers=answers, api_name="/score")["code"]
            average = client.predict(code=code, gender="female", api_name="/type_average")
            assert average["bundle"]["name"] == "toy"
            assert b"\xff\xd8" in ask(address, f"face?start=type:{code}:female&size=256")[:4]
        commit = server.repos[REPO].head
        fetched = {line.split("/resolve/")[1] for line in server.requests if "GET /owner" in line}
        listed = set(server.repos[REPO].commits[commit]) - {"manifest.json"}
        assert fetched == {"main/manifest.json", *(f"{commit}/{name}" for name in listed)}
