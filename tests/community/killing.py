"""Programs that join are killed again and again; then the database is counted.

`python -m tests.community.killing 8 500 24` does it at full size, on SQLite and on PostgreSQL.
"""

import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from mbtiface.community import Cell, fixed_point, store
from mbtiface.community.bounds import bounded
from mbtiface.community.cells import CellSum
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from tests.community.join_worker import NO_LIMIT, acknowledged, cell_of, seed_of, work
from tests.community.postgres_server import PostgresServer
from tests.community.samples import BASE, STATISTICS, contribution, face

LIMIT_S = 1800.0
"""Wide: the machine may be busy with something else."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Size:
    """How many programs, joins each, and kills in all."""

    workers: int
    joins: int
    kills: int


def kill_while_joining(url: str, folder: Path, size: Size) -> list[int]:
    """Return the acknowledged joins of each worker, all of them unless time ran out."""
    # A server that has loaded everything makes new workers within milliseconds, free of threads.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.community.join_worker"])
    notes = [folder / f"worker-{worker}" for worker in range(size.workers)]

    def start(worker: int) -> BaseProcess:
        process = context.Process(target=work, args=(url, worker, size.joins, notes[worker]))
        process.start()
        return process

    chance, killed = random.Random(5), 0
    running = {worker: start(worker) for worker in range(size.workers)}
    deadline = time.monotonic() + LIMIT_S
    while running and time.monotonic() < deadline:
        done = sum(acknowledged(path) for path in notes)
        worker = chance.choice(list(running))
        # Kills are spread over the whole run, at a random moment of a join each.
        if killed < size.kills and done > killed * size.workers * size.joins / (size.kills + 1):
            os.kill(running[worker].pid or 0, 9)
            killed += 1
            running[worker].join()
            running[worker] = start(worker)
        running[worker].join(chance.uniform(0, 0.02))
        for worker in [worker for worker, process in running.items() if not process.is_alive()]:
            assert running.pop(worker).exitcode == 0
    for process in running.values():
        process.kill()
        process.join()
    assert killed == size.kills or running
    return [acknowledged(path) for path in notes]


def check_sums(url: str, folder: Path, size: Size) -> None:
    """Assert that the database holds exactly the joins of all workers."""
    wanted: dict[Cell, CellSum] = {}
    for worker in range(size.workers):
        for number in range(size.joins):
            w = contribution(face(seed_of(worker, number)))
            added = fixed_point.to_fixed(bounded(w, BASE, STATISTICS, NO_LIMIT)[0])
            cell = cell_of(worker, number)
            old = wanted.get(cell, CellSum(0, np.zeros_like(added)))
            wanted[cell] = CellSum(old.count + 1, old.total + added)
    database = Database(database_url(url, folder))
    found = database.read(store.read_all)
    database.close()
    counts = {cell: value.count for cell, value in found.items()}
    assert counts == {cell: value.count for cell, value in wanted.items()}
    assert all((found[cell].total == wanted[cell].total).all() for cell in wanted)


def run(url: str, size: Size) -> None:
    """Do both and log how long it took."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        url = url or f"sqlite:///{folder}/community.sqlite"
        done = kill_while_joining(url, folder, size)
        took = time.monotonic() - began
        assert done == [size.joins] * size.workers, done
        check_sums(url, folder, size)
    name = url.partition(":")[0]
    log.info("%s: %s, all counted exactly once, %.1f s", name, size, took)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("mbtiface").setLevel(logging.ERROR)
    asked = Size(*(int(text) for text in sys.argv[1:4]))
    run("", asked)
    server = PostgresServer()
    server.start()
    try:
        run(server.url, asked)
    finally:
        server.stop()
        server.remove()
