"""What an attacker gets of a bundle: nothing. One test for each way."""

import json
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mbtiface.errors import BundleError
from mbtiface.faces.averages import Averages
from mbtiface.weights.bundle import check_tensors, load_generator, open_bundle
from mbtiface.weights.manifest import MANIFEST
from mbtiface.weights.writing import write_manifest
from tests.program_files import ROOT
from tests.toy_bundle import ARGS, NUM_WS, W_DIM, toy_manifest, write_toy_bundle

GENERATOR = "generator.safetensors"
TWO_GB = 2 * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "toy")


def read_all(folder: Path) -> None:
    """Open a bundle, build its generator and check its averages, as the app does."""
    bundle = open_bundle(folder)
    load_generator(bundle)
    if bundle.files("faces"):
        tensors = bundle.tensors("faces")
        check_tensors(tensors, Averages.shapes(NUM_WS, W_DIM), folder / "faces.safetensors")


def list_anew(folder: Path) -> None:
    """Let the manifest list the files as they are now, as an attacker would."""
    write_manifest(folder, toy_manifest())


def write_header(path: Path, header: object, data: bytes = b"", length: int | None = None) -> None:
    """Write a safetensors file by hand; `length` is what it says of its header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)


def entry(start: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


HEADERS: dict[str, Callable[[Path], None]] = {
    "a header longer than the file": lambda path: write_header(path, {}, length=10**6),
    "a header of 2 to the 64 bytes": lambda path: write_header(path, {}, length=2**64 - 1),
    "a header that is no JSON": lambda path: write_header(path, b"\xff{not json"),
    "an empty file": lambda path: path.write_bytes(b""),
    "overlapping offsets": lambda path: write_header(
        path, {"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, bytes(12)
    ),
    "offsets beyond the file": lambda path: write_header(path, {"a": entry(0, 4000, [1000])}),
    "offsets that run backwards": lambda path: write_header(
        path, {"a": entry(8, 0, [2])}, bytes(8)
    ),
    "a shape that needs other bytes": lambda path: write_header(
        path, {"a": entry(0, 8, [1000, 1000])}, bytes(8)
    ),
    "a shape whose size overflows": lambda path: write_header(path, {"a": entry(0, 0, [2**62, 8])}),
    "a hole between two tensors": lambda path: write_header(
        path, {"a": entry(0, 4, [1]), "b": entry(8, 12, [1])}, bytes(12)
    ),
    "an unknown number format": lambda path: write_header(
        path, {"a": entry(0, 4, [1], "X9")}, bytes(4)
    ),
    "a number format without arithmetic": lambda path: write_header(
        path, {"a": entry(0, 4, [4], "F8_E4M3")}, bytes(4)
    ),
    "a header deep as a well": lambda path: write_header(path, b'{"a":' * 100_000),
    "a pickle": lambda path: path.write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR."),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_lying_file_of_tensors_is_refused(folder: Path, name: str) -> None:
    HEADERS[name](folder / GENERATOR)
    list_anew(folder)
    with pytest.raises(BundleError, match=f"{GENERATOR}"):
        read_all(folder)


LARGE = """
import sys
from pathlib import Path
from mbtiface.errors import BundleError
from mbtiface.weights.bundle import load_generator, open_bundle
try:
    load_generator(open_bundle(Path(sys.argv[1])))
except BundleError as error:
    print(error)
