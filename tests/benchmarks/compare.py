"""Hold two runs of a benchmark against each other: `make bench-compare OLD=a.json NEW=b.json`."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from mbtiface.errors import SourceError
from tests.benchmarks.table import NOTHING, number, table

LEAST_NOISE = 0.05
"""Even of a still machine; a smaller change is none."""


@dataclass(frozen=True)
class Options:
    """Print how much longer each row of a new run took than that of an old one."""

    old: Path
    """Json of `make bench BENCH_ARGS="--json FILE"`."""
    new: Path
    """Json of a later run."""


@dataclass(frozen=True)
class Change:
    """One row in both runs."""

    name: str
    old: float
    """Median, in seconds."""
    new: float
    noise: float
    """How far the ratio may lie from 1 without meaning anything."""

    @property
    def ratio(self) -> float:
        """New over old."""
        return self.new / self.old

    @property
    def mark(self) -> str:
        """`faster`, `slower`, or nothing where it is noise."""
        if abs(self.ratio - 1) <= self.noise:
            return ""
        return "slower" if self.ratio > 1 else "faster"


def named_times(run: dict[str, Any]) -> Iterator[tuple[str, list[float]]]:
    """Name and wall times of every row; a library's version in brackets is no part of a name."""
    for part in run.get("parts", []):
        yield _name(part["name"]), part["times"]["wall"]
    for each in run.get("comparisons", []):
        yield _name(each["name"]), each["times"]["wall"]
        yield _name(each["plain_name"]), each["plain"]["wall"]
    for row in run.get("drawing", []):
        case = row["case"]
        what = f"{case['network']} {case['size']} px, batch {case['batch']}"
        yield f"{what}, threads {case['threads']}: {row['role']}", row["times"]["wall"]
    for kind, times in run.get("peaks", {}).items():
        yield f"matrix product {kind}", times["wall"]


def _name(text: str) -> str:
    return text.split(" (")[0] if "(openvino" in text or "(torch" in text else text


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Rows that both runs have, in the new one's order."""
    before = dict(named_times(old))
    return [
        Change(name, _median(before[name]), _median(wall), _noise(before[name]) + _noise(wall))
        for name, wall in named_times(new)
        if name in before
    ]


def _median(wall: list[float]) -> float:
    return float(np.median(wall))


def _noise(wall: list[float]) -> float:
    """Half of what the middle half of the times spreads over, as a share of their median."""
    low, middle, high = np.percentile(wall, [25, 50, 75])
    return max(LEAST_NOISE / 2, float(high - low) / 2 / float(middle))


def markdown(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Both machines, the table, and the rows that only one run has."""
    lines = [f"- old: {_machine(old)}", f"- new: {_machine(new)}"]
    if old.get("machine") != new.get("machine"):
        lines.append(
            "- The machines differ: a ratio says nothing of the program unless the matrix "
            "products agree."
        )
    rows = [
        [
            change.name,
            number(change.old, 1e3),
            number(change.new, 1e3),
            f"{change.ratio:.2f}",
            f"±{change.noise:.2f}",
            change.mark or NOTHING,
        ]
        for change in changes(old, new)
    ]
    titles = ["row", "old p50 ms", "new p50 ms", "new / old", "noise", "moved"]
    before, after = dict(named_times(old)), dict(named_times(new))
    for label, names in (("old", before.keys() - after), ("new", after.keys() - before)):
        if names:
            lines.append(f"- only in the {label} run: {'; '.join(sorted(names))}")
    return "\n".join(lines) + "\n\n" + table(titles, rows)


def _machine(run: dict[str, Any]) -> str:
    load = run.get("load")
    told = "" if load is None else f"; load {load[0]:.1f} to {load[1]:.1f}"
    return f"{run.get('machine', 'a machine that it does not name')}{told}"


def read(path: Path) -> dict[str, Any]:
    """One run's json.

    Raises:
        SourceError: there is none, or it is no run of this benchmark.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as a run of the benchmark: {error}.") from error
    if not isinstance(values, dict) or not list(named_times(values)):
        raise SourceError(f"{path} holds no times. Make it with `make bench BENCH_ARGS=--json ...`")
    return values


def main() -> int | str:
    """Print the comparison; returns an exit status or the message to leave with."""
    options = tyro.cli(Options, prog="python -m tests.benchmarks.compare")
    try:
        print(markdown(read(options.old), read(options.new)))
    except SourceError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
