"""Checkpoints of rosinality's StyleGAN2 and of pSp and e4e: `.pt` files of torch."""

import argparse
from pathlib import Path
from typing import Any

import torch

from mbtiface.errors import SourceError
from mbtiface.weights.torch_files import read_torch_file

STATES = ("g_ema", "g", "d", "state_dict")
"""Entries that hold tensors by name: generators and discriminator, or encoder and decoder."""
OPTION_DEFAULTS = {"learn_in_w": False, "output_size": 1024}
"""What options mean that older checkpoints do not have."""
MAX_VALUES = 10_000
MAX_DEPTH = 20


def read_psp_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a `.pt` file as plain data, zip or legacy; nothing of it is run.

    Args:
        path: of the file, 1.5 GB at most.

    Returns:
        What the file has of: `g_ema`, `g`, `d` (rosinality) and `state_dict` (pSp, e4e; names
        begin with `encoder.` and `decoder.`), each name -> tensor on the CPU in the file's number
        format; `latent_avg`, a tensor `[w_dim]` or `[n, w_dim]`; `opts`, plain values by name,
        `learn_in_w` and `output_size` always among them. Optimisers and others are left out.

    Raises:
        SourceError: something else than tensors and plain values is in it, it is damaged, lies
            about a size, or is no such checkpoint.
    """
    path = Path(path)
    content = read_torch_file(path)
    if not isinstance(content, dict) or not any(name in content for name in STATES):
        found = ", ".join(map(str, list(content)[:5])) if isinstance(content, dict) else "no table"
        raise SourceError(
            f"{path} is no checkpoint of rosinality's StyleGAN2, pSp or e4e: it has {found[:200]}, "
            f"but none of {', '.join(STATES)}."
        )
    result: dict[str, Any] = {
        name: _tensors(content[name], f"{path}: {name}") for name in STATES if name in content
    }
    if content.get("latent_avg") is not None:
        result["latent_avg"] = _latent_avg(content["latent_avg"], path)
    if "opts" in content:
        options = content["opts"]
        if isinstance(options, argparse.Namespace):
            options = vars(options)
        if not isinstance(options, dict):
            raise SourceError(f"{path}: opts is no table of options.")
        result["opts"] = OPTION_DEFAULTS | PlainCopy(f"{path}: opts").of(options)
    return result


def _tensors(value: object, where: str) -> dict[str, torch.Tensor]:
    if not isinstance(value, dict):
        raise SourceError(f"{where} is no table of tensors.")
    for name, tensor in value.items():
        if type(name) is not str or not isinstance(tensor, torch.Tensor):
            raise SourceError(f"{where} holds {str(name)[:80]!r}, which is no tensor.")
    return {name: tensor.detach() for name, tensor in value.items()}


def _latent_avg(value: object, path: Path) -> torch.Tensor:
    if not isinstance(value, torch.Tensor) or value.ndim not in (1, 2) or not value.numel():
        raise SourceError(f"{path}: latent_avg is neither [w_dim] nor [n, w_dim].")
    return value.detach()


class PlainCopy:
    """Copies tables, lists and plain values, at most so many and so deep.

    A few lists that hold each other twice would otherwise become more values than there are atoms.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._left = MAX_VALUES

    def of(self, value: object, depth: int = 0) -> Any:
        """A copy of the value: dict, list, str, int, float, bool or None.

        Raises:
            SourceError: another kind of value, or too many.
        """
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise SourceError(f"{self._where} is nested too deep, or holds too many values.")
        if value is None or isinstance(value, str | int | float | bool):
            return value
        if isinstance(value, dict):
            return {str(name): self.of(each, depth + 1) for name, each in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.of(each, depth + 1) for each in value]
        raise SourceError(f"{self._where} holds a {type(value).__name__}, which is no plain value.")
