"""Files made to do harm, each a few bytes to 200 MB: pickles, and archives around them.

Where a pickle could run something, that would leave `CANARY` in the folder that it lies in.
"""

import io
import pickle
import pickletools
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

CANARY = "canary"
PROTO = b"\x80\x04"
PERSISTENT = (
    b"\x80\x02}X\x05\x00\x00\x00g_ema}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n(%b"
    b"K\x00K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRss."
)
STORAGE = (
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu%btQ"
)
COUNT = b"\x8a\x08%b"
"""A pickle of one tensor of four numbers; its storage; the storage's count of elements."""


def text(value: str) -> bytes:
    """The operation that puts a text on the stack."""
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def called(module: str, name: str, *arguments: str) -> bytes:
    """A pickle whose `G_ema` is what a function gives."""
    call = f"c{module}\n{name}\n".encode() + b"(" + b"".join(map(text, arguments)) + b"tR"
    return PROTO + b"}" + text("G_ema") + call + b"s."


def leaving(folder: Path) -> str:
    """A shell command and, all the same, a Python expression's tail, that leave the canary."""
    return f"touch {folder / CANARY}"


def python_leaving(folder: Path) -> str:
    """A Python expression that leaves the canary."""
    return f"open({str(folder / CANARY)!r}, 'w')"


class Chain:
    """Pickled, a call of what another call gives."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


def chain(folder: Path) -> bytes:
    """`getattr(__import__("os"), "system")(...)`, by nested `__reduce__`."""
    system = Chain(getattr, Chain(__import__, "os"), "system")
    inner = pickle.dumps(system)[2:-1]
    call = PROTO + b"}" + text("G_ema") + inner + b"(" + text(leaving(folder)) + b"tRs."
    assert list(pickletools.genops(call))
    return call


def nested_stream(content: bytes, more: bytes = b"") -> bytes:
    """A snapshot with one tensor, its storage's stream as given, named a thousand times over.

    `more` are further entries of the network's state.
    """
    blob = b"B" + struct.pack("<I", len(content)) + content
    storage = b"ctorch.storage\n_load_from_bytes\n" + blob + b"\x85R"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage
    tensor += b"K\x00K\x01\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRq\x01"
    parameters = text("w0") + tensor + b"".join(text(f"w{i}") + b"h\x01" for i in range(1, 1000))
    state = text("_parameters") + b"}(" + parameters + b"u" + more
    meta = text("type") + text("class") + text("class_name") + text("G")
    meta += text("state") + b"}(" + state + b"u"
    call = b"ctorch_utils.persistence\n_reconstruct_persistent_obj\n}(" + meta + b"u\x85R"
    return PROTO + b"}" + text("G_ema") + call + b"s."


def layer_of_itself() -> bytes:
    """A snapshot whose network has itself as a layer."""
    state = b"}q\x01" + text("_modules") + b"}q\x02s"
    meta = b"}(" + text("type") + text("class") + text("class_name") + text("G") + text("state")
    call = b"ctorch_utils.persistence\n_reconstruct_persistent_obj\n" + meta + state + b"u\x85R"
    return (
        PROTO + b"}" + text("G_ema") + call + b"q\x03sq\x04h\x02" + text("again") + b"h\x03sh\x04."
    )


def storage_stream(middle: bytes = b"") -> bytes:
    """The legacy stream of a storage of one number; `middle` are operations without effect."""
    storage = b"\x80\x02" + middle + in_legacy(STORAGE % b"K\x01") + b"."
    return legacy_head() + storage + pickle.dumps(["0"], 2) + struct.pack("<q", 1) + bytes(4)


def archive(
    pickled: bytes,
    storage: bytes = bytes(16),
    compression: int = zipfile.ZIP_STORED,
    **others: bytes,
) -> bytes:
    """A torch archive with one storage; `others` are further members by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as opened:
        opened.writestr("a/data.pkl", pickled)
        opened.writestr("a/data/0", storage)
        opened.writestr("a/version", b"3\n")
        for name, content in others.items():
            opened.writestr(name, content)
    return made.getvalue()


def one_tensor(count: int = 4) -> bytes:
    """The pickle of a checkpoint of one tensor, its storage said to have `count` elements."""
    return PERSISTENT % (STORAGE % (COUNT % struct.pack("<q", count)))


def legacy_head() -> bytes:
    """How a legacy file begins: everything before its object."""
    whole = io.BytesIO()
    torch.save({}, whole, _use_new_zipfile_serialization=False)
    return whole.getvalue()[: -len(pickle.dumps({}, 2)) - len(pickle.dumps([], 2))]


def in_legacy(pickled: bytes) -> bytes:
    """A pickle with its storage as the legacy format names it: with one more entry."""
    return pickled.replace(b"tQ", b"NtQ")


def legacy(count: int = 4, real: int = 4) -> bytes:
    """A legacy file of one tensor, its storage said to have `count` elements, later `real`."""
    keys = pickle.dumps(["0"], 2)
    return legacy_head() + in_legacy(one_tensor(count)) + keys + struct.pack("<q", real) + bytes(16)


def tuples(depth: int) -> bytes:
    """Operations for a tuple of two tuples of two tuples ...: small, but endless to compare."""
    return b")" + b"q\x00h\x00\x86" * depth


def many_members(count: int) -> bytes:
    """An archive whose list of members alone would take gigabytes once read."""
    whole = archive(one_tensor())
    entry = whole[whole.index(b"PK\x01\x02") : whole.index(b"PK\x05\x06")]
    start = whole.index(b"PK\x01\x02")
    listed = entry * count
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 3, 3, len(listed), start, 0)
    return whole[:start] + listed + end
