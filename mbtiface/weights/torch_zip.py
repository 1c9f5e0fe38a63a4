"""The zip archives that torch writes: checked to be plain before torch's own reader opens them."""

import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from mbtiface.errors import SourceError
from mbtiface.weights.plain_values import Buffer

MAX_DIRECTORY_BYTES = 4 << 20
"""Of the list of members; the largest published checkpoint has 800 of some 80 bytes."""
MAX_PICKLE_BYTES = 64 << 20
MEMBER = b"PK\x03\x04"
END_SIZE = 22
END = b"PK\x05\x06"
END64_LOCATOR = b"PK\x06\x07"
END64 = b"PK\x06\x06"
KNOWN = ("data.pkl", "version", "byteorder")
"""Members besides the storages (`data/7`) and those whose name begins with a dot."""


@dataclass(frozen=True)
class Archive:
    """A torch archive whose members lie uncompressed, side by side, within the file."""

    pickle: bytes
    """The object, its storages by key."""
    sizes: Mapping[str, int]
    """Key of a storage -> its bytes."""


def check_archive(opened: BinaryIO, data: Buffer, where: str) -> Archive:
    """Check an archive's list of members, and read its pickle.

    Args:
        opened: the file.
        data: its bytes.
        where: names the file in messages.

    Raises:
        SourceError: compressed, overlapping, oddly named, or unknown members; a damaged archive.
    """
    _check_directory(data, where)
    try:
        with zipfile.ZipFile(opened) as archive:
            members = archive.infolist()
            _check_members(members, data, where)
            inside = _inside(members, where)
            pickle = archive.read(inside["data.pkl"])
            if "byteorder" in inside and archive.read(inside["byteorder"]) != b"little":
                _refuse(where, "its numbers are not little-endian")
    except (zipfile.BadZipFile, struct.error, ValueError, RuntimeError, OSError) as error:
        _refuse(where, f"it is no whole zip archive ({error})")
    prefix = "data/"
    sizes = {
        name.removeprefix(prefix): each.file_size
        for name, each in inside.items()
        if name.startswith(prefix)
    }
    return Archive(pickle, sizes)


def _refuse(where: str, why: str) -> NoReturn:
    raise SourceError(
        f"{where} is no checkpoint that this program reads: {why}. "
        "It is damaged, or made to do harm; fetch it again from where it was published."
    )


def _check_directory(data: Buffer, where: str) -> None:
    """Refuse lists of members that would take too much memory, and a second end of the archive.

    Every reader of archives finds this one, for nothing comes after it.
    """
    tail = bytes(data[max(len(data) - END_SIZE, 0) :])
    if len(tail) < END_SIZE or tail[:4] != END or tail[-2:] != b"\0\0":
        _refuse(where, "it does not end as a zip archive; it may be cut short")
    count, size = struct.unpack("<H", tail[10:12])[0], struct.unpack("<I", tail[12:16])[0]
    if count == 0xFFFF or size == 0xFFFFFFFF:
        locator = bytes(data[len(data) - END_SIZE - 20 : len(data) - END_SIZE])
        if locator[:4] != END64_LOCATOR:
            _refuse(where, "its end is damaged")
        start = struct.unpack("<Q", locator[8:16])[0]
        record = bytes(data[start : start + 56])
        if record[:4] != END64 or len(record) != 56:
            _refuse(where, "its end is damaged")
        size = struct.unpack("<Q", record[40:48])[0]
    if size > MAX_DIRECTORY_BYTES:
        _refuse(where, f"its list of members has {size} bytes")


def _check_members(members: list[zipfile.ZipInfo], data: Buffer, where: str) -> None:
    """Refuse whatever does not lie as it is, where it is said to, by itself."""
    end = 0
    for each in sorted(members, key=lambda member: member.header_offset):
        name = each.filename[:80]
        if each.compress_type != zipfile.ZIP_STORED or each.file_size != each.compress_size:
            _refuse(where, f"its member {name!r} is compressed")
        if each.flag_bits & 1:
            _refuse(where, f"its member {name!r} is encrypted")
        header = bytes(data[each.header_offset : each.header_offset + 30])
        if each.header_offset < end or len(header) < 30 or header[:4] != MEMBER:
            _refuse(where, f"its member {name!r} overlaps another or lies outside the file")
        # Lengths of the name and of the padding, by which readers find the first byte.
        end = each.header_offset + 30 + sum(struct.unpack("<HH", header[26:30])) + each.file_size
    if end > len(data):
        _refuse(where, "its members are larger than the file")


def _inside(members: list[zipfile.ZipInfo], where: str) -> dict[str, zipfile.ZipInfo]:
    """Members by their names inside the archive's one folder: what torch writes, each once."""
    folder = members[0].filename.split("/")[0] if members else ""
    inside = {each.filename.removeprefix(f"{folder}/"): each for each in members}
    if folder in ("", ".", "..") or "\\" in folder or len(inside) != len(members):
        _refuse(where, "its members have no common folder, or one has two of a name")
    for name in inside:
        storage = name.startswith("data/") and name[5:].isascii() and name[5:].isdigit()
        hidden = name.startswith(".") and ".." not in name and "\\" not in name
        if not (storage or hidden or name in KNOWN):
            _refuse(where, f"it holds {name[:80]!r}, which no checkpoint has")
    if "data.pkl" not in inside:
        _refuse(where, "it holds no data.pkl; it is no checkpoint of torch")
    if inside["data.pkl"].file_size > MAX_PICKLE_BYTES:
        _refuse(where, f"its data.pkl has {inside['data.pkl'].file_size} bytes")
    return inside
