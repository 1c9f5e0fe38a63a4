"""Measure GAN training on this machine: `python -m tests.benchmarks.training`.

Also `make bench-train`. Two minutes on two cores: `--sides 64 --variants plain eager bf16`.
"""

import os
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.command import run_command
from tests.benchmarks.training_options import TrainingOptions

if TYPE_CHECKING:
    from tests.benchmarks.training_report import TrainingReport


def main() -> int | str:
    """Measure, print the tables; returns an exit status or the message to leave with."""
    return run_command(TrainingOptions, "python -m tests.benchmarks.training", _measured)


def _measured(options: TrainingOptions) -> "TrainingReport":
    # Before torch counts the cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    from tests.benchmarks.training_run import run

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
