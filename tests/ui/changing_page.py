"""The page over a made-up studio whose place another one takes as soon as a file is there.

The file is named by the environment variable `TAKE_OVER_WHEN`; what stands in it says whether both
share one W space (`same`), do not (`other`), or the other cannot be had (`failing`).
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from mbtiface.changeover import Changeover
from mbtiface.errors import HubError
from mbtiface.services import Services
from mbtiface.settings import read_settings
from mbtiface.ui.build import build
from mbtiface.ui.launch import launch
from mbtiface.weights.hub_bundle import Progress
from tests.changeover_parts import NamedStudio

NAME = "hf://owner/name"


def main() -> None:
    """Serve until terminated."""
    sign = Path(os.environ["TAKE_OVER_WHEN"])
    settings = read_settings()
    embedded = Services(settings, NamedStudio("embedded", "1"))
    changeover = Changeover(embedded)

    def load_other(report: Callable[[Progress], None]) -> Services:
        report(Progress("generator.safetensors", 42, 100))
        while not (sign.exists() and sign.read_text()):
            time.sleep(0.1)
        if (what := sign.read_text()) == "failing":
            raise HubError("manifest.json of the Hub repo owner/name cannot be fetched.")
        shared = embedded.kept_faces if what == "same" else None
        return Services(settings, NamedStudio("other", "2"), kept_faces=shared)

    changeover.begin(NAME, load_other)
    launch(build(changeover, settings))


if __name__ == "__main__":
    main()
