"""Fetch axe-core, which checks pages for accessibility: `python -m tests.fetch_axe`.

It is one script, taken out of a PyPI wheel that carries it, so that pip is all that is needed. A
wheel that is there already is only checked: no network is touched.
"""

import hashlib
import sys
import zipfile

from mbtiface.errors import SourceError
from tests.fetch_wheel import FETCHED
from train.data.wheels import fetch_wheel

REQUIREMENT = "axe-playwright-python==0.1.8"
WHEEL = FETCHED / "axe_playwright_python-0.1.8-py3-none-any.whl"
WHEEL_SHA256 = "fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8"
SCRIPT = "axe_playwright_python/axe.min.js"
"""axe-core 4.12.1 by Deque Systems, MPL-2.0; fetched for tests, no part of this project."""


def axe_script() -> str:
    """Return the script from the fetched wheel.

    Raises:
        SourceError: the wheel is missing, or another one.
    """
    try:
        digest = hashlib.sha256(WHEEL.read_bytes()).hexdigest()
    except OSError as error:
        raise SourceError(
            f"{WHEEL.name} is not fetched ({error.strerror}): run `python -m tests.fetch_axe` once."
        ) from error
    if digest != WHEEL_SHA256:
        raise SourceError(
            f"{WHEEL} is not the wheel of {REQUIREMENT}: its sha256 is {digest}, expected "
            f"{WHEEL_SHA256}. Delete it and run `python -m tests.fetch_axe` again."
        )
    with zipfile.ZipFile(WHEEL) as archive:
        return archive.read(SCRIPT).decode()


def main() -> int | str:
    """Fetch and check; returns an exit status or the message to leave with."""
    try:
        fetch_wheel(REQUIREMENT, WHEEL, "Check the network")
        axe_script()
    except SourceError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
