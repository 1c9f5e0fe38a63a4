"""Opens a foreign checkpoint, whatever its dialect, as networks under our names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from mbtiface.errors import SourceError
from mbtiface.weights import read_psp_checkpoint, read_stylegan2_pickle
from mbtiface.weights.key_maps import discriminator_from_rosinality, generator_from_rosinality
from mbtiface.weights.torch_zip import MEMBER
from train.foreign.network_shapes import discriminator_arguments, generator_arguments

State = dict[str, torch.Tensor]
LEGACY = b"\x80\x02\x8a\x0a"
"""How torch's older format begins; any other pickle is taken for a snapshot."""
W_AVG = "mapping.w_avg"


@dataclass(frozen=True)
class ForeignEncoder:
    """An encoder of pSp or e4e, its tensors under our names, which are theirs."""

    tensors: State
    options: Mapping[str, Any]
    latent_avg: torch.Tensor | None
    """What its codes are counted from, `[w_dim]` or `[n, w_dim]`; None = they are w themselves."""


@dataclass(frozen=True)
class Foreign:
    """What a checkpoint holds; tensors in its own number format."""

    dialect: str
    """`nvidia`, `rosinality` or `psp`."""
    arguments: Mapping[str, Any]
    """Of `Generator`."""
    generator: State
    """May lack `mapping.w_avg`."""
    encoder: ForeignEncoder | None = None
    discriminator: State | None = None
    discriminator_arguments: Mapping[str, Any] = field(default_factory=dict)


def open_foreign(path: Path, discriminator: bool = False) -> Foreign:
    """Open a checkpoint of NVIDIA's, rosinality's or pSp's layout; e4e's is pSp's.

    Args:
        path: of the file.
        discriminator: read the discriminator too, if there is one.

    Raises:
        SourceError: it is none, is damaged, holds anything but tensors and plain values, or
            networks of another kind.
    """
    try:
        with path.open("rb") as opened:
            head = opened.read(4)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}). Check the path.") from error
    if head[:4] in (MEMBER, LEGACY):
        return _from_torch(path, discriminator)
    return _from_snapshot(path, discriminator)


def open_encoder(path: Path) -> ForeignEncoder:
    """Open a checkpoint of pSp or e4e for its encoder alone.

    Raises:
        SourceError: as `open_foreign`, or it holds no encoder.
    """
    content = read_psp_checkpoint(path)
    encoder = _encoder(content)
    if encoder is None:
        raise SourceError(f"{path} holds no encoder of pSp or e4e: no tensor named encoder.*")
    return encoder


def _from_snapshot(path: Path, discriminator: bool) -> Foreign:
    parts = ("G_ema", "D") if discriminator else ("G_ema",)
    content = read_stylegan2_pickle(path, parts)
    network = content.get("G_ema")
    if network is None:
        raise SourceError(f"{path} holds no G_ema, the generator that pictures are made with.")
    arguments = generator_arguments(network["tensors"], network["args"], str(path))
    found = content.get("D")
    return Foreign(
        "nvidia",
        arguments,
        network["tensors"],
        discriminator=None if found is None else found["tensors"],
        discriminator_arguments={}
        if found is None
        else discriminator_arguments(found["tensors"], found["args"], str(path)),
    )


def _from_torch(path: Path, discriminator: bool) -> Foreign:
    content = read_psp_checkpoint(path)
    if "state_dict" in content:
        theirs = _inside(content["state_dict"], "decoder.")
        dialect = "psp"
    else:
        theirs, dialect = content.get("g_ema", content.get("g", {})), "rosinality"
    if not theirs:
        raise SourceError(f"{path} holds no generator: neither g_ema nor decoder.*")
    generator = generator_from_rosinality(theirs, content.get("latent_avg"))
    found = content.get("d") if discriminator else None
    ours = None if found is None else discriminator_from_rosinality(found)
    return Foreign(
        dialect,
        generator_arguments(generator, {}, str(path)),
        generator,
        _encoder(content),
        ours,
        {} if ours is None else discriminator_arguments(ours, {}, str(path)),
    )


def _encoder(content: Mapping[str, Any]) -> ForeignEncoder | None:
    tensors = _inside(content.get("state_dict", {}), "encoder.")
    options = content.get("opts", {})
    if not tensors:
        return None
    # Without an average in the file, or told not to start from one, the codes are w themselves.
    counted = bool(options.get("start_from_latent_avg", True))
    return ForeignEncoder(tensors, options, content.get("latent_avg") if counted else None)


def _inside(state: Mapping[str, torch.Tensor], prefix: str) -> State:
    return {
        name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)
    }
