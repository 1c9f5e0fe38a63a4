"""Measure what the app bears: `python -m tests.benchmarks.load`. Also `make load`."""

import asyncio
import io
import logging
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradio_client import Client

from mbtiface.errors import InputError
from tests.benchmarks.app_run import App, fetch_gallery, running_app, wait_for_page
from tests.benchmarks.command import run_command
from tests.benchmarks.load_client import Program
from tests.benchmarks.load_report import LoadReport, Phase
from tests.benchmarks.load_visitors import Crowd, burst, open_client, saturate, visits
from tests.benchmarks.memory import watch_memory
from tests.benchmarks.render_rate import measured_apart
from tests.faces.portraits import portrait
from tests.faults.start_stop import in_a_process

PHOTO_PX = 1024
CYCLE_S = 30.0
"""A start and stop takes less on a busy machine too."""


@dataclass(frozen=True)
class LoadOptions:
    """Visitors over plain HTTP, then as much as the app can draw, then more than it takes."""

    model: str = "embedded"
    """Bundle that the app serves."""
    visitors: int = 50
    """People who are there at the same time."""
    every_s: float = 6.0
    """Each does one thing in so many seconds."""
    seconds: float = 300.0
    """How long they stay."""
    saturated_s: float = 30.0
    """How long new faces are asked for without a pause."""
    at_once: int = 16
    """Of those, how many are asked for at any time."""
    burst: int = 300
    """New faces asked for in one moment."""
    cycles: int = 200
    """Starts and stops of the served page in one process, after which nothing may be left."""
    json: Path | None = None
    """File for everything that was measured; None writes none."""

    def __post_init__(self) -> None:
        if min(self.visitors, self.at_once, self.burst, self.cycles) < 1:
            raise InputError(
                f"{self.visitors} visitors, {self.at_once} and {self.burst} at once, {self.cycles} "
                "starts: use at least one of each."
            )
        if min(self.every_s, self.seconds, self.saturated_s) <= 0:
            raise InputError(
                f"{self.every_s:g}, {self.seconds:g} and {self.saturated_s:g} s: use times above 0."
            )


def main() -> int | str:
    """Measure, print the tables; returns an exit status or the message to leave with."""
    return run_command(LoadOptions, "python -m tests.benchmarks.load", run)


def run(options: LoadOptions) -> LoadReport:
    """Start the app and let everybody in, one phase after another."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request else
    load = os.getloadavg()[0]
    rate_s = min(10.0, options.saturated_s)
    before = measured_apart(options.model, rate_s)
    with (
        tempfile.TemporaryDirectory(prefix="mbtiface-load-") as scratch,
        running_app(options.model, Path(scratch)) as app,
    ):
        wait_for_page(app, time.perf_counter())
        fetch_gallery(app)
        program = Program(Client(_address(app), verbose=False, download_files=Path(scratch)))
        program.learn()
        app.invert(_photo())
        phases, memory = asyncio.run(_phases(options, app, program))
    after = measured_apart(options.model, rate_s)
    with tempfile.TemporaryDirectory(prefix="mbtiface-starts-") as scratch:
        left = in_a_process(options.cycles, Path(scratch), CYCLE_S * (options.cycles + 20))
    rates = {threads: (rate + after[threads]) / 2 for threads, rate in before.items()}
    where = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"
    return LoadReport(
        where=where,
        options=asdict(options) | {"json": None},
        phases=phases,
        memory=memory,
        program={"right": program.right, "wrong": program.wrong, "seconds": program.seconds},
        bare_rates=rates,
        left=left,
    )


async def _phases(
    options: LoadOptions, app: App, program: Program
) -> tuple[dict[str, Phase], list[tuple[float, int]]]:
    phases: dict[str, Phase] = {}
    with watch_memory(app.process.pid) as memory:
        program.start()
        async with open_client(_address(app)) as client:
            crowd = Crowd(client, _photo())
            doing = visits(crowd, options.visitors, options.seconds, options.every_s)
            phases["visits"] = await _phase(crowd, app, doing)
        await asyncio.to_thread(program.stop)
        flat = list(memory)
        for name, doing in (
            ("saturated", lambda crowd: saturate(crowd, options.at_once, options.saturated_s)),
            ("burst", lambda crowd: burst(crowd, options.burst)),
        ):
            async with open_client(_address(app)) as client:
                crowd = Crowd(client, b"")
                phases[name] = await _phase(crowd, app, doing(crowd))
    return phases, flat


async def _phase(crowd: Crowd, app: App, doing: Any) -> Phase:
    """Do something, and note what it took here and in the app."""
    started, own, served = time.perf_counter(), time.process_time(), app.cpu_seconds()
    await doing
    seconds = time.perf_counter() - started
    return Phase(
        seconds=seconds,
        own_cpu=time.process_time() - own,
        app_cpu=app.cpu_seconds() - served,
        asked=tuple(crowd.asked),
    )


def _address(app: App) -> str:
    return f"http://127.0.0.1:{app.port}/"


def _photo() -> bytes:
    buffer = io.BytesIO()
    portrait().resize((PHOTO_PX, PHOTO_PX)).save(buffer, "jpeg", quality=90)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
