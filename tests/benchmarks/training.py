"""Measure GAN training on this machine: `python -m tests.benchmarks.training`.

Also `make bench-train`. Two minutes on two cores: `--sides 64 --variants plain eager bf16`.
"""

import json
import logging
import os
import sys
from typing import TYPE_CHECKING

import tyro

from mbtiface.errors import MbtifaceError
from tests.benchmarks.training_options import TrainingOptions

if TYPE_CHECKING:
    from tests.benchmarks.training_report import TrainingReport


def main() -> int | str:
    """Measure, print the tables; returns an exit status or the message to leave with."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        options = tyro.cli(TrainingOptions, prog="python -m tests.benchmarks.training")
        report = _measured(options)
    except MbtifaceError as error:
        return str(error)
    print(report.markdown())
    if options.json is not None:
        options.json.write_text(json.dumps(report.values(), indent=1) + "\n")
    return 0


def _measured(options: TrainingOptions) -> "TrainingReport":
    # Before torch counts the cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    from tests.benchmarks.training_run import run

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
