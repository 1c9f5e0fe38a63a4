"""`python -m train import SOURCE --out DIR`: other people's weights as a bundle of our own.

`random-face` is the wheel that the embedded generator comes from; any other source is a checkpoint
of StyleGAN2, pSp or e4e (train/foreign/).
"""

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
from train.foreign.dialects import open_encoder, open_foreign
from train.foreign.foreign_bundle import Import, write_foreign_bundle
from train.foreign.foreign_networks import W_AVG_SAMPLES, mean_w
from train.foreign.memory import return_large_blocks
from train.foreign.presets import find_source
from train.mobile import random_face
from train.runs.config import announce

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """Import a generator: `random-face`, a preset, a file of the Hub, or a file."""

    source: Annotated[str, tyro.conf.Positional]
    """`random-face` (MobileStyleGAN's weights out of their wheel), or a StyleGAN2 checkpoint: a
    preset (ffhq-256, ffhq-512, ffhq-1024, rosinality-ffhq-1024, psp, e4e),
    hf://owner/name[@revision]/file, or a path to NVIDIA's .pkl or to rosinality's, pSp's or e4e's
    .pt. Nothing in it is run."""
    out: Path
    """Bundle folder to write."""
    wheel_dir: Path = Path(".fetched")
    """Where the wheel is, or is fetched to."""
    precision: Literal["half", "float32"] = "half"
    """Number format of the tensors; the app's bundle is half, heads are fitted on float32."""
    seed: int = 0
    """Seed of the latents that the average w is taken over."""
    with_encoder: str | None = None
    """A preset (e4e, psp), hf:// address or path of a pSp or e4e checkpoint whose encoder the
    bundle gets. A source that holds an encoder brings its own."""
    discriminator: bool = False
    """Import the discriminator too, for `python -m train gan --resume`."""
    license: str | None = None
    """Licence of the weights, in words; None = as the preset says."""
    pictures: int = 10
    """Pictures drawn as a check, and compared with the embedded generator's where W is shared."""
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
    if config.source == "random-face":
        import_random_face(config)
    else:
        import_foreign(config)


def import_foreign(config: Config) -> None:
    """Read a checkpoint without running it, and write its networks as a bundle."""
    return_large_blocks()
    origin = find_source(config.source)
    foreign = open_foreign(origin.path, config.discriminator)
    encoder, encoder_origin = foreign.encoder, None
    if config.with_encoder is not None:
        encoder_origin = find_source(config.with_encoder)
        encoder = open_encoder(encoder_origin.path)
    job = Import(
        config.out,
        origin,
        foreign,
        encoder,
        encoder_origin,
        config.license,
        config.precision,
        config.pictures,
        config.seed,
    )
    manifest = write_foreign_bundle(job, open_bundle("embedded"))
    log.info("wrote %s: %s. Licence: %s", config.out, foreign.dialect, manifest.license)


def import_random_face(config: Config) -> None:
    """The embedded generator's own import: wheel, digest, IR, halves."""
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
    return mean_w(network.eval().mapping, seed, W_AVG_SAMPLES)


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
