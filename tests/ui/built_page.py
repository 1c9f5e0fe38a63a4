"""What Gradio tells programs of the page over the made-up studio: `python -m tests.ui.built_page`.

In a process of its own, since Gradio leaves event loops behind that would trouble other tests.
"""

import json
import subprocess
import sys
from functools import lru_cache
from typing import Any

from tests.program_files import ROOT


@lru_cache
def named_endpoints() -> dict[str, Any]:
    """Return what Gradio says of each public endpoint, by name, in order."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.built_page"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return {name.removeprefix("/"): endpoint for name, endpoint in found.items()}


def main() -> None:
    """Build the page and write what it tells as JSON."""
    from mbtiface.services import Services
    from mbtiface.settings import Settings
    from mbtiface.ui.build import build
    from tests.fakes import FakeStudio

    settings = Settings()
    blocks = build(Services(settings, FakeStudio()), settings).blocks
    json.dump(blocks.get_api_info()["named_endpoints"], sys.stdout)


if __name__ == "__main__":
    main()
