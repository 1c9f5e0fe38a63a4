"""What is done in the database, each as one transaction: count a face, take it back, read."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from mbtiface.community import fixed_point
from mbtiface.community.bounds import Bounds
from mbtiface.community.cells import Cell, CellSum, Receipt
from mbtiface.community.schema import cells, joins, salts, tokens
from mbtiface.community.tokens import (
    HOURS_KEPT,
    SALT_BYTES,
    day_of,
    hour_of,
    join_key,
    join_proof,
    visitor_token,
)
from mbtiface.errors import ContributionRefusedError, InputError


@dataclass(frozen=True)
class Counted:
    """A cell after a join, and whether the join had been counted before."""

    cell: CellSum
    repeated: bool


def add(
    connection: Connection, receipt: Receipt, visitor: str, bounds: Bounds, now_s: float
) -> Counted:
    """Count one face.

    Raises:
        ContributionRefusedError: `already_today`, `day_full`, or `taken_back`.
        InputError: the cell holds latents of another shape, or the join id was used for another
            face or cell.
    """
    key = join_key(receipt.join_id)
    drop_old(connection, now_s)
    row = _locked_row(connection, receipt)
    known = connection.execute(select(joins).where(joins.c.key == key)).one_or_none()
    if known is not None:
        _check_proof(known, receipt)
        if known.undone:
            raise ContributionRefusedError(
                "taken_back",
                "This face was taken back. It can join again tomorrow, as a new join.",
            )
        return Counted(_sum_of(row), repeated=True)
    day = day_of(now_s)
    day_joins = row.day_joins if row.day == day else 0
    _take_token(connection, visitor, receipt.cell, day)
    if day_joins >= bounds.day_places(row.joined - day_joins):
        raise ContributionRefusedError(
            "day_full",
            f"The {day_joins} places that the average of {receipt.cell} has today are taken. "
            "Come back tomorrow.",
        )
    total = _sum_of(row).total + receipt.added
    _write(connection, row, CellSum(row.joined + 1, total), day, day_joins + 1)
    proof = join_proof(receipt.join_id, receipt.cell, receipt.added)
    connection.execute(insert(joins).values(key=key, proof=proof, hour=hour_of(now_s), undone=0))
    return Counted(CellSum(row.joined + 1, total), repeated=False)


def subtract(connection: Connection, receipt: Receipt, now_s: float) -> CellSum:
    """Take a counted face back; again and again changes nothing more.

    The visitor's token of the day stays taken. Else one visitor could join and leave at will, see
    the average each time, and learn from the difference which face joined in between.

    Raises:
        ContributionRefusedError: `too_late`.
        InputError: the receipt is not the one of this join.
    """
    drop_old(connection, now_s)
    row = _locked_row(connection, receipt)
    key = join_key(receipt.join_id)
    known = connection.execute(select(joins).where(joins.c.key == key)).one_or_none()
    if known is None:
        raise ContributionRefusedError(
            "too_late",
            f"This face cannot be taken back any more: what ties it to its join is dropped after "
            f"{HOURS_KEPT} hours. In the average it cannot be told apart.",
        )
    _check_proof(known, receipt)
    before = _sum_of(row)
    if known.undone:
        return before
    after = CellSum(before.count - 1, before.total - receipt.added)
    same_day = known.hour // 24 == row.day
    _write(connection, row, after, row.day, row.day_joins - (1 if same_day else 0))
    connection.execute(update(joins).where(joins.c.key == key).values(undone=1))
    return after


def read_cell(connection: Connection, cell: Cell) -> CellSum | None:
    """Read a cell; None if nobody ever joined it."""
    row = connection.execute(select(cells).where(_is(cell))).one_or_none()
    return None if row is None else _sum_of(row)


def read_all(connection: Connection) -> dict[Cell, CellSum]:
    """Read all cells of all bundles, in order."""
    rows = connection.execute(select(cells)).all()
    found = {Cell(row.bundle, row.version, row.code, row.gender): _sum_of(row) for row in rows}
    return dict(sorted(found.items()))


def read_counts(connection: Connection, bundle: str, version: str) -> dict[tuple[str, str], int]:
    """Read how many joined each type and gender of a bundle; cells nobody joined are left out."""
    columns = select(cells.c.code, cells.c.gender, cells.c.joined)
    rows = connection.execute(columns.where(cells.c.bundle == bundle, cells.c.version == version))
    return {(row.code, row.gender): row.joined for row in rows}


def is_empty(connection: Connection) -> bool:
    """Whether nobody ever joined anything."""
    return connection.execute(select(cells.c.joined).limit(1)).first() is None


def changes(connection: Connection) -> int:
    """A number that grows with every join and every undone join."""
    return int(connection.execute(select(func.coalesce(func.sum(cells.c.changes), 0))).scalar_one())


def merge(connection: Connection, found: Mapping[Cell, CellSum]) -> None:
    """Add the sums of a snapshot to what is there.

    Raises:
        InputError: a cell holds latents of another shape.
    """
    for cell, value in found.items():
        row = _locked_row(connection, Receipt(cell, "", value.total))
        both = CellSum(row.joined + value.count, _sum_of(row).total + value.total)
        _write(connection, row, both, row.day, row.day_joins)


def drop_old(connection: Connection, now_s: float) -> int:
    """Drop salts and tokens of past days and joins of 24 hours ago; returns how many."""
    day, hour = day_of(now_s), hour_of(now_s)
    gone = 0
    for old in (
        delete(salts).where(salts.c.day < day),
        delete(tokens).where(tokens.c.day < day),
        delete(joins).where(joins.c.hour <= hour - HOURS_KEPT),
    ):
        gone += connection.execute(old).rowcount
    return gone


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is there; returns whether it was new."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing()
    # Not by rowcount: of an INSERT it is not reliable on every driver.
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


def _locked_row(connection: Connection, receipt: Receipt) -> Row[Any]:
    """Return the cell's row, made if need be, locked until the transaction ends."""
    cell, shape = receipt.cell, receipt.added.shape
    values = _key(cell) | {"num_ws": shape[0], "w_dim": shape[1], "joined": 0, "changes": 0}
    empty = fixed_point.to_bytes(receipt.added * 0)
    insert_new(connection, cells, values | {"total": empty, "day": 0, "day_joins": 0})
    row = connection.execute(select(cells).where(_is(cell)).with_for_update()).one()
    if (row.num_ws, row.w_dim) != shape:
        raise InputError(
            f"The average of {cell} of {cell.bundle} {cell.version} holds latents "
            f"[{row.num_ws}, {row.w_dim}], but this one is {list(shape)}. A bundle with other "
            "latents needs another version."
        )
    return row


