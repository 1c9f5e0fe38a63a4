"""`python -m train bundle --bundle DIR [--heads RUN ...]`: verify a bundle, put parts in."""

import logging
import re
from dataclasses import dataclass, replace
from pathlib import Path

from mbtiface.errors import InputError, SourceError
from mbtiface.faces.loading import load
from mbtiface.weights.bundle import GENERATORS, open_bundle
from mbtiface.weights.card import write_card
from mbtiface.weights.inversion_parts import ALIGNERS, ENCODERS, PERCEPTUAL
from mbtiface.weights.manifest import NetworkSpec
from mbtiface.weights.writing import write_manifest
from train.psp.perceptual_weights import CREDIT, MEMBER_SHA256, REQUIREMENT, perceptual_features
from train.runs.bundle_parts import Part, add_part, read_heads, read_part
from train.runs.config import announce
from train.runs.gan_bundle import write_gan_bundle

log = logging.getLogger(__name__)

VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Config:
    """Verify a bundle, and put parts made by other commands into it."""

    bundle: Path
    """Bundle folder; with `--gan`, a new one."""
    gan: Path | None = None
    """Run folder of `python -m train gan` whose networks make a new bundle."""
    license: str | None = None
    """With `--gan`: licence of the weights, in words. Weights that a run started from (`--resume`)
    and the photos that it saw bind it too."""
    heads: Path | None = None
    """Run folder of `python -m train mobile --heads` whose heads become part of the generator."""
    encoder: Path | None = None
    """Run folder of `python -m train encoder` whose encoder the bundle gets."""
    aligner: Path | None = None
    """Run folder of `python -m train aligner` whose aligner the bundle gets."""
    perceptual: bool = False
    """Put in the published features that compare a face with its reconstruction."""
    version: str | None = None
    """Version to give the bundle, such as 1.1.0; None = the one it has. A bundle whose faces or
    encoder changed needs a new one: answers of the API name it."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Assemble if asked, write the card, open the bundle as the app does."""
    if not announce(config):
        return
    if config.version is not None and not VERSION.fullmatch(config.version):
        raise SourceError(f"Version {config.version!r} is not three numbers such as 1.1.0.")
    _make_new(config)
    if config.heads is not None:
        heads = read_heads(config.heads, open_bundle(config.bundle))
        add_part(config.bundle, "generator", heads, GENERATORS, noted_as="heads")
    if config.encoder is not None:
        add_part(config.bundle, "encoder", read_part(config.encoder, "encoder"), ENCODERS)
    if config.aligner is not None:
        add_part(config.bundle, "aligner", read_part(config.aligner, "aligner"), ALIGNERS)
    if config.perceptual:
        add_part(config.bundle, "perceptual", published_features(), PERCEPTUAL)
    manifest = open_bundle(config.bundle).manifest
    manifest = replace(manifest, version=config.version or manifest.version)
    write_card(config.bundle, manifest)
    write_manifest(config.bundle, manifest)
    studio = load(config.bundle)
    size = sum(spec.size for spec in studio.manifest.files.values())
    log.info("%s %s: %.1f MB", studio.manifest.name, studio.manifest.version, size / 1e6)


def _make_new(config: Config) -> None:
    if (config.gan is None) != (config.license is None):
        raise InputError(
            "--gan and --license go together: a new bundle says under which licence it stands, "
            "a bundle that is there keeps its own."
        )
    if config.gan is not None and config.license is not None:
        write_gan_bundle(config.bundle, config.gan, config.license)


def published_features() -> Part:
    """The perceptual features as a part of a bundle.

    Raises:
        SourceError: their weights cannot be had.
    """
    network = perceptual_features()
    spec = NetworkSpec(type(network).__name__, {"stages": len(network.last_blocks)})
    origin = {"requirement": REQUIREMENT, "sha256": MEMBER_SHA256}
    return Part(spec, network.state_dict(), provenance=origin, credits=(CREDIT,))
