"""How long who joins waits: `python -m tests.benchmarks.joining [ROUNDS]`.

One face joins an average of 10 000, and the new mean is rendered at 256 px, on two cores.
"""

import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.table import number, table
from tests.benchmarks.timing import Times, measure_in_turn

if TYPE_CHECKING:
    from mbtiface.services import Services

CODE, GENDER = "ENTP", "female"
JOINED = 10_000
CORES = 2
WARM_UPS = 3
MS = 1e3
JOIN, WHOLE = "a join", "a join and its mean rendered at 256 px"


def prepare(folder: Path) -> "Services":
    """Open the embedded bundle and an average that 10 000 faces have joined."""
    from mbtiface.community import Cell, fixed_point, store
    from mbtiface.community.cells import CellSum
    from mbtiface.community.database import Database
    from mbtiface.community.engine import database_url
    from mbtiface.services import open_services
    from mbtiface.settings import Settings

    services = open_services(Settings(state_dir=folder))
    manifest = services.studio.manifest
    total = fixed_point.to_fixed(services.studio.type_mean(CODE, GENDER).double().numpy() * JOINED)
    cells = {Cell(manifest.name, manifest.version, CODE, GENDER): CellSum(JOINED, total)}
    database = Database(database_url(None, folder))
    database.write(lambda connection: store.merge(connection, cells))
    database.close()
    return services


def measure_joins(services: "Services", rounds: int) -> dict[str, Times]:
    """Time joins alone and with their picture, each of another face and visitor."""
    from mbtiface.faces.kept_faces import KeptFace

    faces = iter([KeptFace(services.studio.sample(n), 0.1) for n in range(2 * (rounds + WARM_UPS))])

    def join() -> object:
        visitor, join_id = secrets.token_hex(16), secrets.token_hex(16)
        return services.contributions.join(next(faces), CODE, GENDER, visitor, join_id)

    def join_and_render() -> None:
        services.marked(services.contributions.pictures(join())["after"])  # type: ignore[arg-type]

    return measure_in_turn({JOIN: join, WHOLE: join_and_render}, rounds, WARM_UPS)


def main() -> None:
    """Measure and print the table."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory(prefix="mbtiface-benchmark-") as folder:
        services = prepare(Path(folder))
        times = measure_joins(services, rounds)
        services.contributions.close()
    rows = [
        [name, *(number(s, MS) for s in (each.p50, each.p95, each.least, each.cpu_p50))]
        for name, each in times.items()
    ]
    print(table(["goal: both in 100 ms", "p50 ms", "p95 ms", "least ms", "processor ms"], rows))
    print(f"Load: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
