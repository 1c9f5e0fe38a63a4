"""Fetch `@gradio/client`, which README's JavaScript imports: `python -m tests.fetch_gradio_js`.

Versions and digests stand in tests/npm/package-lock.json. What is there already is left alone.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKED = ROOT / "tests" / "npm"
FETCHED = ROOT / ".fetched" / "npm"
LOCK = "package-lock.json"


def missing() -> str:
    """Return why JavaScript cannot be run here; "" where it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    kept = FETCHED / LOCK
    if not kept.is_file() or kept.read_bytes() != (LOCKED / LOCK).read_bytes():
        return "@gradio/client is not fetched: run `python -m tests.fetch_gradio_js`"
    return ""


def main() -> int | str:
    """Fetch; returns an exit status or the message to leave with."""
    if not missing():
        return 0
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "No node and npm here: the test of README's JavaScript will be skipped."
    shutil.rmtree(FETCHED, ignore_errors=True)
    FETCHED.mkdir(parents=True)
    shutil.copy(LOCKED / "package.json", FETCHED)
    shutil.copy(LOCKED / LOCK, FETCHED / "npm-shrinkwrap.json")
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=FETCHED,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return f"@gradio/client cannot be fetched; its test will be skipped.\n{done.stderr}"
    # Last of all: it says that the rest is whole.
    shutil.copy(LOCKED / LOCK, FETCHED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
