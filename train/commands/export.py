"""`python -m train export --bundle DIR --out FILE`: a generator for other programs.

A StyleGAN2 in rosinality's layout, or with `--onnx` any generator as an ONNX graph.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from mbtiface.errors import InputError
from mbtiface.networks import FaceGenerator, Generator
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.key_maps import generator_to_rosinality
from train.runs.config import announce
from train.runs.onnx_file import Part, write_onnx

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """Write a bundle's generator for other programs: rosinality's .pt file, or an ONNX graph."""

    bundle: str
    """`embedded`, a bundle folder, or hf://owner/name[@revision]. For a .pt file its generator must
    be a StyleGAN2 with skip connections and without classes: rosinality's has no other form."""
    out: Path
    """File to write. A .pt file is a table of g_ema (float32) and latent_avg, a pickle of tensors
    alone, that encoder projects start from."""
    onnx: bool = False
    """Write an ONNX graph of any generator, checked with ONNX Runtime against torch."""
    size: int | None = None
    """With --onnx: picture size in pixels; None = the bundle's full size."""
    part: Part = "whole"
    """With --onnx: whole (z to pictures), mapping (z to w+) or synthesis (w+ to pictures)."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Read, convert, write beside, move into place."""
    if not announce(config):
        return
    if config.out.exists():
        raise InputError(f"{config.out} is there already. Name a new file with --out.")
    if not config.onnx and (config.size, config.part) != (None, "whole"):
        raise InputError("--size and --part are for an ONNX graph: add --onnx.")
    bundle = open_bundle(config.bundle)
    network = load_generator(bundle)
    partial = config.out.with_name(f".{config.out.name}.partial")
    config.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        if config.onnx:
            size = config.size or bundle.manifest.resolution
            difference = write_onnx(network, size, config.part, partial)
            log.info("ONNX Runtime and torch differ by at most %.2g.", difference)
        else:
            _write_rosinality(network, config.bundle, partial)
        partial.replace(config.out)
    finally:
        partial.unlink(missing_ok=True)
    log.info("wrote %s. Licence: %s", config.out, bundle.manifest.license)


def _write_rosinality(network: FaceGenerator, name: str, path: Path) -> None:
    if not isinstance(network, Generator):
        raise InputError(
            f"{name} holds a {type(network).__name__}; only a StyleGAN2 has that layout. "
            "Use --onnx for any other."
        )
    content = {
        "g_ema": generator_to_rosinality(network.state_dict()),
        "latent_avg": network.mapping.w_avg,
    }
    torch.save(content, path)