def _take_token(connection: Connection, visitor: str, cell: Cell, day: int) -> None:
    """Use up the visitor's one join of the day and type."""
    insert_new(connection, salts, {"day": day, "salt": secrets.token_bytes(SALT_BYTES)})
    salt = connection.execute(select(salts.c.salt).where(salts.c.day == day)).scalar_one()
    token = visitor_token(salt, visitor, cell)
    if not insert_new(connection, tokens, {"token": token, "day": day}):
        raise ContributionRefusedError(
            "already_today",
            f"A face from here has joined {cell.code} today. One face a day and type can join; "
            "come back tomorrow.",
        )


def _check_proof(known: Row[Any], receipt: Receipt) -> None:
    proof = join_proof(receipt.join_id, receipt.cell, receipt.added)
    if not hmac.compare_digest(known.proof, proof):
        raise InputError(
            "This join id belongs to another face, type or gender. Each join needs an id of its "
            "own."
        )


def _write(connection: Connection, row: Row[Any], new: CellSum, day: int, day_joins: int) -> None:
    cell = Cell(row.bundle, row.version, row.code, row.gender)
    connection.execute(
        update(cells)
        .where(_is(cell))
        .values(
            joined=new.count,
            total=fixed_point.to_bytes(new.total),
            changes=row.changes + 1,
            day=day,
            day_joins=day_joins,
        )
    )


def _sum_of(row: Row[Any]) -> CellSum:
    return CellSum(row.joined, fixed_point.from_bytes(row.total, (row.num_ws, row.w_dim)))


def _key(cell: Cell) -> dict[str, Any]:
    return {
        "bundle": cell.bundle,
        "version": cell.version,
        "code": cell.code,
        "gender": cell.gender,
    }


def _is(cell: Cell) -> ColumnElement[bool]:
    return and_(*(cells.c[name] == value for name, value in _key(cell).items()))
