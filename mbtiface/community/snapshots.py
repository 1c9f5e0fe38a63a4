"""All sums as one JSON text, and how a database that was lost gets them back.

A snapshot holds counts and sums: no token, no id, no time. It is read back into a database
only if that one held nothing when it was opened; rows that joined while the repo could not be
read are then added to, never replaced. Until a database has got back what the repo holds, its own
snapshot is not written: it would take the place of the only copy.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from mbtiface.community import fixed_point, store
from mbtiface.community.cells import Cell, CellSum
from mbtiface.community.schema import states
from mbtiface.errors import MbtifaceError, SourceError

FORMAT = 1
RESTORE = "restore"
LARGEST_SUM = 64 * 2**20
"""Bytes of one sum; beyond it the text is no snapshot of ours."""


def encode(cells: Mapping[Cell, CellSum]) -> bytes:
    """Write a snapshot; the same sums give the same bytes. About 70 kB a cell of [18, 512]."""
    entries = [
        {
            "bundle": cell.bundle,
            "version": cell.version,
            "code": cell.code,
            "gender": cell.gender,
            "joined": value.count,
            "shape": list(value.total.shape),
            "total": _packed(fixed_point.to_bytes(value.total)),
        }
        for cell, value in sorted(cells.items())
    ]
    header = {"format": FORMAT, "quantum": fixed_point.QUANTUM}
    return json.dumps(header | {"cells": entries}, indent=0).encode()


def decode(data: bytes) -> dict[Cell, CellSum]:
    """Read a snapshot.

    Raises:
        SourceError: it is damaged, or of a newer program.
    """
    try:
        snapshot = json.loads(data)
        found = snapshot["format"], snapshot["quantum"]
        if found != (FORMAT, fixed_point.QUANTUM):
            raise SourceError(
                f"The snapshot of the community averages has format and step {found}, but this "
                f"program reads {(FORMAT, fixed_point.QUANTUM)}. Update the program."
            )
        return dict(_read_entry(entry) for entry in snapshot["cells"])
    except SourceError:
        raise
    except (ValueError, KeyError, TypeError, zlib.error, binascii.Error, MbtifaceError) as error:
        raise SourceError(
            f"The snapshot of the community averages is damaged ({error!r}). Put an earlier one "
            "in its place, or delete it to begin anew."
        ) from error


def await_restore(connection: Connection) -> None:
    """Note that this database waits for a snapshot, if it is empty; for the first transaction."""
    if store.is_empty(connection):
        store.insert_new(connection, states, {"name": RESTORE, "value": "awaited"})


def awaits_restore(connection: Connection) -> bool:
    """Whether this database was empty when it was opened and has not been restored since."""
    return connection.execute(select(states).where(states.c.name == RESTORE)).first() is not None


def restore(connection: Connection, cells: Mapping[Cell, CellSum]) -> bool:
    """Add a snapshot to a database that waits for it; to any other nothing, and return False.

    Raises:
        InputError: a cell has other latents than the snapshot.
    """
    # Deleting the note locks it: of two programs on one database only one restores.
    if connection.execute(delete(states).where(states.c.name == RESTORE)).rowcount == 0:
        return False
    store.merge(connection, cells)
    return True


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode()


def _unpacked(text: str) -> bytes:
    reader = zlib.decompressobj()
    data = reader.decompress(base64.b64decode(text, validate=True), LARGEST_SUM)
    if not reader.eof:
        raise ValueError("a sum ends early or is too large")
    return data


def _read_entry(entry: dict[str, Any]) -> tuple[Cell, CellSum]:
    rows, columns = entry["shape"]
    total = fixed_point.from_bytes(_unpacked(entry["total"]), (int(rows), int(columns)))
    joined = int(entry["joined"])
    if joined < 0:
        raise ValueError(f"{joined} joined faces")
    cell = Cell(entry["bundle"], entry["version"], entry["code"], entry["gender"])
    return cell, CellSum(joined, total)
