"""Bundles by name, from a stand-in of the Hub: what is asked for, and what the cache saves."""

import logging
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _detect_agent

from mbtiface.errors import HubError
from mbtiface.faces.loading import load
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.hub_bundle import HubName, Progress
from mbtiface.weights.manifest import MANIFEST
from tests.toy_bundle import write_toy_bundle
from tests.weights.conftest import REPO
from tests.weights.hub_server import OWNER_TOKEN, Fault, HubServer

NAME = f"hf://{REPO}"
GENERATOR = "generator.safetensors"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hf://owner/name", HubName("owner/name")),
        ("hf://owner/name@v1.0", HubName("owner/name", "v1.0")),
        ("hf://o.w-n_er/na.me@refs/pr/1", HubName("o.w-n_er/na.me", "refs/pr/1")),
    ],
)
def test_a_name_is_read_and_written(text: str, name: HubName) -> None:
    assert HubName.parse(text) == name
    assert str(name) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "hf://",
            "hf://name",
            "hf://a/b/c",
            "hf://a/b@",
            "hf://../b",
            "hf://a/..",
            "hf://a/b@../x",
        ),
        *("hf://a b/c", "hf:///a/b", "hf://a/b?x=1", "hf://a/b\n"),
    ],
)
def test_another_text_is_no_name(text: str) -> None:
    with pytest.raises(HubError, match="names no bundle of the Hub. Use hf://owner/name"):
        open_bundle(text)


def test_only_what_the_manifest_lists_is_fetched_and_the_commit_is_logged(
    server: HubServer, commit: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mbtiface")
    told: list[Progress] = []
    bundle = open_bundle(NAME, report=told.append)
    assert bundle.folder.name == commit
    assert f"{NAME} is commit {commit}" in caplog.text
    asked = [line.split("/resolve/")[1] for line in server.requests if line.startswith("GET")]
    files = [f"{commit}/{name}" for name in bundle.manifest.files]
    assert asked == [f"main/{MANIFEST}", *files]
    sizes = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    assert told[-1] == Progress(GENERATOR, sizes, sizes)
    assert [step.done for step in told] == sorted(step.done for step in told)


def test_a_studio_is_loaded_by_name(commit: str, folder: Path) -> None:
    by_name, by_folder = load(f"{NAME}@{commit}", "cpu"), load(folder, "cpu")
    w = by_folder.sample(1)
    assert by_name.render(w).tobytes() == by_folder.render(w).tobytes()  # type: ignore[union-attr]


def test_a_warm_cache_takes_one_request_and_a_full_commit_none(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_bundle(NAME)
    server.requests.clear()
    open_bundle(NAME)
    assert server.requests == [f"HEAD /{REPO}/resolve/main/{MANIFEST}"]
    server.requests.clear()
    monkeypatch.setattr(_detect_agent, "_registry", None)  # as in a new process
    open_bundle(f"{NAME}@{commit}")
    assert server.requests == []


def test_a_new_commit_is_seen(server: HubServer, commit: str, tmp_path: Path) -> None:
    open_bundle(NAME)
    newer = server.add(REPO, write_toy_bundle(tmp_path / "newer", faces=False))
    assert open_bundle(NAME).folder.name == newer
    assert open_bundle(f"{NAME}@{commit}").folder.name == commit


def test_offline_the_cache_serves(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_bundle(NAME)
    server.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert open_bundle(NAME).folder.name == commit
    assert server.requests == []


def test_offline_without_a_cache_it_says_so(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    message = f"{MANIFEST} of the Hub repo {REPO} .*HF_HUB_OFFLINE is set .*Unset HF_HUB_OFFLINE"
    with pytest.raises(HubError, match=message):
        open_bundle(NAME)
    assert server.requests == []


def test_offline_with_half_a_cache_it_names_the_file(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.faults[GENERATOR] = Fault(status=404, code="EntryNotFound")
    with pytest.raises(HubError):
        open_bundle(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match=f"{GENERATOR} of the Hub repo {REPO} at {commit}"):
        open_bundle(NAME)


def test_a_hub_that_is_away_leaves_the_cache(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_bundle(NAME)
    server.faults[MANIFEST] = Fault(status=503)
    assert open_bundle(NAME).folder.name == commit


def test_a_connection_cut_in_the_middle_goes_on_where_it_was(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 4096)
    server.faults[GENERATOR] = Fault(method="GET", cut_at=10_000, times=1)
    told: list[Progress] = []
    open_bundle(NAME, report=told.append)
    assert server.ranges == ["bytes=8192-"]
    assert told[-1].done == told[-1].total


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_that_stumbles_is_asked_again(server: HubServer, commit: str, status: int) -> None:
    server.faults[GENERATOR] = Fault(status=status, times=2)
    assert open_bundle(NAME).files("generator")


def test_a_private_repo_opens_with_its_owners_token(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repos[REPO].private = True
    with pytest.raises(HubError, match="set HF_TOKEN"):
        open_bundle(NAME)
    monkeypatch.setenv("HF_TOKEN", OWNER_TOKEN)
    assert open_bundle(NAME).folder.name == commit


def test_the_folder_of_the_cache_opens_by_itself(server: HubServer, commit: str) -> None:
    folder = open_bundle(NAME).folder
    assert (folder / GENERATOR).is_symlink()
    assert open_bundle(folder).manifest.name == "toy"
