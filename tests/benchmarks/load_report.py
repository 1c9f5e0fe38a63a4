"""What a crowd was answered, as Markdown for people and as values for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tests.benchmarks.load_visitors import Asked
from tests.benchmarks.table import NOTHING, number, table
from tests.benchmarks.timing import percentile

FINE = ("ok", "ahead refused")
MB = 1e-6
MINUTE_S = 60.0
AIMS = (
    "Aims: no error, no wrong answer; p95 of a morph under 3 000 ms; memory of the last minute "
    "within 5 % of the second; saturated, at least 50 % of the bare process; beyond the bound a "
    "refusal at once; nothing left over."
)


@dataclass(frozen=True)
class Phase:
    """What one crowd asked for, and the processor time that it took."""

    seconds: float
    own_cpu: float
    """Seconds of processor time of the visitors themselves."""
    app_cpu: float
    """The same of the app."""
    asked: tuple[Asked, ...]

    def of(self, *kinds: str) -> list[Asked]:
        """What was asked of these kinds."""
        return [one for one in self.asked if one.kind in kinds]


@dataclass(frozen=True)
class LoadReport:
    """One run."""

    where: str
    options: Mapping[str, Any]
    phases: Mapping[str, Phase]
    memory: Sequence[tuple[float, int]]
    """Seconds since the visitors came, and the app's resident bytes."""
    program: Mapping[str, Any]
    """How many answers to one program were `right`, what was `wrong`, and the `seconds` of each."""
    bare_rates: Mapping[str, float]
    """Threads -> 256-px pictures a second of a process that does nothing else."""
    left: Mapping[str, Mapping[str, Sequence[Any]]]
    """What a process held when the first starts and stops were over, and after the last."""

    def markdown(self) -> str:
        """The tables."""
        parts = [self._visits(), self._beside(), self._saturated(), self._burst(), self._left()]
        return "\n\n".join([self.where, *parts, AIMS])

    def values(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return asdict(self)

    def _visits(self) -> str:
        phase = self.phases["visits"]
        rows = []
        for kind in sorted({one.kind for one in phase.asked}):
            asked = phase.of(kind)
            counts = Counter(one.outcome for one in asked)
            wrong = sum(count for outcome, count in counts.items() if outcome not in FINE)
            done = tuple(one.seconds for one in asked if one.outcome == "ok")
            times = [number(percentile(done, part), 1e3) for part in (50, 95, 100)] if done else []
            refused = str(counts["ahead refused"]) if kind == "ahead" else NOTHING
            rows.append([kind, str(len(asked)), str(wrong), refused, *(times or [NOTHING] * 3)])
        head = ["asked for", "times", "errors", "refused ahead", "p50 ms", "p95 ms", "most ms"]
        options = self.options
        words = (
            f"{options['visitors']} visitors, one action each {options['every_s']:g} s, for "
            f"{phase.seconds:.0f} s; processor time: app {_share(phase.app_cpu, phase)} of a core, "
            f"visitors {_share(phase.own_cpu, phase)}"
        )
        errors = Counter(one.outcome for one in phase.asked if one.outcome not in FINE)
        said = "".join(f"\n\n{count} x {outcome}" for outcome, count in errors.most_common(5))
        return f"{words}\n\n{table(head, rows)}{said}"

    def _beside(self) -> str:
        wrong, seconds = self.program["wrong"], tuple(self.program["seconds"])
        slow = f", p95 {number(percentile(seconds, 95), 1e3)} ms" if seconds else ""
        memory = minutes(self.memory)
        told = ", ".join(f"{value * MB:.0f}" for value in memory)
        change = (
            f"; last against second {100 * (memory[-1] / memory[1] - 1):+.1f} %"
            if len(memory) > 2
            else ""
        )
        return (
            f"One gradio_client beside them: {self.program['right']} answers right, {len(wrong)} "
            f"wrong or lost{slow}.{''.join(f' {one}.' for one in wrong[:3])}\n\n"
            f"Memory of the app, median of each minute, MB: {told}{change}."
        )

    def _saturated(self) -> str:
        phase = self.phases["saturated"]
        done = [one.seconds for one in phase.asked if one.outcome == "ok"]
        rate = len(done) / phase.seconds
        bare = max(self.bare_rates.values())
        threads = ", ".join(
            f"{count} thread{'s' if count != '1' else ''} {number(value)}"
            for count, value in self.bare_rates.items()
        )
        return (
            f"Saturated, {self.options['at_once']} new 256-px faces asked for at any time: "
            f"{number(rate)} a second, {100 * rate / bare:.0f} % of what a bare process draws "
            f"({threads}); p95 {number(percentile(tuple(done), 95), 1e3)} ms; errors "
            f"{len(phase.asked) - len(done)}; processor time: app "
            f"{_share(phase.app_cpu, phase)} of a core, visitors {_share(phase.own_cpu, phase)}."
        )

    def _burst(self) -> str:
        phase = self.phases["burst"]
        refused = tuple(one.seconds for one in phase.asked if one.outcome == "HTTP 503")
        drawn = sum(one.outcome == "ok" for one in phase.asked)
        other = len(phase.asked) - drawn - len(refused)
        waits = (
            f" after {number(percentile(refused, 50), 1e3)} ms (most {number(max(refused), 1e3)})"
            if refused
            else ""
        )
        return (
            f"{len(phase.asked)} new faces asked for in one moment: {drawn} drawn within "
            f"{phase.seconds:.1f} s, {len(refused)} refused{waits}, {other} lost."
        )

    def _left(self) -> str:
        settled, last = self.left["settled"], self.left["last"]
        new = {
            kind: sorted((Counter(map(str, held)) - Counter(map(str, settled[kind]))).elements())
            for kind, held in last.items()
        }
        told = "; ".join(f"{kind}: {', '.join(held)}" for kind, held in new.items() if held)
        return (
            f"{self.options['cycles']} starts and stops in one process: {len(last['files'])} open "
            f"files, {len(last['threads'])} thread(s), {len(last['children'])} children at the "
            f"end; left over since the first ones: {told or 'nothing'}."
        )


def minutes(memory: Sequence[tuple[float, int]]) -> list[float]:
    """The median of each minute, a last one of less than half a minute left out."""
    if not memory:
        return []
    whole = int(memory[-1][0] / MINUTE_S + 0.5) or 1
    per: list[list[int]] = [[] for _ in range(whole)]
    for seconds, value in memory:
        place = int(seconds / MINUTE_S)
        if place < whole:
            per[place].append(value)
    return [float(np.median(values)) for values in per if values]


def _share(cpu: float, phase: Phase) -> str:
    return f"{100 * cpu / phase.seconds:.0f} %"
