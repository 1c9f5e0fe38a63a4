"""Bundles by name, from a stand-in of the Hub: what is asked for, and every way of going wrong."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from mbtiface.errors import BundleError, HubError, MbtifaceError
from mbtiface.faces.loading import load
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.hub_bundle import HubName, Progress
from mbtiface.weights.manifest import MANIFEST
from tests.toy_bundle import write_toy_bundle
from tests.weights.hub_server import OWNER_TOKEN, Fault, HubServer, hub

REPO = "owner/toy"
NAME = f"hf://{REPO}"
GENERATOR = "generator.safetensors"
TINY_S = 0.5
"""A deadline that a test can wait for; the local server answers in milliseconds."""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def server(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with hub(cache, monkeypatch) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "toy")


@pytest.fixture
def commit(server: HubServer, folder: Path) -> str:
    """The commit of the bundle on the server, beside a file that is not in the manifest."""
    server.add(REPO, folder)
    return server.repos[REPO].commit({"pytorch_model.bin": b"never asked for"})


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / MANIFEST
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


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
    server: HubServer, commit: str
) -> None:
    open_bundle(NAME)
    server.requests.clear()
    open_bundle(NAME)
    assert server.requests == [f"HEAD /{REPO}/resolve/main/{MANIFEST}"]
    server.requests.clear()
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


TROUBLES = {
    "no such repo": (
        Fault(status=404, code="RepoNotFound"),
        "there is no such repo, or it is private. Check the name; .*HF_TOKEN",
    ),
    "no such file": (
        Fault(status=404, code="EntryNotFound"),
        "the repo has no such file. Check the repo's name and revision",
    ),
    "a bare 404": (Fault(status=404), "the repo has no such file"),
    "no such revision": (
        Fault(status=404, code="RevisionNotFound"),
        "there is no such revision. Name a branch",
    ),
    "401": (Fault(status=401), "it is private. .*HF_TOKEN"),
    "gated": (Fault(status=401, code="GatedRepo"), "is gated. Ask for access on the page of owner"),
    "gated for this token": (Fault(status=403, code="GatedRepo"), "the repo is gated. Ask"),
    "cut short by the server": (
        Fault(method="GET", body=b"short"),
        "should be of size .* but has size 5 .*Check this machine's connection",
    ),
    "10 GB declared": (
        Fault(declared=10 * 10**9),
        r"it has 10000000000 bytes or more, but \d+ are right. .*tell the owner",
    ),
    "more than declared": (
        Fault(method="GET", body=b"x" * 40_000),
        "it has 40000 bytes or more, but",
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("file", [MANIFEST, GENERATOR])
def test_trouble_is_told_with_repo_file_and_advice(
    server: HubServer, commit: str, trouble: str, file: str
) -> None:
    fault, message = TROUBLES[trouble]
    if file == MANIFEST and trouble == "more than declared":
        fault = Fault(method="GET", body=b"x" * 5_000_000)
        message = "it has 5000000 bytes or more, but 4194304 are right"
    server.faults[file] = fault
    with pytest.raises(HubError, match=f"{file} of the Hub repo {REPO}.* be fetched: .*{message}"):
        open_bundle(NAME)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(stall=True),
        Fault(stall=True, method="GET"),
        Fault(status=500),
        Fault(status=429),
        Fault(cut_at=100, method="GET"),
    ],
)
def test_the_deadline_holds_whatever_the_hub_does(
    server: HubServer, commit: str, fault: Fault
) -> None:
    server.faults[GENERATOR] = fault
    begun = time.monotonic()
    message = f"{GENERATOR} of the Hub repo {REPO} .*no answer in 0.5 s.* MBTIFACE_HUB_DEADLINE"
    with pytest.raises(HubError, match=message):
        open_bundle(NAME, TINY_S)
    assert time.monotonic() - begun < 20  # the library alone would take 23 s and more


def test_the_deadline_is_for_all_files_together(server: HubServer, commit: str) -> None:
    with pytest.raises(HubError, match=r"no answer in 1e-06 s"):
        open_bundle(NAME, 1e-6)


def test_a_wrong_digest_is_told_and_fetched_anew(server: HubServer, commit: str) -> None:
    right = server.repos[REPO].commits[commit][GENERATOR]
    wrong = bytes([*right[:-1], right[-1] ^ 1])
    server.faults[GENERATOR] = Fault(method="GET", body=wrong, times=1)
    message = f"{GENERATOR} of the Hub repo {REPO} is not what .*sha256 .*removed from the cache"
    with pytest.raises(BundleError, match=message):
        open_bundle(NAME)
    assert open_bundle(NAME).files("generator")


def test_a_file_shorter_than_the_manifest_says_is_refused(server: HubServer, folder: Path) -> None:
    data = (folder / GENERATOR).read_bytes()
    (folder / GENERATOR).write_bytes(data[:-10])
    server.add(REPO, folder)
    message = f"{GENERATOR} of the Hub repo {REPO} is not what .*has {len(data) - 10} bytes"
    with pytest.raises(BundleError, match=message):
        open_bundle(NAME)


def test_a_damaged_cache_is_mended(server: HubServer, commit: str, cache: Path) -> None:
    cached = (open_bundle(NAME).folder / GENERATOR).resolve()
    content = cached.read_bytes()
    cached.write_bytes(content[:-1] + b"x")
    with pytest.raises(BundleError, match="removed from the cache: try again"):
        open_bundle(f"{NAME}@{commit}")
    assert (open_bundle(f"{NAME}@{commit}").folder / GENERATOR).read_bytes() == content


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "a/../../x", "..\\x", "C:\\x", "\0"])
def test_a_manifest_that_names_files_elsewhere_fetches_none(
    server: HubServer, folder: Path, name: str
) -> None:
    entry = {"size": 3, "sha256": "0" * 64}
    change_manifest(folder, lambda content: content["files"].update({name: entry}))
    server.add(REPO, folder)
    with pytest.raises(BundleError, match=f"{NAME} .*which is not a plain file name"):
        open_bundle(NAME)
    assert [line for line in server.requests if MANIFEST not in line] == []


def test_a_manifest_of_10_gb_fetches_nothing(server: HubServer, folder: Path) -> None:
    change_manifest(folder, lambda content: content["files"][GENERATOR].update(size=10 * 10**9))
    server.add(REPO, folder)
    message = f"{NAME} .* lists 100000.* bytes .the largest file is {GENERATOR}"
    with pytest.raises(BundleError, match=message):
        open_bundle(NAME)
    assert [line for line in server.requests if MANIFEST not in line] == []


def test_a_repo_that_is_no_bundle(server: HubServer, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    server.add(REPO, tmp_path / "model")
    with pytest.raises(HubError, match=f"{MANIFEST} of the Hub repo {REPO} .*has no such file"):
        open_bundle(NAME)


def test_a_private_repo_opens_with_its_owners_token(
    server: HubServer, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repos[REPO].private = True
    with pytest.raises(HubError, match="set HF_TOKEN"):
        open_bundle(NAME)
    monkeypatch.setenv("HF_TOKEN", OWNER_TOKEN)
    assert open_bundle(NAME).folder.name == commit


def test_no_half_bundle_is_left_to_be_opened(server: HubServer, commit: str, cache: Path) -> None:
    server.faults[GENERATOR] = Fault(method="GET", stall=True)
    with pytest.raises(HubError):
        open_bundle(NAME, TINY_S)
    [snapshot] = cache.glob("models--*/snapshots/*")
    with pytest.raises(MbtifaceError, match=f"{GENERATOR} is missing"):
        open_bundle(snapshot)


def test_the_folder_of_the_cache_opens_by_itself(server: HubServer, commit: str) -> None:
    folder = open_bundle(NAME).folder
    assert (folder / GENERATOR).is_symlink()
    assert open_bundle(folder).manifest.name == "toy"


def test_a_cache_that_cannot_be_written_is_told(
    server: HubServer, commit: str, cache: Path
) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(HubError, match=f"{MANIFEST} of the Hub repo {REPO} .*its disk .HF_HOME"):
        open_bundle(NAME)
