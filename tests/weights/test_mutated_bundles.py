"""Bundles changed at random: each opens, or is refused by an error of ours, and nothing else."""

import hashlib
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mbtiface.errors import MbtifaceError
from mbtiface.faces.averages import Averages
from mbtiface.weights.bundle import check_tensors, load_generator, open_bundle
from mbtiface.weights.manifest import MANIFEST
from tests.toy_bundle import ARGS, NUM_WS, W_DIM, write_toy_bundle

GENERATOR = "generator.safetensors"
FUZZ = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,  # the same changes in every run; what longer runs find becomes a case
    database=None,
    suppress_health_check=list(HealthCheck),
)
ENTRIES = ("name", "version", "license", "resolution", "networks", "files", "credits")
ENTRIES += ("provenance", "metrics", "forbidden_use", "format_version")
TEXTS = ("", "a", "generator", "..", "/", "\0", "\ud800", "x" * 300, "MobileGenerator", "\u202e")
NUMBERS = (0, 1, -1, 3, 7, 512, 2**31, 2**63, -(2**64), 10**400, 0.5, 1e308, math.nan, math.inf)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a toy bundle."""
    folder = write_toy_bundle(tmp_path_factory.mktemp("whole") / "toy")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def some_json(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON value, often one that a careless reader trips over."""
    kind = chance.randrange(8 if depth < 3 else 5)
    if kind == 0:
        return chance.choice((None, True, False))
    if kind in (1, 2):
        return chance.choice(NUMBERS)
    if kind in (3, 4):
        return chance.choice(TEXTS)
    inside = [some_json(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 5:
        return inside
    return {chance.choice((*TEXTS, "kind", "args", "size")): value for value in inside}


def change_bytes(chance: random.Random, data: bytes, within: int) -> bytes:
    """Change some bytes among the first `within`; at times cut the end off, or add to it."""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 9)):
        changed[chance.randrange(within)] = chance.randrange(256)
    tail = chance.choice((0, 0, 0, 1, 7, 40))
    return bytes(changed[:-tail]) if tail else bytes(changed) + bytes(chance.choice((0, 0, 5)))


def change_tensors(chance: random.Random, files: dict[str, bytes]) -> None:
    data = files[GENERATOR]
    header = 8 + int.from_bytes(data[:8], "little")
    files[GENERATOR] = change_bytes(chance, data, chance.choice((8, header, len(data))))
    spec = {"size": len(files[GENERATOR]), "sha256": sha256(files[GENERATOR])}
    change_manifest(files, lambda content: content["files"].update({GENERATOR: spec}))


def change_manifest_bytes(chance: random.Random, files: dict[str, bytes]) -> None:
    data = files[MANIFEST]
    files[MANIFEST] = change_bytes(chance, data, len(data))


def change_entry(chance: random.Random, files: dict[str, bytes]) -> None:
    name, value = chance.choice(ENTRIES), some_json(chance)
    change_manifest(files, lambda content: content.update({name: value}))


def change_argument(chance: random.Random, files: dict[str, bytes]) -> None:
    name, value = chance.choice(sorted(ARGS)), some_json(chance)
    change_manifest(
        files, lambda content: content["networks"]["generator"]["args"].update({name: value})
    )


def change_file_entry(chance: random.Random, files: dict[str, bytes]) -> None:
    name = chance.choice((*TEXTS, GENERATOR, "encoder.safetensors", MANIFEST))
    spec = {"size": some_json(chance), "sha256": some_json(chance)}
    if chance.random() < 0.2:
        spec = some_json(chance)
    change_manifest(files, lambda content: content["files"].update({name: spec}))


def change_manifest(files: dict[str, bytes], change: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads(files[MANIFEST])
    change(content)
    files[MANIFEST] = json.dumps(content).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_all(folder: Path) -> None:
    """Open a bundle, build its generator and check its averages, as the app does."""
    bundle = open_bundle(folder)
    load_generator(bundle)
    if bundle.files("faces"):
        tensors = bundle.tensors("faces")
        check_tensors(tensors, Averages.shapes(NUM_WS, W_DIM), folder / "faces.safetensors")


CHANGES = (change_tensors, change_manifest_bytes, change_entry, change_argument, change_file_entry)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_bundle_raises_nothing_unforeseen(
    whole: dict[str, bytes],
    tmp_path: Path,
    change: Callable[[random.Random, dict[str, bytes]], None],
) -> None:
    refused = []

    @FUZZ
    @given(st.randoms(use_true_random=False))
    def changed(chance: random.Random) -> None:
        files = dict(whole)
        change(chance, files)
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        try:
            read_all(tmp_path)
        except MbtifaceError as error:
            refused.append(error)

    changed()
    assert refused
