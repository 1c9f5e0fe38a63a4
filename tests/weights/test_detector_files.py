import hashlib
import time
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.weights import detector_files
from mbtiface.weights.detector_files import DETECTOR, HubFile, cached, fetch, read_state


def test_without_a_network_it_says_so_quickly() -> None:
    before = time.monotonic()
    with pytest.raises(SourceError, match="Connect this machine to the Hub"):
        fetch(DETECTOR)
    assert cached(DETECTOR) is None
    assert time.monotonic() - before < 10


def test_a_hub_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        huggingface_hub, "get_hf_file_metadata", lambda url, timeout: time.sleep(20)
    )
    before = time.monotonic()
    with pytest.raises(SourceError, match=r"no answer in 0.1 s"):
        fetch(DETECTOR, deadline_s=0.1)
    assert time.monotonic() - before < 10


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[HubFile, Path]:
    """A file that lies in the Hub's cache."""
    path = tmp_path / "weights.pth"
    torch.save({"module.a.weight": torch.arange(3.0), "b": torch.ones(2)}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(detector_files, "cached", lambda file: path)
    return HubFile("owner/name", path.name, digest), path


def test_what_the_cache_holds_needs_no_network(stored: tuple[HubFile, Path]) -> None:
    file, path = stored
    assert fetch(file) == path


def test_another_file_of_the_same_name_is_refused(stored: tuple[HubFile, Path]) -> None:
    file, path = stored
    with pytest.raises(SourceError, match=f"{path} has sha256 {file.sha256}, .* Delete it"):
        fetch(replace(file, sha256="0" * 64))


def test_tensors_are_read_by_their_plain_names(stored: tuple[HubFile, Path]) -> None:
    state = read_state(stored[1])
    assert set(state) == {"a.weight", "b"}
    assert state["a.weight"].tolist() == [0, 1, 2]


def test_tensors_beside_other_things_are_found(tmp_path: Path) -> None:
    torch.save({"state_dict": {"c": torch.zeros(1)}, "epoch": 3}, tmp_path / "run.pth")
    assert set(read_state(tmp_path / "run.pth")) == {"c"}


class Hostile:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("/nonexistent/opened-by-a-pickle", "w")


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    torch.save({"a": Hostile()}, tmp_path / "hostile.pth")
    with pytest.raises(SourceError, match="cannot be read as tensors"):
        read_state(tmp_path / "hostile.pth")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged.pth").write_bytes(b"\x80\x02 no tensors")
    with pytest.raises(SourceError, match="Delete it"):
        read_state(tmp_path / "damaged.pth")
