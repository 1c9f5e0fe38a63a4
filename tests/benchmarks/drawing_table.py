"""What drawing took, as a table."""

from collections.abc import Sequence

from tests.benchmarks.drawing import Row
from tests.benchmarks.rivals import PLAIN
from tests.benchmarks.table import NOTHING, number, percent, table

MS, MB, GIGA = 1e3, 1e-6, 1e-9
TITLES = (
    "generator|px|batch|threads|drawn by|p50 ms|p95 ms|of plain|memory MB|GFLOP|of peak|"
    "off: mean|off: 99.9 %|off: most|goal ms"
)
HOW = (
    "The ways of one case are timed in turn. Memory is what making a way and its first picture "
    "took at most, beyond what was there before. `of peak`: the operations of the network as it is "
    "written, over those of the best matrix product of the same run and number format in the same "
    "time. `off`: levels of 0..255 between its picture and the plain one's. A batch of our own "
    "engines is drawn one by one."
)


def drawing_table(rows: Sequence[Row]) -> str:
    """One line a way, the cases in the order they were measured."""
    plain = {row.case: row.times.p50 for row in rows if row.role == PLAIN}
    lines = []
    for row in rows:
        case, off = row.case, row.difference
        share = row.times.p50 / plain[case] if case in plain else None
        reached = row.flops / row.times.p50 / row.peak_flops
        lines.append(
            [
                case.network,
                *map(str, (case.size, case.batch, case.threads)),
                row.name,
                number(row.times.p50, MS),
                number(row.times.p95, MS),
                NOTHING if row.role == PLAIN else percent(share),
                number(row.memory, MB),
                number(row.flops, GIGA),
                f"{percent(reached)} {row.peak}",
                number(off.mean),
                number(off.p999),
                number(off.most),
                number(row.goal_s, MS),
            ]
        )
    return table(TITLES.split("|"), lines)
