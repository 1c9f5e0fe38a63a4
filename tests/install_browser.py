"""Find a Chromium for the browser tests, or install one: `python -m tests.install_browser`.

Taken in this order: the system's, Debian's package where this user may install it, playwright's.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HELP = (
    "No Chromium for the browser tests: none of "
    f"{', '.join(SYSTEM_NAMES)} runs on this machine, and neither apt-get nor playwright could "
    "install one. Install Chromium with the system's package manager and run this again."
)


def find_browser() -> str | None:
    """Return the path of a Chromium that runs: the system's, else playwright's, else None."""
    for name in SYSTEM_NAMES:
        path = shutil.which(name)
        # Ubuntu's package is a stub that asks for snap: being on PATH is not enough.
        if path and succeeds([path, "--version"]):
            return path
    return playwright_browser()


def playwright_browser() -> str | None:
    """Return the path of the Chromium that playwright has installed, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and succeeds([path, "--version"]) else None


def install_browser() -> str | None:
    """Return a Chromium that runs, installed first where there was none; None if that failed."""
    if path := find_browser():
        return path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
        # One after the other: a package list that is old but present may still do.
        run_aloud(["apt-get", "update"])
        run_aloud(install)
        if path := find_browser():
            return path
    run_aloud([sys.executable, "-m", "playwright", "install", "chromium"])
    return find_browser()


def succeeds(command: Sequence[str]) -> bool:
    """Whether a command ends well within half a minute; what it says is dropped."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def run_aloud(command: Sequence[str]) -> None:
    """Run an installation step; whether it helped is seen by looking for the browser again."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, env=environ, check=False)


if __name__ == "__main__":
    sys.exit(0 if install_browser() else HELP)
