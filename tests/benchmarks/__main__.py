"""Measure the way of a photo on this machine: `python -m tests.benchmarks`, or `make bench`."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.command import run_command
from tests.benchmarks.options import Options

if TYPE_CHECKING:
    from tests.benchmarks.report import Report


def main() -> int | str:
    """Measure, print the tables; returns an exit status or the message to leave with."""
    return run_command(Options, "python -m tests.benchmarks", _measured)


def _measured(options: Options) -> "Report":
    # Before torch and OpenVINO count the cores. The app's process inherits both.
    cores = sorted(os.sched_getaffinity(0))[: options.cores]
    os.sched_setaffinity(0, cores)
    # What is measured must not change in the middle because a download has ended.
    os.environ["HF_HUB_OFFLINE"] = "1"
    from tests.benchmarks.running import run

    return run(options, _machine(len(cores)))


def _machine(cores: int) -> str:
    info = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "openvino"))
    processor = names[0] if names else platform.machine()
    return f"{processor}, cores used: {cores}; Python {platform.python_version()}, {libraries}"


if __name__ == "__main__":
    sys.exit(main())
