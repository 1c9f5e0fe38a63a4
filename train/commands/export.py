"""`python -m train export --bundle DIR --out FILE.pt`: a StyleGAN2 in rosinality's layout."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from mbtiface.errors import InputError
from mbtiface.networks import Generator
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.key_maps import generator_to_rosinality
from train.runs.config import announce

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """Write a bundle's StyleGAN2 generator as the .pt file that encoder projects start from."""

    bundle: str
    """Bundle folder, or hf://owner/name[@revision]. Its generator must be a StyleGAN2 with skip
    connections and without classes: rosinality's has no other form."""
    out: Path
    """File to write: a table of g_ema (float32) and latent_avg. It is a pickle of tensors alone."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Read, rename, write beside, move into place."""
    if not announce(config):
        return
    if config.out.exists():
        raise InputError(f"{config.out} is there already. Name a new file with --out.")
    bundle = open_bundle(config.bundle)
    network = load_generator(bundle)
    if not isinstance(network, Generator):
        raise InputError(
            f"{config.bundle} holds a {type(network).__name__}; only a StyleGAN2 can be exported."
        )
    content = {
        "g_ema": generator_to_rosinality(network.state_dict()),
        "latent_avg": network.mapping.w_avg,
    }
    partial = config.out.with_name(f".{config.out.name}.partial")
    config.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, partial)
    partial.replace(config.out)
    log.info("wrote %s. Licence: %s", config.out, bundle.manifest.license)
