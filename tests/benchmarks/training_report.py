"""What was measured of GAN training, as Markdown for people and as values for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.gan_phases import DATA, INTERVALS, all_phases, seconds_per_kimg
from tests.benchmarks.gan_variants import VARIANTS
from tests.benchmarks.table import NOTHING, number, percent, table
from tests.benchmarks.timing import Times

BASELINE = "plain"
MB, GIGA = 1e-6, 1e-9
REGULAR = ("Greg", "Dreg")
"""Phases outside autocast: second derivatives want float32."""


@dataclass(frozen=True)
class Measured:
    """One phase of one variant at one size."""

    times: Times
    memory: int | None
    """Bytes in use at most; None = not known."""


@dataclass(frozen=True)
class SideReport:
    """All variants at one size of pictures."""

    side: int
    batch: int
    channels: tuple[int, int]
    """Feature maps times side, and most feature maps."""
    flops: Mapping[str, float]
    """Floating-point operations of a phase's update, of the network with scaled feature maps."""
    measured: Mapping[str, Mapping[str, Measured]]
    """Variant -> phase -> what was measured."""
    data: Times
    refused: Mapping[str, str]
    """Variant and phase that did not work -> why."""

    def seconds(self, variant: str, phase: str, cpu: bool = False) -> float | None:
        """What a phase adds to a thousand pictures, in wall or processor seconds; None = failed."""
        found = self.measured.get(variant, {}).get(phase)
        if found is None:
            return None
        took = found.times.cpu_p50 if cpu else found.times.least
        return None if took is None else seconds_per_kimg(took, phase, self.batch)

    def total(self, variant: str, cpu: bool = False) -> float | None:
        """Seconds for a thousand pictures without reading them; None where a phase failed."""
        each = [self.seconds(variant, phase, cpu) for phase in INTERVALS]
        return None if None in each else sum(part for part in each if part is not None)

    def times_baseline(self, variant: str, cpu: bool = False) -> float | None:
        """How many times as fast as the baseline; None where either is not known."""
        mine, plain = self.total(variant, cpu), self.total(BASELINE, cpu)
        return None if not mine or plain is None else plain / mine

    def speed(self, variant: str, phase: str) -> float | None:
        """Floating-point operations a second that a phase came to; None = failed."""
        found = self.measured.get(variant, {}).get(phase)
        return None if found is None else self.flops[phase] / found.times.least


@dataclass(frozen=True)
class TrainingReport:
    """One run of the training benchmark."""

    machine: str
    load: tuple[float, float]
    """Programs that wanted to run in the last minute, when it began and when it ended."""
    peaks: Mapping[str, float]
    """Number format -> operations a second of the fastest matrix product."""
    sides: tuple[SideReport, ...]
    notes: tuple[str, ...]

    def markdown(self) -> str:
        """All tables and notes."""
        before, after = self.load
        peaks = ", ".join(f"{name} {number(each, GIGA)}" for name, each in self.peaks.items())
        sections = [
            "## Training",
            f"{self.machine}; load {before:.1f} at the beginning, {after:.1f} at the end. "
            f"Fastest matrix product, GFLOP/s: {peaks}.",
            *(section for side in self.sides for section in self._side(side)),
            "\n".join(f"- {note}" for note in self.notes),
        ]
        return "\n\n".join(section for section in sections if section)

    def _side(self, side: SideReport) -> list[str]:
        base, most = side.channels
        failed = "\n".join(f"- {what}: {why}" for what, why in side.refused.items())
        return [
            f"### {side.side} px, batch {side.batch}, {base} / side maps, at most {most}",
            self._times(side),
            self._shares(side),
            failed,
        ]

    def _times(self, side: SideReport) -> str:
        titles = ["sec/kimg", *all_phases(), "sum", "x plain", "x plain, processor time"]
        data = seconds_per_kimg(side.data.p50, DATA, side.batch)
        rows = []
        for variant in side.measured:
            total = side.total(variant)
            rows.append(
                [
                    variant,
                    *(number(side.seconds(variant, phase)) for phase in INTERVALS),
                    number(data),
                    number(None if total is None else total + data),
                    number(side.times_baseline(variant)),
                    number(side.times_baseline(variant, cpu=True)),
                ]
            )
        return table(titles, rows)

    def _shares(self, side: SideReport) -> str:
        """Distance from the peak and memory, phase by phase."""
        shares = [f"{phase}, of peak" for phase in INTERVALS]
        titles = ["phase", "peak", *shares, *(f"{phase}, MB" for phase in INTERVALS)]
        rows = []
        for variant, phases in side.measured.items():
            found = VARIANTS[variant].number_format
            cells = [variant, found]
            for phase in INTERVALS:
                speed = side.speed(variant, phase)
                peak = self.peaks[_format(variant, phase)]
                cells.append(NOTHING if speed is None else percent(speed / peak))
            for phase in INTERVALS:
                memory = phases[phase].memory if phase in phases else None
                cells.append(number(memory, MB))
            rows.append(cells)
        return table(titles, rows)

    def values(self) -> dict[str, Any]:
        """Everything as lists, dicts and numbers; times in seconds, memory in bytes."""
        values = asdict(self)
        for side, told in zip(self.sides, values["sides"], strict=True):
            told["sec_per_kimg"] = {
                variant: {phase: side.seconds(variant, phase) for phase in INTERVALS}
                | {"sum": side.total(variant), "times_plain": side.times_baseline(variant)}
                | {"times_plain_cpu": side.times_baseline(variant, cpu=True)}
                for variant in side.measured
            }
            told["of_peak"] = {
                variant: {
                    phase: None if speed is None else speed / self.peaks[_format(variant, phase)]
                    for phase in INTERVALS
                    for speed in [side.speed(variant, phase)]
                }
                for variant in side.measured
            }
        return values


def _format(variant: str, phase: str) -> str:
    """The number format whose peak a phase is held against."""
    chosen = VARIANTS[variant]
    return "fp32" if chosen.bfloat16 and phase in REGULAR else chosen.number_format