"""


def read_in_2_gb(folder: Path) -> str:
    """Read a bundle in a process that is ended beyond 2 GB or 60 s; returns what was refused."""
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limit_data,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def limit_data() -> None:
    """Bound what the process may allocate; importing torch itself takes some hundred MB."""
    resource.setrlimit(resource.RLIMIT_DATA, (TWO_GB, TWO_GB))


def test_100_mb_of_header_are_not_parsed(folder: Path) -> None:
    names = b",".join(
        b'"t%d":{"dtype":"F32","shape":[],"data_offsets":[0,0]}' % k for k in range(9)
    )
    filler = b'{"__metadata__":{"x":"' + b"y" * 100_000_000 + b'"},' + names + b"}"
    write_header(folder / GENERATOR, filler)
    list_anew(folder)
    said = read_in_2_gb(folder)
    assert f"its header says that it has {len(filler)} bytes" in said


def test_arguments_that_ask_for_all_memory_take_none(folder: Path) -> None:
    manifest = toy_manifest()
    args = {**manifest.networks["generator"].args, "w_dim": 65_536, "z_dim": 65_536}
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    content["networks"]["generator"]["args"] = args  # 137 GB of mapping network
    (folder / MANIFEST).write_text(json.dumps(content), "utf-8")
    said = read_in_2_gb(folder)
    assert "generator cannot be built from its arguments" in said
    assert "they ask for more numbers than its files hold" in said


@pytest.mark.parametrize(
    "args",
    [
        {"num_layers": 10**9},
        {"mapping_kwargs": {"num_layers": 5000}},
        {"w_dim": 2**40},
        {"w_dim": float("nan")},
        {"channels": [8] * 1000},
        {"channels": [[[[1]]]]},
    ],
)
def test_arguments_that_ask_for_all_time_take_none(folder: Path, args: dict[str, Any]) -> None:
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    content["networks"]["generator"]["args"] = ARGS | args
    (folder / MANIFEST).write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleError, match="generator cannot be built from its arguments"):
        read_all(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("part", ["generator", "faces"])
def test_weights_that_are_no_numbers_are_refused(folder: Path, part: str, value: float) -> None:
    tensors = load_file(folder / f"{part}.safetensors")
    name = max(tensors, key=lambda key: tensors[key].numel())
    tensors[name].view(-1)[-1] = value
    save_file(tensors, folder / f"{part}.safetensors")
    list_anew(folder)
    with pytest.raises(BundleError, match=f"{name} holds values that are not finite"):
        read_all(folder)


def test_a_manifest_of_10_000_files_is_refused(folder: Path) -> None:
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    spec = {"size": 0, "sha256": "0" * 64}
    content["files"] = {f"part-{k}.safetensors": spec for k in range(10_000)}
    (folder / MANIFEST).write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleError, match="lists 10000 files, but a bundle has at most 256"):
        read_all(folder)


@pytest.mark.parametrize(
    "content",
    [b"[" * 1_000_000, b" " * 5_000_000, b'{"format_version": ' + b"1" * 10_000 + b"}"],
    ids=["deep", "large", "a number of 10000 digits"],
)
def test_a_manifest_that_is_a_trap_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError, match=MANIFEST):
        read_all(folder)


def test_a_link_out_of_the_bundle_is_refused(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes((folder / GENERATOR).read_bytes())
    (folder / GENERATOR).unlink()
    (folder / GENERATOR).symlink_to(secret)
    with pytest.raises(BundleError, match=f"{GENERATOR} is a link that leads out of the bundle"):
        read_all(folder)


def test_a_manifest_that_is_a_link_out_of_the_bundle_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    (folder / MANIFEST).rename(tmp_path / "elsewhere.json")
    (folder / MANIFEST).symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(BundleError, match=f"{MANIFEST} is a link that leads out of the bundle"):
        read_all(folder)


def test_a_link_inside_the_bundle_is_no_trouble(folder: Path) -> None:
    (folder / GENERATOR).rename(folder / ".kept")
    (folder / GENERATOR).symlink_to(".kept")
    read_all(folder)


def test_a_link_in_a_circle_is_refused(folder: Path) -> None:
    (folder / GENERATOR).unlink()
    (folder / GENERATOR).symlink_to(GENERATOR)
    with pytest.raises(BundleError, match=GENERATOR):
        read_all(folder)


def test_a_device_is_not_read(folder: Path) -> None:
    (folder / GENERATOR).unlink()
    (folder / GENERATOR).symlink_to("/dev/zero")
    with pytest.raises(BundleError, match=f"{GENERATOR} is a link that leads out"):
        read_all(folder)


def test_tensors_of_another_kind_do_not_reach_a_network(folder: Path) -> None:
    tensors = load_file(folder / GENERATOR)
    name = next(iter(tensors))
    write = {key: value.float() for key, value in tensors.items()}
    write[name] = torch.zeros(tensors[name].shape, dtype=torch.complex64)
    save_file(write, folder / GENERATOR)
    list_anew(folder)
    with pytest.raises(BundleError, match=f"{name} holds C64"):
        read_all(folder)
