"""`python -m train import random-face --out DIR`: the wheel's generator as a bundle of our own."""

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro

from mbtiface.networks.mobile import CHANNELS, MobileGenerator
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.manifest import ALWAYS_FORBIDDEN, Manifest, NetworkSpec
from mbtiface.weights.writing import half, write_manifest, write_sharded
from train.mobile import random_face
from train.runs.config import announce

log = logging.getLogger(__name__)

W_AVG_SAMPLES = 100_000
"""Latents that the average w is taken over; StyleGAN2's own is a running mean of as many."""


@dataclass(frozen=True)
class Config:
    """Import the generator of a wheel that carries MobileStyleGAN's weights."""

    source: Annotated[Literal["random-face"], tyro.conf.Positional]
    """What to import."""
    out: Path
    """Bundle folder to write."""
    wheel_dir: Path = Path(".fetched")
    """Where the wheel is, or is fetched to."""
    precision: Literal["half", "float32"] = "half"
    """Number format of the tensors; the app's bundle is half, heads are fitted on float32."""
    seed: int = 0
    """Seed of the latents that the average w is taken over."""
    dry_run: bool = False
    """Print the resolved config and stop."""


CREDITS = (
    "MobileStyleGAN by Sergei Belousov (arXiv 2104.04767), Apache-2.0, as carried by the PyPI "
    "package random-face 2021.7.21.1.",
    "Distilled from StyleGAN2 by NVIDIA (arXiv 1912.04958), trained on FFHQ by NVIDIA: "
    "non-commercial use only.",
)
FORBIDDEN_USE = (*ALWAYS_FORBIDDEN, "Commercial use.")


def main(config: Config) -> None:
    """Fetch, check, read, halve, write, and read back."""
    if not announce(config):
        return
    wheel = random_face.fetch_wheel(config.wheel_dir)
    with tempfile.TemporaryDirectory() as unpacked:
        folder = random_face.unpack_wheel(wheel, Path(unpacked))
        state = random_face.read_generator(folder)
        licence = (folder / "LICENSE").read_text("utf-8")
    state["mapping.w_avg"] = average_w(state, config.seed)
    config.out.mkdir(parents=True, exist_ok=True)
    write_sharded(config.out, "generator", half(state) if config.precision == "half" else state)
    (config.out / "LICENSE.mobilestylegan.txt").write_text(licence, "utf-8")
    write_manifest(config.out, manifest(config))
    load_generator(open_bundle(config.out))
    log.info("wrote %s", config.out)


def average_w(state: dict[str, torch.Tensor], seed: int) -> torch.Tensor:
    """Mean of w over many input latents, `[w_dim]`."""
    network = MobileGenerator()
    network.load_state_dict(state, strict=False)
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(network.w_dim, dtype=torch.float64)
    with torch.inference_mode():
        for _ in range(W_AVG_SAMPLES // 1000):
            z = torch.randn(1000, network.z_dim, generator=generator)
            total += network.eval().mapping(z)[:, 0].double().sum(0)
    return (total / W_AVG_SAMPLES).float()


def manifest(config: Config) -> Manifest:
    """What the imported bundle says of itself."""
    return Manifest(
        name="embedded",
        version="1.0.0",
        license="Non-commercial (FFHQ and StyleGAN2 weights); MobileStyleGAN Apache-2.0",
        resolution=1024,
        networks={
            "generator": NetworkSpec(
                "MobileGenerator",
                {"img_resolution": 1024, "channels": list(CHANNELS), "head_sizes": []},
            )
        },
        credits=CREDITS,
        provenance={
            "imported_from": random_face.REQUIREMENT,
            "wheel_sha256": random_face.WHEEL_SHA256,
            "files_sha256": random_face.MEMBERS,
            "w_avg": {"samples": W_AVG_SAMPLES, "seed": config.seed},
        },
        forbidden_use=FORBIDDEN_USE,
    )
