"""State and results of a run on disk: whole or not at all, and read without running anything."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from mbtiface.errors import SourceError


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state of tensors and plain values so that a killed process leaves the old or the new.

    Raises:
        SourceError: it cannot be written (a full disk); the earlier state is still there.
    """
    _write_whole(path, lambda partial: torch.save(dict(state), partial))


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write a safetensors file so that a killed process leaves the old one or the new one.

    Raises:
        SourceError: as `save_state`.
    """
    plain = {name: value.cpu().contiguous() for name, value in tensors.items()}
    _write_whole(path, lambda partial: save_file(plain, partial))


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


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        partial.replace(path)
    except (OSError, RuntimeError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        raise SourceError(
            f"{path} cannot be written ({error}). The one before, if any, is kept; make room and "
            "run the same command again."
        ) from error
