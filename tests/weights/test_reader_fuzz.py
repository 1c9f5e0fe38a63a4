"""Both readers of foreign checkpoints under damaged files: our errors alone come out, and soon."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mbtiface.errors import MbtifaceError
from mbtiface.weights import read_psp_checkpoint, read_stylegan2_pickle
from tests.golden_files import golden_dir
from tests.weights import hostile_files as hostile

SNAPSHOT = (golden_dir() / "11a_snapshot_p4.pkl").read_bytes()
ARCHIVE = (golden_dir() / "11b_psp_container.pt").read_bytes()
LEGACY = (golden_dir() / "11c_stylegan2_container_legacy.pt").read_bytes()
SMALL = (hostile.archive(hostile.one_tensor()), hostile.legacy())
# The files of toy size are read in a moment, the golden ones in a third of a second.
FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,  # the same files in every run; what longer runs find becomes a case
    database=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=300)
Reader = Callable[[Path], object]
Damage = tuple[str, float, bytes]
damages = st.lists(
    st.tuples(
        st.sampled_from(["overwrite", "insert", "remove", "cut", "repeat"]),
        st.floats(0, 1, exclude_max=True),
        st.one_of(
            st.binary(min_size=1, max_size=8),
            st.sampled_from([b"\xff" * 4, b"\xff" * 8, b"R", b"Q", b"b", b"\x81", b"\x93", b"tR"]),
            st.sampled_from([b"cos\nsystem\n", b"cbuiltins\neval\n", b"h\x00", b"\x00" * 8]),
        ),
    ),
    min_size=1,
    max_size=4,
)


def damaged(content: bytes, done: list[Damage]) -> bytes:
    """The content after each damage: what, at which share of it, with which bytes."""
    for kind, share, given_bytes in done:
        at = int(share * len(content))
        size = len(given_bytes)
        if kind == "overwrite":
            content = content[:at] + given_bytes + content[at + size :]
        elif kind == "insert":
            content = content[:at] + given_bytes + content[at:]
        elif kind == "remove":
            content = content[:at] + content[at + size :]
        elif kind == "cut":
            content = content[: max(at, 1)]
        else:
            content = content[:at] + content[max(at - 20 * size, 0) :]
    return content


def survives(read: Reader, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with suppress(MbtifaceError):
        read(path)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "damaged"


@FEW
@given(done=damages)
def test_a_damaged_snapshot(path: Path, done: list[Damage]) -> None:
    survives(read_stylegan2_pickle, path, damaged(SNAPSHOT, done))


@FEW
@given(done=damages, whole=st.sampled_from([ARCHIVE, LEGACY]))
def test_a_damaged_checkpoint(path: Path, done: list[Damage], whole: bytes) -> None:
    survives(read_psp_checkpoint, path, damaged(whole, done))


@MANY
@given(done=damages, whole=st.sampled_from(SMALL))
def test_a_damaged_small_checkpoint(path: Path, done: list[Damage], whole: bytes) -> None:
    survives(read_psp_checkpoint, path, damaged(whole, done))


@MANY
@given(done=damages)
def test_a_damaged_small_snapshot(path: Path, done: list[Damage]) -> None:
    whole = hostile.nested_stream(hostile.storage_stream())
    survives(read_stylegan2_pickle, path, damaged(whole, done))


@MANY
@given(done=damages)
def test_an_archive_around_a_damaged_pickle(path: Path, done: list[Damage]) -> None:
    survives(read_psp_checkpoint, path, hostile.archive(damaged(hostile.one_tensor(), done)))


@MANY
@given(content=st.binary(max_size=200), head=st.sampled_from([b"", b"\x80\x04", b"PK\x03\x04"]))
def test_noise(path: Path, content: bytes, head: bytes) -> None:
    for read in (read_stylegan2_pickle, read_psp_checkpoint):
        survives(read, path, head + content or b"\0")
