"""The page over the made-up studio as `app.py` serves it: its log, its end, its exit code.

`python -m tests.faults.serving_program [STEP_S [RENDER_S]]`: seconds that a step of refinement and
a picture take.
"""

import sys
import time
from typing import Any

from mbtiface.contributing import open_contributions
from mbtiface.logs import write_logs
from mbtiface.services import Services
from mbtiface.settings import read_settings
from mbtiface.ui.build import build
from mbtiface.ui.launch import launch
from tests.fakes import FakeStudio


class SlowStudio(FakeStudio):
    """Takes its time."""

    render_s = 0.0

    def render(self, w: Any, size: int | None = None) -> Any:
        time.sleep(self.render_s)
        return super().render(w, size)


def main() -> int:
    """Serve until told to end."""
    settings = read_settings()
    write_logs(settings.log)
    studio = SlowStudio()
    studio.step_s, studio.render_s = (*map(float, sys.argv[1:]), *(0.02, 0.0)[len(sys.argv) - 1 :])
    contributions = open_contributions(settings, studio)
    launch(build(Services(settings, studio, contributions=contributions), settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
