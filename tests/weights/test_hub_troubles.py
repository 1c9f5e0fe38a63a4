"""Bundles by name when all goes wrong: never half a bundle, never past the deadline."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mbtiface.errors import BundleError, HubError, MbtifaceError
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.manifest import MANIFEST
from tests.weights.conftest import REPO
from tests.weights.hub_server import Fault, HubServer

NAME = f"hf://{REPO}"
GENERATOR = "generator.safetensors"
TINY_S = 0.5
"""A deadline that a test can wait for; the local server answers in milliseconds."""


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / MANIFEST
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


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


def test_no_half_bundle_is_left_to_be_opened(server: HubServer, commit: str, cache: Path) -> None:
    server.faults[GENERATOR] = Fault(method="GET", stall=True)
    with pytest.raises(HubError):
        open_bundle(NAME, TINY_S)
    [snapshot] = cache.glob("models--*/snapshots/*")
    with pytest.raises(MbtifaceError, match=f"{GENERATOR} is missing"):
        open_bundle(snapshot)


def test_a_cache_that_cannot_be_written_is_told(
    server: HubServer, commit: str, cache: Path
) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(HubError, match=f"{MANIFEST} of the Hub repo {REPO} .*its disk .HF_HOME"):
        open_bundle(NAME)
