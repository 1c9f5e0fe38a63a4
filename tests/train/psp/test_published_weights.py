"""Published files: fetched from where the table or the options say, checked, read without code."""

import hashlib
import os
import pickle
import re
import socket
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mbtiface.errors import SourceError
from tests.train.psp.hub_stand_in import COMMIT, HubStandIn, point_hub_at, serving
from train.psp.published_weights import (
    TABLE,
    PublishedChoices,
    WeightFile,
    chosen,
    read_weights,
)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def local(path: Path) -> WeightFile:
    return WeightFile("net", "identity", path.name, sha256=sha256(path), path=path)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "net.pth"
    torch.save({"a": torch.arange(3.0), "epoch": 7}, path)
    return path


@pytest.fixture
def hub_entry(weights: Path) -> WeightFile:
    return WeightFile("net", "identity", "folder/net.pth", "owner/name", COMMIT, sha256(weights))


def test_the_table_is_sound() -> None:
    assert {each.term for each in TABLE.values()} == {"lpips", "identity", "moco"}
    for each in TABLE.values():
        assert each.sha256 is None or re.fullmatch("[0-9a-f]{64}", each.sha256)
        assert each.path is None
        if (named := re.search(r"-([0-9a-f]{8})\.pth$", each.file)) is not None:
            assert str(each.sha256).startswith(named[1])


def test_a_file_of_the_right_digest_is_read(weights: Path, tmp_path: Path) -> None:
    content = read_weights(local(weights))
    assert content["a"].tolist() == [0, 1, 2]
    assert content["epoch"] == 7
    save_file({"a": torch.arange(3.0)}, tmp_path / "net.safetensors")
    assert read_weights(local(tmp_path / "net.safetensors"))["a"].tolist() == [0, 1, 2]


def test_another_file_is_refused(weights: Path) -> None:
    entry = local(weights)
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_weights(entry)
    text = str(caught.value)
    assert f"has sha256 {sha256(weights)}, expected {entry.sha256}" in text
    assert "--options.weights.identity 0" in text


def test_without_a_digest_nothing_is_fetched_or_read(weights: Path) -> None:
    entry = WeightFile("net", "identity", "net.pth", "owner/name", path=weights)
    with pytest.raises(SourceError, match="--published.digests net SHA256.*weights.identity 0"):
        read_weights(entry)


class Hostile:
    """Makes a folder when it is loaded carelessly."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path) -> None:
    path, canary = tmp_path / "hostile.pth", tmp_path / "canary"
    torch.save({"a": torch.zeros(1), "b": Hostile(canary)}, path)
    torch.load(path, weights_only=False)
    assert canary.exists()  # the probe works
    canary.rmdir()
    with pytest.raises(SourceError, match="cannot be read as tensors"):
        read_weights(local(path))
    path.write_bytes(pickle.dumps(Hostile(canary), protocol=2))
    with pytest.raises(SourceError, match="cannot be read as tensors"):
        read_weights(local(path))
    assert not canary.exists()


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04half an archive"])
def test_rubbish_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read as tensors"):
        read_weights(local(tmp_path / name))


def test_a_file_comes_from_the_hub_once(
    weights: Path, hub_entry: WeightFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"owner/name/resolve/{COMMIT}/folder/net.pth"
    with serving(HubStandIn({path: weights.read_bytes()})) as hub:
        point_hub_at(hub.address, tmp_path / "cache", monkeypatch)
        assert read_weights(hub_entry)["epoch"] == 7
        assert set(hub.asked) == {f"HEAD /{path}", f"GET /{path}"}
        asked = len(hub.asked)
        assert read_weights(hub_entry)["epoch"] == 7
        assert len(hub.asked) == asked


def test_what_the_hub_sends_is_checked(
    hub_entry: WeightFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"owner/name/resolve/{COMMIT}/folder/net.pth"
    with serving(HubStandIn({path: b"something else"})) as hub:
        point_hub_at(hub.address, tmp_path / "cache", monkeypatch)
        with pytest.raises(SourceError, match="has sha256"):
            read_weights(hub_entry)


def check_names_all(error: SourceError) -> None:
    for part in ("identity", "owner/name", "folder/net.pth", COMMIT, "weights.identity 0"):
        assert part in str(error)


def test_a_file_that_the_hub_lacks(
    hub_entry: WeightFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(HubStandIn()) as hub:
        point_hub_at(hub.address, tmp_path / "cache", monkeypatch)
        with pytest.raises(SourceError) as caught:
            read_weights(hub_entry)
    check_names_all(caught.value)


def test_a_hub_that_does_not_answer_is_given_up_at_once(
    hub_entry: WeightFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        point_hub_at(address, tmp_path / "cache", monkeypatch)
        started = time.monotonic()
        with pytest.raises(SourceError) as caught:
            read_weights(hub_entry)
    check_names_all(caught.value)
    # The client's own retries would take 23 s.
    assert time.monotonic() - started < 15


def test_offline_says_so(hub_entry: WeightFile) -> None:
    with pytest.raises(SourceError, match="offline") as caught:
        read_weights(hub_entry)
    check_names_all(caught.value)


def test_a_file_without_a_repository_must_be_given() -> None:
    with pytest.raises(SourceError, match="--published.files alexnet PATH.*weights.lpips 0"):
        read_weights(TABLE["alexnet"])


def test_choices_replace_file_and_digest(weights: Path) -> None:
    digest = sha256(weights)
    choices = PublishedChoices({"moco-v2": str(weights)}, {"moco-v2": digest.upper()})
    entry = chosen("moco-v2", choices)
    assert (entry.term, entry.path, entry.sha256) == ("moco", weights, digest)
    assert read_weights(entry)["epoch"] == 7
    assert chosen("alexnet", choices) == TABLE["alexnet"]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("hf://a/b@v1/c/d.pth", ("a/b", "v1", "c/d.pth")),
        ("hf://a/b/d.pth", ("a/b", "main", "d.pth")),
    ],
)
def test_an_address_on_the_hub(address: str, place: tuple[str, str, str]) -> None:
    entry = chosen("alexnet", PublishedChoices({"alexnet": address}))
    assert (entry.repo, entry.revision, entry.file) == place
    assert entry.sha256 == TABLE["alexnet"].sha256


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (PublishedChoices({"vgg": "x"}), "named vgg; known are vgg16"),
        (PublishedChoices({"vgg16": "hf://a/b"}), "no address of vgg16"),
        (PublishedChoices({}, {"vgg16": "57b02691"}), "no sha256 of vgg16"),
    ],
)
def test_unusable_choices(choices: PublishedChoices, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        chosen("vgg16", choices)


def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    entry = chosen("vgg16", PublishedChoices({"vgg16": str(tmp_path / "none.pth")}))
    with pytest.raises(SourceError, match="none.pth.*is no file.*weights.lpips 0"):
        read_weights(entry)
