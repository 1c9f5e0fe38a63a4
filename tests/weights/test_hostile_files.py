"""What whoever hands us a checkpoint can do: nothing. No code runs, nothing hangs, 2 GB suffice."""

import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reading_child import Child
from tests.weights import hostile_files as hostile
from tests.weights.hostile_files import CANARY, PROTO, archive, called, legacy, one_tensor, text

LIMIT_S = 120.0
"""For one file; the slowest takes some seconds, on a busy machine several times as many."""
LIMIT_BYTES = 2_000_000_000
Make = Callable[[Path], bytes]
FLOOD = 100_000_000

PICKLES: dict[str, tuple[Make, str]] = {
    "os.system": (
        lambda folder: called("os", "system", hostile.leaving(folder)),
        "'os', 'system'",
    ),
    "posix.system": (
        lambda folder: called("posix", "system", hostile.leaving(folder)),
        "'posix', 'system'",
    ),
    "eval": (
        lambda folder: called("builtins", "eval", hostile.python_leaving(folder)),
        "'builtins', 'eval'",
    ),
    "exec by its old name": (
        lambda folder: called("__builtin__", "exec", hostile.python_leaving(folder)),
        "'__builtin__', 'exec'",
    ),
    "getattr": (lambda _: called("builtins", "getattr", "a", "upper"), "'builtins', 'getattr'"),
    "subprocess": (
        lambda folder: called("subprocess", "getoutput", hostile.leaving(folder)),
        "'subprocess', 'getoutput'",
    ),
    "torch.load inside": (
        lambda folder: called("torch.serialization", "load", str(folder / "other.pt")),
        "'torch.serialization', 'load'",
    ),
    "a dotted name": (
        lambda _: called("torch._utils", "_rebuild_tensor_v2.__globals__"),
        "_rebuild_tensor_v2.__globals__",
    ),
    "a chain of __reduce__": (hostile.chain, "'builtins', 'getattr'"),
    "an instance of a class": (
        lambda folder: PROTO + b"(" + text(hostile.leaving(folder)) + b"ios\nsystem\n.",
        "the pickle operation b'i'",
    ),
    "an object of a class": (lambda _: PROTO + b"(cos\nsystem\no.", "'os', 'system'"),
    "an extension": (lambda _: PROTO + b"\x82\x01.", "the pickle operation b'\\x82'"),
    "a state for a name": (
        lambda _: PROTO + b"ccollections\nOrderedDict\n}b.",
        "sets the state of a Maker",
    ),
    "a call of a call's answer": (
        lambda _: PROTO + b"ccollections\nOrderedDict\n)R)R.",
        "calls something that is no name",
    ),
    "a text in an older spelling": (lambda _: PROTO + b"V a\n.", "the pickle operation b'V'"),
    "2^62 bytes announced": (
        lambda _: PROTO + b"\x8e" + struct.pack("<Q", 1 << 62) + b".",
        "bytes are announced",
    ),
    "a text of 2^62 bytes announced": (
        lambda _: PROTO + b"\x8d" + struct.pack("<Q", 1 << 62) + b".",
        "bytes is announced",
    ),
    "a value kept under 2^31": (lambda _: PROTO + b"Nr\xff\xff\xff\x7f.", "under the number"),
    "100 MB of operations": (
        lambda _: PROTO + b"]" * FLOOD + b".",
        "more operations than any checkpoint",
    ),
    "100 MB of text": (
        lambda _: PROTO + text("a" * FLOOD) + b".",
        "texts are longer than those of any checkpoint",
    ),
    "a key that is endless to compare": (
        lambda _: PROTO + b"}" + hostile.tuples(100) + b"Ns.",
        "has a tuple as a key",
    ),
    "a name that is endless to print": (
        lambda _: PROTO + hostile.tuples(100) + b"q\x00h\x00\x93.",
        "a name that is no text",
    ),
    "values that are not there": (lambda _: PROTO + b"su0.", "takes a value that is not there"),
}
SNAPSHOTS: dict[str, tuple[Make, str]] = {
    "a persistent id": (lambda _: PROTO + text("os.system") + b"Q.", "a value outside itself"),
    "arguments nested 2^100 times": (
        lambda _: hostile.nested_stream(
            hostile.storage_stream(),
            text("_init_kwargs") + b"}" + text("a") + hostile.tuples(100) + b"s",
        ),
        "nested too deep, or holds too many values",
    ),
    "a layer inside itself": (lambda _: hostile.layer_of_itself(), "nested too deep"),
    "a call inside a tensor": (
        lambda folder: hostile.nested_stream(called("os", "system", hostile.leaving(folder))),
        "'os', 'system'",
    ),
    "a costly stream inside, named a thousand times": (
        lambda _: hostile.nested_stream(hostile.storage_stream(b"K\x00\x85" * 100_000)),
        "more operations than any checkpoint",
    ),
}
CHECKPOINTS: dict[str, tuple[Make, str]] = {
    "a persistent id that is no storage": (
        lambda _: archive(b"\x80\x02}" + text("g_ema") + text("os.system") + b"Qs."),
        "no storage",
    ),
    "a persistent id of a module": (
        lambda _: archive(b"\x80\x02(" + text("module") + text("os") + b"tQ."),
        "no storage",
    ),
    "a storage said to be 4 TB": (
        lambda _: archive(one_tensor(1 << 40)),
        "announces a storage of 4398046511104 bytes",
    ),
    "a storage said to be 1 GB": (
        lambda _: archive(one_tensor(1 << 28)),
        "should have 1073741824 bytes, but has 16",
    ),
    "a storage of fewer than no elements": (
        lambda _: archive(one_tensor(-4)),
        "a storage has -4 elements",
    ),
    "a legacy storage said to be 4 TB": (lambda _: legacy(1 << 40), "announces a storage of"),
    "a legacy storage said to be 1 GB": (lambda _: legacy(1 << 28, 4), "lies about its size"),
    "a legacy storage cut short": (lambda _: legacy(1 << 28, 1 << 28), "cut short"),
    "a tensor outside its storage": (
        lambda _: archive(one_tensor(1), bytes(4)),
        "lies outside its storage",
    ),
    "a tensor of 10^12 numbers, one stored": (
        lambda _: archive(
            one_tensor().replace(
                b"K\x04\x85K\x01\x85",
                b"\x8a\x06" + (10**12).to_bytes(6, "little") + b"\x85K\x00\x85",
            )
        ),
        "out of range",
    ),
    "a tensor of 10^9 numbers, one stored": (
        lambda _: archive(
            one_tensor().replace(b"K\x04\x85K\x01\x85", b"J\x00\xca\x9a\x3b\x85K\x00\x85")
        ),
        "larger than 1500000000 bytes",
    ),
    "a bomb: 200 MB of zeros compressed": (
        lambda _: archive(one_tensor(), bytes(200_000_000), zipfile.ZIP_DEFLATED),
        "is compressed",
    ),
    "a path out of the archive": (
        lambda _: archive(one_tensor(), **{"../../escaped": b"x"}),
        "'../../escaped', which no checkpoint has",
    ),
    "an absolute path": (
        lambda _: archive(one_tensor(), **{"/etc/escaped": b"x"}),
        "'/etc/escaped', which no checkpoint has",
    ),
    "a path out of its folder": (
        lambda _: archive(one_tensor(), **{"a/data/../../../x": b"x"}),
        "which no checkpoint has",
    ),
    "a script inside": (
        lambda _: archive(one_tensor(), **{"a/code/__torch__.py": b"x", "a/constants.pkl": b"x"}),
        "which no checkpoint has",
    ),
    "a list of 200 MB of members": (
        lambda _: hostile.many_members(1_200_000),
        "its list of members has",
    ),
}
"""Kind of file -> what it is made by, and what the message says."""


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    running = Child(LIMIT_S)
    yield running
    running.end()


