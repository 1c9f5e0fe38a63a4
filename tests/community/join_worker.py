"""A program that joins again and again and may be killed at any moment."""

import os
from pathlib import Path

from mbtiface.community import Bounds, Cell, Community
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from mbtiface.errors import CommunityUnavailableError
from tests.community.samples import BASE, STATISTICS, contribution, face, new_id

CELLS = tuple(Cell("toy", "1", code, "female") for code in ("ENTP", "ISFJ"))
NO_LIMIT = Bounds(day_share=1e6)


def cell_of(worker: int, number: int) -> Cell:
    """Which average a join is for."""
    return CELLS[(worker + number) % len(CELLS)]


def seed_of(worker: int, number: int) -> int:
    """Which face joins."""
    return worker * 100_000 + number


def acknowledged(path: Path) -> int:
    """Joins whose answer a worker has seen and noted."""
    return path.stat().st_size if path.exists() else 0


def work(url: str, worker: int, joins: int, notes: Path) -> None:
    """Join until `joins` are acknowledged, beginning with the first that is not.

    Each acknowledged join leaves one byte in `notes`. Who starts again repeats the join whose
    answer was lost, with the same id.
    """
    community = Community(Database(database_url(url, notes.parent)), NO_LIMIT)
    descriptor = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while (number := acknowledged(notes)) < joins:
        try:
            community.join(
                cell_of(worker, number),
                contribution(face(seed_of(worker, number))),
                BASE,
                STATISTICS,
                f"visitor {worker} {number}",
                new_id((worker, number)),
            )
        except CommunityUnavailableError:
            continue  # as a visitor would: again
        os.write(descriptor, b".")
    os.close(descriptor)
    community.close()
