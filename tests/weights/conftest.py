"""What tests of bundles by name share: a stand-in of the Hub, and a toy bundle on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toy_bundle import write_toy_bundle
from tests.weights.hub_server import HubServer, hub

REPO = "owner/toy"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The Hub's cache, empty at first."""
    return tmp_path / "cache"


@pytest.fixture
def server(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """The stand-in; huggingface_hub speaks to it."""
    with hub(cache, monkeypatch) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A toy bundle."""
    return write_toy_bundle(tmp_path / "toy")


@pytest.fixture
def commit(server: HubServer, folder: Path) -> str:
    """The commit of the bundle on the server, beside a file that is not in the manifest."""
    server.add(REPO, folder)
    return server.repos[REPO].commit({"pytorch_model.bin": b"never asked for"})
