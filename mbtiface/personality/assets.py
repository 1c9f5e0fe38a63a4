"""The tables under `assets/` that the survey and the match table are made of, read once."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from mbtiface.errors import MbtifaceError

FOLDER = Path(__file__).resolve().parents[2] / "assets"
"""The repository's `assets` folder."""


@lru_cache
def read_asset(name: str) -> dict[str, Any]:
    """Return the json object in `assets/name`; the same object every time, so never change it.

    Raises:
        MbtifaceError: the file is missing or is not a json object.
    """
    path = FOLDER / name
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MbtifaceError(
            f"The table {path} cannot be read ({error.strerror or error}). "
            "Run from a complete checkout, with the assets folder beside mbtiface."
        ) from error
    except ValueError as error:
        raise MbtifaceError(
            f"The table {path} is not valid json ({error}). Restore it from the repository."
        ) from error
    if not isinstance(content, dict):
        raise MbtifaceError(
            f"The table {path} holds a json {type(content).__name__}, but must hold an object. "
            "Restore it from the repository."
        )
    return content