def check(child: Child, reader: str, folder: Path, content: bytes, message: str) -> None:
    path = folder / "hostile.pt"
    path.write_bytes(content)
    answer = child.read(reader, path)
    assert answer["error"] == "SourceError", answer
    assert message in answer["message"]
    assert answer["taken_bytes"] < LIMIT_BYTES
    assert sorted(each.name for each in folder.iterdir() if each.is_file()) == ["hostile.pt"]
    assert not (folder / CANARY).exists()


@pytest.mark.parametrize("name", PICKLES)
def test_a_hostile_pickle_as_a_snapshot(name: str, child: Child, tmp_path: Path) -> None:
    make, message = PICKLES[name]
    check(child, "read_stylegan2_pickle", tmp_path, make(tmp_path), message)


@pytest.mark.parametrize("name", [name for name in PICKLES if "100 MB" not in name])
def test_a_hostile_pickle_in_an_archive(name: str, child: Child, tmp_path: Path) -> None:
    make, message = PICKLES[name]
    check(child, "read_psp_checkpoint", tmp_path, archive(make(tmp_path)), message)


@pytest.mark.parametrize("name", PICKLES)
def test_a_hostile_pickle_as_a_legacy_file(name: str, child: Child, tmp_path: Path) -> None:
    make, message = PICKLES[name]
    check(child, "read_psp_checkpoint", tmp_path, make(tmp_path), message)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_hostile_snapshot(name: str, child: Child, tmp_path: Path) -> None:
    make, message = SNAPSHOTS[name]
    check(child, "read_stylegan2_pickle", tmp_path, make(tmp_path), message)


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_hostile_checkpoint(name: str, child: Child, tmp_path: Path) -> None:
    make, message = CHECKPOINTS[name]
    check(child, "read_psp_checkpoint", tmp_path, make(tmp_path), message)


def test_the_makers_make_readable_files_where_they_are_not_told_to_lie(
    child: Child, tmp_path: Path
) -> None:
    snapshot = hostile.nested_stream(hostile.storage_stream())
    files = {
        "read_psp_checkpoint": (archive(one_tensor()), legacy()),
        "read_stylegan2_pickle": (snapshot,),
    }
    for reader, contents in files.items():
        for content in contents:
            path = tmp_path / "fine.pt"
            path.write_bytes(content)
            assert child.read(reader, path)["error"] is None


def test_the_child_would_say_if_code_ran_or_time_went_by(tmp_path: Path) -> None:
    running = Child(limit_s=0.0)
    path = tmp_path / "fine.pt"
    path.write_bytes(archive(one_tensor()))
    with pytest.raises(TimeoutError):
        running.read("read_psp_checkpoint", path)
    running.end()
