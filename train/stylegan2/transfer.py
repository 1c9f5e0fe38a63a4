"""Starts a run from another's weights: all that fits by name and shape, the rest named.

A label changes the width of the mapping's first layer. What it learnt of z is kept: its columns are
carried over and scaled so that the same z gives the same w, and those of a label that is new start
at zero.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from mbtiface.errors import BundleError, SourceError
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.manifest import MANIFEST
from train.runs.checkpoint import load_state
from train.stylegan2.networks import KINDS
from train.stylegan2.state import FOLDER, Snapshots
from train.stylegan2.trainer import Trainer

log = logging.getLogger(__name__)

FIRST_LAYER = "mapping.fc0.weight"
PART = "generator.safetensors"
LEAST_SHARE = 0.5
"""Part of the smaller network's numbers that must fit; else it is another configuration."""


@dataclass(frozen=True)
class Source:
    """Weights to start from."""

    name: str
    generator: Mapping[str, torch.Tensor]
    average: Mapping[str, torch.Tensor]
    discriminator: Mapping[str, torch.Tensor] | None
    """None where there is none: it starts anew."""


@dataclass(frozen=True)
class Carried:
    """What of a source a network took."""

    taken: tuple[str, ...]
    partly: tuple[str, ...]
    """Columns for z kept, those for the label anew."""
    fresh: tuple[str, ...]
    """Re-initialised: missing in the source, or of another shape there."""
    unused: tuple[str, ...]
    """In the source only."""


def open_source(given: str) -> Source:
    """Read a bundle folder (or `embedded`), a run folder or a checkpoint file.

    A run's best snapshot by its metric is taken, else its newest; where its snapshots were thrown
    away to save room, the networks that it wrote at its end, or a generator alone.

    Raises:
        SourceError: it is none of them, or a bundle without a StyleGAN generator.
    """
    path = Path(given)
    if path.is_file():
        return _of_state(given, load_state(path))
    if given == "embedded" or (path / MANIFEST).exists():
        return _of_bundle(given)
    state = Snapshots(path).best()
    if state is not None:
        return _of_state(given, state)
    if (path / PART).exists():
        return _of_parts(path)
    if (path / FOLDER).is_dir():
        raise SourceError(f"{path} holds no snapshot yet. Let it train for a tick first.")
    raise SourceError(
        f"{given} is neither a bundle, nor a run folder of `python -m train gan`, nor a "
        "checkpoint file of one."
    )


def transfer(source: Source, trainer: Trainer) -> dict[str, Carried]:
    """Fill a fresh trainer's networks; log and return what each took and what starts anew.

    Raises:
        SourceError: too little fits: another configuration.
    """
    found = {
        "generator": carry(source.generator, trainer.generator, source.name),
        "average": carry(source.average, trainer.average, source.name),
    }
    if source.discriminator is None:
        log.info("%s has no discriminator: it starts anew", source.name)
    else:
        found["discriminator"] = carry(source.discriminator, trainer.discriminator, source.name)
    for which, each in found.items():
        log.info(
            "%s: %d tensors from %s; partly: %s; re-initialised: %s; not used: %s",
            which,
            len(each.taken),
            source.name,
            *(", ".join(names) or "none" for names in (each.partly, each.fresh, each.unused)),
        )
    return found


@torch.no_grad()
def carry(state: Mapping[str, torch.Tensor], network: torch.nn.Module, name: str) -> Carried:
    """Copy into a network what fits by name and shape.

    Raises:
        SourceError: less than half of the numbers of the smaller one fit.
    """
    own = network.state_dict()
    taken = [key for key in own if key in state and state[key].shape == own[key].shape]
    partly = []
    for key in taken:
        own[key].copy_(state[key])
    if FIRST_LAYER in own and FIRST_LAYER in state and FIRST_LAYER not in taken:
        z_dim = getattr(network.mapping, "z_dim", 0)
        if _carry_columns(state[FIRST_LAYER], own[FIRST_LAYER], int(z_dim)):
            partly.append(FIRST_LAYER)
    smaller = min(_numbers(own), _numbers(state))
    share = sum(own[key].numel() for key in (*taken, *partly)) / max(smaller, 1)
    if share < LEAST_SHARE:
        raise SourceError(
            f"Only {share:.0%} of the weights of {name} fit this network: it is of another "
            "configuration. Choose the preset and sizes that it was trained with."
        )
    fresh = [key for key in own if key not in taken and key not in partly]
    unused = [key for key in state if key not in own]
    return Carried(tuple(taken), tuple(partly), tuple(fresh), tuple(unused))


def _carry_columns(theirs: torch.Tensor, ours: torch.Tensor, z_dim: int) -> bool:
    """Carry the columns of z `[w_dim, z_dim + label]`; False where even they do not fit."""
    widths = (theirs.shape[1], ours.shape[1])
    if not z_dim or theirs.shape[0] != ours.shape[0] or min(widths) < z_dim:
        return False
    ours.zero_()
    # A layer's gain is 1 / sqrt(inputs): scaled, z has the effect that it had.
    ours[:, :z_dim] = theirs[:, :z_dim] * (widths[1] / widths[0]) ** 0.5
    return True


def _numbers(state: Mapping[str, torch.Tensor]) -> int:
    return sum(value.numel() for value in state.values())


def _of_state(name: str, state: dict[str, Any]) -> Source:
    try:
        return Source(name, state["generator"], state["average"], state.get("discriminator"))
    except KeyError as error:
        raise SourceError(f"{name} is no checkpoint of `python -m train gan` ({error}).") from None


def _of_parts(run: Path) -> Source:
    try:
        average = load_file(run / PART)
        kept = run / "discriminator.safetensors"
        discriminator = load_file(kept) if kept.exists() else None
    except (OSError, SafetensorError) as error:
        raise SourceError(f"The networks in {run} cannot be read ({error}).") from error
    return Source(str(run), average, average, discriminator)


def _of_bundle(name: str) -> Source:
    try:
        bundle = open_bundle(name)
        kind = bundle.manifest.networks["generator"].kind
        if kind not in KINDS:
            raise SourceError(
                f"The bundle {name} holds a {kind}, which this command cannot train. Start from a "
                "StyleGAN2 bundle, or train a base on its samples (`prepare --from-bundle`)."
            )
        average = {key: value.float() for key, value in bundle.tensors("generator").items()}
        discriminator = None
        if bundle.files("discriminator"):
            discriminator = {k: v.float() for k, v in bundle.tensors("discriminator").items()}
    except (BundleError, KeyError) as error:
        raise SourceError(f"{name} cannot be started from: {error}") from error
    return Source(name, average, average, discriminator)
