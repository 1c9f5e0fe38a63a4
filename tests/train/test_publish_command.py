"""`python -m train publish` against a stand-in of the Hub."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from huggingface_hub import constants

from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.card import CARD, card, r2_interval, share_interval
from mbtiface.weights.manifest import MANIFEST
from tests.toy_bundle import write_toy_bundle
from tests.weights.hub_server import OWNER_TOKEN, HubServer, hub
from train.__main__ import main

REPO = "owner/faces"
# huggingface_hub uploads by a parameter that its own HTTP library is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("HF_TOKEN", OWNER_TOKEN)
    with hub(tmp_path / "cache", monkeypatch) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "toy")


def publish(folder: Path, *more: str) -> int:
    return main(["publish", "--bundle", str(folder), "--repo", REPO, *more])


def test_all_of_a_bundle_goes_in_one_commit_and_nothing_else(
    server: HubServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "notes.txt").write_text("not of the bundle")
    assert publish(folder) == 0
    repo = server.repos[REPO]
    assert not repo.private
    assert repo.messages == [f"toy {open_bundle(folder).manifest.version}"]
    assert set(repo.commits[repo.head]) == {*before, CARD}
    assert f"It loads as hf://{REPO}@{repo.head}" in caplog.text
    (folder / "notes.txt").unlink()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_was_published_opens_by_name_from_an_empty_cache(
    server: HubServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publish(folder) == 0
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "second cache"))
    found, own = open_bundle(f"hf://{REPO}"), open_bundle(folder)
    assert found.folder.is_relative_to(tmp_path / "second cache")
    assert found.manifest.networks == own.manifest.networks
    for name in own.manifest.files.keys() - {CARD}:
        assert (found.folder / name).read_bytes() == (folder / name).read_bytes()
    assert (found.folder / CARD).read_text("utf-8") == card(own.manifest)


def test_published_again_it_is_a_new_commit(server: HubServer, folder: Path) -> None:
    assert publish(folder) == 0
    assert publish(folder) == 0
    assert len(server.repos[REPO].messages) == 2


def test_a_private_repo_is_made_private(server: HubServer, folder: Path) -> None:
    assert publish(folder, "--private") == 0
    assert server.repos[REPO].private


def test_a_dry_run_checks_and_asks_the_hub_nothing(
    server: HubServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert publish(folder, "--dry-run") == 0
    assert server.requests == []
    assert f"{MANIFEST}: " in caplog.text
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    content["files"]["generator.safetensors"]["sha256"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(content), "utf-8")
    assert publish(folder, "--dry-run") == 1
    assert "generator.safetensors has sha256" in caplog.text


def test_a_damaged_bundle_is_not_published(
    server: HubServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "faces.safetensors").unlink()
    assert publish(folder) == 1
    assert "faces.safetensors is missing" in caplog.text
    assert server.requests == []


def test_a_link_out_of_the_bundle_is_not_published(
    server: HubServer, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "faces.safetensors").rename(tmp_path / "elsewhere")
    (folder / "faces.safetensors").symlink_to(tmp_path / "elsewhere")
    assert publish(folder) == 1
    assert "leads out of the bundle" in caplog.text
    assert server.requests == []


def test_who_may_not_write_is_told_what_to_do(
    server: HubServer,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_somebody")
    assert publish(folder) == 1
    message = f"The Hub repo {REPO} cannot be written"
    assert message in caplog.text
    assert "Set HF_TOKEN to a token that may write to owner." in caplog.text


@pytest.mark.parametrize("repo", ["faces", "a/b/c", "owner/faces@main", "../x"])
def test_another_text_is_no_repo(
    server: HubServer, folder: Path, repo: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["publish", "--bundle", str(folder), "--repo", repo]) == 1
    assert "owner/name" in caplog.text
    assert server.requests == []


def test_the_card_says_what_it_must() -> None:
    text = card(open_bundle("embedded").manifest)
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == "other"
    for title in ("Licence", "Credits", "What it is for", "What it is not for", "Data", "Limits"):
        assert f"**{title}.**" in text
    assert "| EI | 0.52 | 0.47 to 0.57 |" in text
    assert "95.5 % (91.7 to 97.6 %)" in text


def test_intervals_agree_with_tables() -> None:
    # Wilson's interval of 9 in 10, and Fisher's of r = 0.5 with 28 pairs (z 0.549, 1 / 5).
    assert share_interval(0.9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert share_interval(1.0, 200) == pytest.approx((0.9812, 1.0), abs=1e-4)
    low, high = r2_interval(0.25, 28)
    assert (low**0.5, high**0.5) == pytest.approx((0.1559, 0.7353), abs=1e-3)
    assert r2_interval(0.0, 100)[0] == 0.0
