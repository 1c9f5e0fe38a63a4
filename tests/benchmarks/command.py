"""What every benchmark is as a command: options in, tables out, everything measured into a file."""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import tyro

from mbtiface.errors import MbtifaceError


class Options(Protocol):
    """Options of a benchmark."""

    @property
    def json(self) -> Path | None:
        """File for everything that was measured; None writes none."""


class Report(Protocol):
    """What was measured."""

    def markdown(self) -> str:
        """The tables."""

    def values(self) -> dict[str, Any]:
        """Everything, as plain values."""


T = TypeVar("T", bound=Options)


def run_command(options_type: type[T], prog: str, measured: Callable[[T], Report]) -> int | str:
    """Measure, print the tables; returns an exit status or the message to leave with."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        options = tyro.cli(options_type, prog=prog)
        report = measured(options)
    except MbtifaceError as error:
        return str(error)
    print(report.markdown())
    if options.json is not None:
        options.json.write_text(json.dumps(report.values(), indent=1) + "\n")
    return 0
