"""Measure what a hand waits for in the page: `python -m tests.benchmarks.ui`.

Also `make bench-ui`.
"""

import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from mbtiface.errors import InputError
from tests.benchmarks.app_run import running_app, wait_for_page
from tests.benchmarks.command import run_command
from tests.benchmarks.page_visit import Waits, morph_waits, slow_page, survey_waits
from tests.benchmarks.table import table
from tests.benchmarks.timing import percentile
from tests.install_browser import find_browser

ROWS = (
    ("strip", "first touch of a slider to its whole strip", 900.0),
    ("drag", "input to changed picture, the strip there", 33.0),
    ("release", "release to the sharp picture", 900.0),
    ("answer_ahead", "survey: click to new face, fetched ahead", 100.0),
    ("answer_at_once", "survey: click to new face, clicked at once", 600.0),
)
"""Which waits, in words, and how many milliseconds 95 of 100 should stay under."""


@dataclass(frozen=True)
class UiOptions:
    """Waits in Chromium on a phone's screen, over an emulated network, app and browser here."""

    model: str = "embedded"
    """Bundle that the app serves."""
    round_trip_ms: float = 200.0
    """Emulated trip there and back."""
    rounds: int = 12
    """Times that a slider is touched, dragged and released."""
    questions: int = 14
    """Questions answered, every other one at once."""
    reading_s: float = 3.0
    """How long the others are read."""
    json: Path | None = None
    """File for everything that was measured; None writes none."""

    def __post_init__(self) -> None:
        if self.rounds < 1 or not 2 <= self.questions <= 16 or self.round_trip_ms < 0:
            raise InputError(
                f"{self.rounds} rounds, {self.questions} questions, {self.round_trip_ms:g} ms: use "
                "at least 1 round, 2 to 16 questions and no negative time."
            )


@dataclass(frozen=True)
class UiReport:
    """What was waited for."""

    waits: Waits
    options: UiOptions
    load: tuple[float, float]
    """Mean number of processes that wanted a core, before and after."""

    def markdown(self) -> str:
        """The table, with what it was measured on."""
        rows = []
        for name, words, aim in ROWS:
            values = tuple(getattr(self.waits, name))
            p50, p95 = percentile(values, 50), percentile(values, 95)
            rows.append([words, str(len(values)), f"{p50:.0f}", f"{p95:.0f}", f"{aim:.0f}"])
        where = (
            f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
            f"{self.load[0]:.1f} before and {self.load[1]:.1f} after; browser and app share "
            f"them; {self.options.round_trip_ms:g} ms round trip, {self.options.model}"
        )
        head = ["wait", "times", "p50 ms", "p95 ms", "aim p95"]
        return f"{where}\n\n{table(head, rows)}"

    def values(self) -> dict[str, Any]:
        """Everything, as plain values."""
        options = asdict(self.options) | {"json": None}
        return {"options": options, "load": self.load, "ms": asdict(self.waits)}


def main() -> int | str:
    """Measure, print the tables; returns an exit status or the message to leave with."""
    return run_command(UiOptions, "python -m tests.benchmarks.ui", _measured)


def _measured(options: UiOptions) -> UiReport:
    before = os.getloadavg()[0]
    waits = run(options)
    return UiReport(waits, options, (before, os.getloadavg()[0]))


def run(options: UiOptions) -> Waits:
    """Start the app and a browser, and visit the page."""
    waits = Waits()
    path = find_browser()
    with (
        tempfile.TemporaryDirectory() as scratch,
        sync_playwright() as playwright,
        running_app(options.model, Path(scratch)) as app,
    ):
        wait_for_page(app, time.perf_counter())
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        address = f"http://127.0.0.1:{app.port}/"
        with slow_page(browser, address, options.round_trip_ms) as page:
            survey_waits(page, options.questions, options.reading_s, waits)
        with slow_page(browser, address, options.round_trip_ms) as page:
            morph_waits(page, options.rounds, waits)
        browser.close()
    return waits


if __name__ == "__main__":
    sys.exit(main())
