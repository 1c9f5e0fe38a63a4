"""What a bundle says of itself, written and read strictly."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mbtiface.errors import BundleError
from mbtiface.weights.manifest import FORMAT_VERSION, MANIFEST, FileSpec, read_manifest
from mbtiface.weights.writing import write_manifest
from tests.toy_bundle import toy_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text("a card")
    write_manifest(tmp_path, toy_manifest())
    return tmp_path


def change(folder: Path, **entries: Any) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | entries), "utf-8")


def test_there_and_back(folder: Path) -> None:
    manifest = read_manifest(folder)
    digest = hashlib.sha256(b"a card").hexdigest()
    assert manifest.files == {"README.md": FileSpec(len("a card"), digest)}
    written = toy_manifest()
    for name in ("name", "version", "license", "resolution", "credits", "forbidden_use"):
        assert getattr(manifest, name) == getattr(written, name)
    assert manifest.networks == written.networks
    assert write_manifest(folder, manifest) == manifest


def test_the_manifest_lists_neither_itself_nor_hidden_files(folder: Path) -> None:
    (folder / ".gitattributes").write_text("")
    assert set(write_manifest(folder, toy_manifest()).files) == {"README.md"}
    assert not list(folder.glob("*.partial"))


def test_a_folder_without_one(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=f"{tmp_path} is no bundle: it has no manifest.json"):
        read_manifest(tmp_path)
    with pytest.raises(BundleError, match="is no bundle"):
        read_manifest(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"[1, 2]", "holds no manifest"),
        (b'{"model_type": "gpt2"}', "has format version None; it is no bundle"),
        (b'{"format_version": "1"}', "has format version '1'"),
        (b'{"format_version": true}', "has format version True"),
        (b'{"format_version": 0}', "has format version 0"),
        (b'{"format_version": 1}', "incomplete or malformed"),
    ],
)
def test_no_manifest_of_this_program(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError, match=message):
        read_manifest(tmp_path)


def test_a_newer_format(folder: Path) -> None:
    change(folder, format_version=FORMAT_VERSION + 1)
    with pytest.raises(BundleError, match="has format version 2, but this program reads up to 1"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"colour": "red"}, "has unknown entries: colour"),
        ({"networks": ["generator"]}, "incomplete or malformed"),
        ({"networks": {"generator": {"kind": "Generator", "code": "x"}}}, "malformed .*code"),
        ({"networks": {"generator": {"args": {}}}}, "malformed .*kind"),
        ({"files": {"a.safetensors": {"size": 3}}}, "malformed .*sha256"),
        ({"resolution": "32"}, "resolution or version of the wrong type"),
        ({"version": 1}, "resolution or version of the wrong type"),
        ({"credits": 3}, "malformed"),
    ],
)
def test_malformed_entries(folder: Path, entries: dict[str, Any], message: str) -> None:
    change(folder, **entries)
    with pytest.raises(BundleError, match=message):
        read_manifest(folder)


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", "..", ".hidden", "sub/x.safetensors", "a\\b", ""]
)
def test_names_outside_the_folder(folder: Path, name: str) -> None:
    change(folder, files={name: {"size": 1, "sha256": "0" * 64}})
    with pytest.raises(BundleError, match="which is not a plain file name"):
        read_manifest(folder)
