"""One run of the benchmark: everything is measured here, in an order that disturbs least."""

import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from mbtiface.errors import InputError, MissingPartError
from tests.benchmarks import averages_way, photo_way
from tests.benchmarks.app_run import AppRun, import_times, visit
from tests.benchmarks.drawing import Row, cases
from tests.benchmarks.drawing import run as draw
from tests.benchmarks.options import Options
from tests.benchmarks.peaks import matmul_times
from tests.benchmarks.photo_way import ENCODE, FIND, PARTS, RENDER, RENDER_FULL, WHOLE
from tests.benchmarks.refinement import refine
from tests.benchmarks.report import Comparison, Part, Report
from tests.benchmarks.scene import phone_photo
from tests.benchmarks.timing import Times, measure_in_turn

log = logging.getLogger(__name__)

IMPORTS = 5
MATMULS = 10
"""Products before the parts and again after them: a peak is the best of a while."""
GOALS = (
    "Goals on two cores: the whole way p50 under 500 ms warm, the first photo under 4 s, the "
    "encoder under 40 ms, the app under 1 500 MB. Those of averages stand in their table."
)
HOW = (
    "Parts are timed in turn. A share is one of the whole way's processor time, which a busy "
    "machine changes little; the waiting times (p50, p95) are only as calm as the machine. GFLOP "
    "count a multiplication and an addition as two; GFLOP/s and the distance from the peak are "
    "those of the least disturbed run, of the part as of the matrix product."
)
HOW_AVERAGES = (
    "Averages: each is timed in turn with the same done plainly, whose row follows; `of plain` is "
    "its share of the plain one's p50. A join counts in the database and gives the new mean; the "
    "plain one averages all latents, which are in memory. Drawn ones are marked and encoded."
)
NO_FACEXLIB = (
    "facexlib was not measured: its weights are not on this machine. The fallback was (OpenCV's "
    "cascade{aligner})."
)


@dataclass(frozen=True)
class _InProcess:
    """What was measured in this process."""

    photo: str
    parts: tuple[Part, ...]
    comparisons: tuple[Comparison, ...]
    peaks: Mapping[str, Times]
    notes: tuple[str, ...]


def run(options: Options, machine: str) -> Report:
    """Measure everything.

    Raises:
        BundleError: the bundle cannot be used.
        MissingPartError: it has no encoder.
        PhotoError: the photo cannot be used.
    """
    before = os.getloadavg()[0]
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    data = phone_photo() if options.photo is None else options.photo.read_bytes()
    with tempfile.TemporaryDirectory(prefix="mbtiface-benchmark-") as scratch:
        here = _measure_here(options, data, Path(scratch))
        drawing = _drawing(options, Path(scratch))
        package, loads_torch = import_times(IMPORTS)
        starts = _measure_app(options, data, Path(scratch))
    return Report(
        machine=machine,
        load=(before, os.getloadavg()[0]),
        photo=here.photo,
        parts=here.parts,
        comparisons=here.comparisons,
        peaks=here.peaks,
        package=package,
        package_loads_torch=loads_torch,
        starts=starts,
        notes=here.notes,
        drawing=drawing,
    )


def _drawing(options: Options, scratch: Path) -> tuple[Row, ...]:
    """What the generators' cases took, as many as there is time for."""
    if not options.drawing_minutes:
        return ()
    chosen = cases(options.quick, len(os.sched_getaffinity(0)))
    return tuple(draw(options.bundle, chosen, options.drawing_minutes, scratch))


def _measure_here(options: Options, data: bytes, scratch: Path) -> _InProcess:
    log.info("opening the bundle %s", options.bundle)
    way = photo_way.prepare(options.bundle, scratch / "compiled")
    at = photo_way.walk(way, data)
    early = matmul_times(MATMULS)
    log.info("timing the parts")
    times = measure_in_turn(photo_way.calls(way, at), options.rounds, options.warm_ups)
    parts, notes = _parts(way, times, photo_way.flops(way, at)), [GOALS, HOW]
    if not way.facexlib:
        aligner = "" if way.aligner is None else " and the bundle's aligner"
        notes.append(NO_FACEXLIB.format(aligner=aligner))
    try:
        parts += _refinement(options, way, at)
    except MissingPartError as error:
        notes.append(f"Refinement was not measured. {error}")
    comparisons, told = _averages(options, way, scratch / "averages")
    notes.append(told)
    late = matmul_times(MATMULS)
    width, height = photo_way.full_size(data)
    warnings = f", warnings: {', '.join(at.warnings)}" if at.warnings else ""
    return _InProcess(
        photo=f"Photo: {width} x {height} px, {len(data) / 1e6:.1f} MB{warnings}.",
        parts=tuple(parts),
        comparisons=comparisons,
        peaks={name: early[name].followed_by(late[name]) for name in early},
        notes=tuple(notes),
    )


def _parts(
    way: photo_way.PhotoWay, times: Mapping[str, Times], flops: Mapping[str, float]
) -> list[Part]:
    whole = times[WHOLE].cpu_p50 or 1.0
    by = {FIND: way.finder.name, ENCODE: way.encoding.name}
    by |= dict.fromkeys((RENDER, RENDER_FULL), way.studio.engine)
    return [
        Part(
            name=f"{name} ({by[name]})" if name in by else name,
            times=measured,
            share=(measured.cpu_p50 or 0.0) / whole if name in (*PARTS, WHOLE) else None,
            flops=flops.get(name),
            peak=photo_way.number_format(way, name),
        )
        for name, measured in times.items()
    ]


def _refinement(options: Options, way: photo_way.PhotoWay, at: photo_way.Stages) -> list[Part]:
    if not options.refinements:
        return []
    log.info("timing the refinement")
    found = refine(way.studio, at.aligned, options.refine_steps, options.refinements)
    step = Part("refinement: one step", found.step, flops=found.step_flops)
    return [step, Part(f"refinement: {found.steps} steps whole", found.whole)]


def _averages(
    options: Options, way: photo_way.PhotoWay, folder: Path
) -> tuple[tuple[Comparison, ...], str]:
    """The comparisons, and what is to be said of them."""
    if not options.averages_rounds:
        return (), "Averages were not measured, as asked."
    log.info("timing averages")
    try:
        return averages_way.compare(way, folder, options.averages_rounds), HOW_AVERAGES
    except (MissingPartError, InputError) as error:
        return (), f"Averages were not measured. {error}"


def _measure_app(options: Options, data: bytes, folder: Path) -> dict[str, AppRun]:
    """The first start ever, then one that finds what the first has compiled."""
    if not options.app_photos:
        return {}
    log.info("starting the app")
    steps = options.refine_steps if options.refinements else 0
    return {
        "first start": visit(options.bundle, folder, data, photos=1, refine_steps=0),
        "later start": visit(options.bundle, folder, data, options.app_photos, steps),
    }
