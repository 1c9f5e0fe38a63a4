"""The state of a run on disk: whole or not at all, and read without running anything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mbtiface.errors import SourceError


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state of tensors and plain values so that a killed process leaves the old or the new.

    Raises:
        SourceError: it cannot be written (a full disk); the earlier state is still there.
    """
    partial = path.with_suffix(".partial")
    try:
        torch.save(dict(state), partial)
        partial.replace(path)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise SourceError(
            f"The state cannot be written to {path} ({error}). The one before is kept; make room "
            "and run the same command again."
        ) from error


def load_state(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Read a state that `save_state` wrote.

    Raises:
        SourceError: there is none, or it is damaged.
    """
    try:
        return dict(torch.load(path, weights_only=True, map_location=device))
    except FileNotFoundError:
        raise SourceError(f"{path} is missing: this is no run folder, or it never saved.") from None
    except Exception as error:  # a damaged zip or pickle raises almost anything
        raise SourceError(
            f"{path} is damaged ({type(error).__name__}: {error}). Delete it to start anew."
        ) from error
