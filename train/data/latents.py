"""Latents of labelled faces: one w a face, from a file of them or from a run of `train project`."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from mbtiface.errors import SourceError

LATENTS, FILES = "latents.safetensors", "files.json"


def read_latents(path: Path, count: int) -> np.ndarray:
    """Read `w [count, w_dim]` in float64.

    Raises:
        SourceError: the file or tensor is missing or has another length.
    """
    w = _tensor(path)
    if w.ndim != 2 or w.shape[0] != count:
        raise SourceError(
            f"{path} holds latents of shape {list(w.shape)}, expected [{count}, w_dim]."
        )
    return w.double().numpy()


def read_projected(run: Path, files: Sequence[str], acting: int) -> np.ndarray:
    """Read the w of each face, the mean of its rows: `[files, w_dim]`; see the next."""
    return read_projected_rows(run, files, acting).mean(1)


def read_projected_rows(run: Path, files: Sequence[str], acting: int) -> np.ndarray:
    """Read the w+ of each face from a run of `train project`, in float64.

    Args:
        run: the run's folder.
        files: pictures in the order wanted; their names without folders are looked for.
        acting: rows of w+ that the run moved; the others are left out.

    Returns:
        `[files, acting, w_dim]`.

    Raises:
        SourceError: something is missing, or a face is.
    """
    w = _tensor(run / LATENTS)
    try:
        names = json.loads((run / FILES).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{run / FILES} does not name the run's pictures ({error}).") from error
    if not isinstance(names, list):
        raise SourceError(f"{run / FILES} must hold a list of names, not {names!r:.60}.")
    if w.ndim != 3 or len(names) != len(w):
        raise SourceError(
            f"{run} holds latents of shape {list(w.shape)} for {len(names)} pictures; "
            "`train project` writes [pictures, num_ws, w_dim]."
        )
    row_of = {name: row for row, name in enumerate(names)}
    wanted = [Path(file).name for file in files]
    missing = [name for name in wanted if name not in row_of]
    if missing:
        raise SourceError(
            f"{run} has no latent of {len(missing)} faces, the first {missing[0]}. "
            "Run `train project` on all of them."
        )
    rows = torch.tensor([row_of[name] for name in wanted])
    return w[rows, :acting].double().numpy()


def _tensor(path: Path) -> torch.Tensor:
    try:
        return load_file(path)["w"]
    except (OSError, SafetensorError, KeyError) as error:
        raise SourceError(f"{path} holds no latents `w` ({error}).") from error
