"""Serve the page: settings -> services -> build -> launch."""

import logging
import sys

from mbtiface.changeover import open_changeover
from mbtiface.errors import MbtifaceError
from mbtiface.logs import write_logs
from mbtiface.settings import read_settings
from mbtiface.ui.build import build
from mbtiface.ui.launch import check_launch, launch


def main() -> int:
    """Serve until told to end; returns 1 after an error that was foreseen, told in one line."""
    write_logs()
    try:
        settings = read_settings(arguments=sys.argv[1:])
        write_logs(settings.log)
        check_launch(settings)
        launch(build(open_changeover(settings), settings))
    except MbtifaceError as error:
        logging.getLogger("mbtiface").error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
