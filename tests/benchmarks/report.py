"""What was measured, as Markdown for people and as values for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.app_run import AppRun
from tests.benchmarks.drawing import Row
from tests.benchmarks.drawing_table import HOW, drawing_table
from tests.benchmarks.peaks import MATMUL_FLOPS
from tests.benchmarks.table import NOTHING, number, percent, table
from tests.benchmarks.timing import Times

MS, MB, GIGA = 1e3, 1e-6, 1e-9


@dataclass(frozen=True)
class Part:
    """One part of the way of a photo, warm."""

    name: str
    times: Times
    share: float | None = None
    """Of the whole way's processor time; None for what stands beside the way."""
    flops: float | None = None
    """Floating-point operations; None where the part is no network."""
    peak: str = "fp32"
    """Number format of the peak that it is held against."""


@dataclass(frozen=True)
class Comparison:
    """Something that visitors wait for, and the same done plainly in the same rounds."""

    name: str
    times: Times
    plain_name: str
    plain: Times
    goal_s: float
    """Seconds that it should stay under on two cores."""


@dataclass(frozen=True)
class Report:
    """One run of the benchmark."""

    machine: str
    load: tuple[float, float]
    """Programs that wanted to run in the last minute, when it began and when it ended."""
    photo: str
    parts: tuple[Part, ...]
    comparisons: tuple[Comparison, ...]
    """Of averages; empty where they were not measured."""
    peaks: Mapping[str, Times]
    """Number format -> matrix products of `MATMUL_FLOPS`."""
    package: Times
    package_loads_torch: bool
    starts: Mapping[str, AppRun]
    """What was kept from before -> the app's first minutes."""
    notes: tuple[str, ...]
    drawing: tuple[Row, ...] = ()
    """Of generators; empty where they were not measured."""

    def markdown(self) -> str:
        """All tables and notes."""
        before, after = self.load
        sections = [
            "## The way of a photo",
            f"{self.machine}; load {before:.1f} at the beginning, {after:.1f} at the end. "
            f"{self.photo}",
            self._parts(),
            self._peaks(),
            *(("## Averages", self._comparisons()) if self.comparisons else ()),
            *(("## Generators", drawing_table(self.drawing), HOW) if self.drawing else ()),
            "## The app",
            self._app(),
            "\n".join(f"- {note}" for note in self.notes),
        ]
        return "\n\n".join(section for section in sections if section)

    def _parts(self) -> str:
        titles = "part, warm|p50 ms|p95 ms|least ms|processor ms|share|GFLOP|GFLOP/s|of peak"
        rows = []
        for part in self.parts:
            speed = None if part.flops is None else part.flops / part.times.least
            reached = None if speed is None else speed / self._peak(part.peak)
            rows.append(
                [
                    part.name,
                    *_three(part.times),
                    number(part.times.cpu_p50, MS),
                    percent(part.share),
                    number(part.flops, GIGA),
                    number(speed, GIGA),
                    NOTHING if reached is None else f"{percent(reached)} {part.peak}",
                ]
            )
        return table(titles.split("|"), rows)

    def _peaks(self) -> str:
        titles = ["matrix product", "p50 ms", "p95 ms", "least ms", "GFLOP/s"]
        rows = [
            [name, *_three(times), number(self._peak(name), GIGA)]
            for name, times in self.peaks.items()
        ]
        return table(titles, rows)

    def _comparisons(self) -> str:
        titles = ["averages, warm", "p50 ms", "p95 ms", "least ms", "processor ms", "of plain"]
        rows = []
        for each in self.comparisons:
            whole = percent(each.times.p50 / each.plain.p50)
            for name, times, part, goal in (
                (each.name, each.times, whole, number(each.goal_s, MS)),
                (each.plain_name, each.plain, NOTHING, NOTHING),
            ):
                rows.append([name, *_three(times), number(times.cpu_p50, MS), part, goal])
        return table([*titles, "goal ms"], rows)

    def _app(self) -> str:
        torch = "with torch" if self.package_loads_torch else "torch not loaded"
        rows = [[f"`import mbtiface`, ms ({torch})", number(self.package.p50, MS)]]
        for what, run in self.starts.items():
            first = run.first
            rows += [
                [f"{what}: page served after, s", number(first.page)],
                [f"{what}: then the first picture, s", number(first.picture)],
                [f"{what}: then the gallery's 48 pictures, ms", number(first.gallery, MS)],
                [f"{what}: then the first photo, s", number(first.photo)],
            ]
            if len(run.photos.wall) > 1:
                times = " / ".join(number(s, MS) for s in (run.photos.p50, run.photos.p95))
                rows.append([f"{what}: a warm photo over `/photo`, p50 / p95 ms", times])
            rows += [
                [f"{what}: peak memory after {moment}, MB", number(size, MB)]
                for moment, size in run.memory.items()
            ]
        return table(["start, first answers, memory", "measured"], rows)

    def _peak(self, number_format: str) -> float:
        return MATMUL_FLOPS / self.peaks[number_format].least

    def values(self) -> dict[str, Any]:
        """Everything as lists, dicts and numbers; times in seconds, memory in bytes."""
        values = asdict(self)
        values["peak_flops_per_second"] = {name: self._peak(name) for name in self.peaks}
        for part, told in zip(self.parts, values["parts"], strict=True):
            told |= {"p50": part.times.p50, "p95": part.times.p95}
        for each, told in zip(self.comparisons, values["comparisons"], strict=True):
            told |= {"p50": each.times.p50, "plain_p50": each.plain.p50}
        for row, told in zip(self.drawing, values["drawing"], strict=True):
            told |= {"p50": row.times.p50, "p95": row.times.p95}
        return values


def _three(times: Times) -> list[str]:
    return [number(seconds, MS) for seconds in (times.p50, times.p95, times.least)]
