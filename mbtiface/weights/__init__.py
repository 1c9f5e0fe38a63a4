"""Bundles and foreign checkpoints: the only place that opens weight files."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mbtiface.weights.psp_checkpoint import read_psp_checkpoint as read_psp_checkpoint
    from mbtiface.weights.stylegan2_pickle import read_stylegan2_pickle as read_stylegan2_pickle

__all__ = ["read_psp_checkpoint", "read_stylegan2_pickle"]
HOMES = {
    "read_psp_checkpoint": "mbtiface.weights.psp_checkpoint",
    "read_stylegan2_pickle": "mbtiface.weights.stylegan2_pickle",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use: manifests are read by programs that need no torch."""
    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
