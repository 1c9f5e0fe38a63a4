"""`python -m train bundle --bundle DIR [--heads RUN ...]`: verify a bundle, put parts in."""

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from mbtiface.errors import SourceError
from mbtiface.faces.loading import load
from mbtiface.weights.bundle import build_generator, open_bundle
from mbtiface.weights.card import write_card
from mbtiface.weights.inversion_parts import ALIGNERS, ENCODERS, PERCEPTUAL
from mbtiface.weights.manifest import NetworkSpec
from mbtiface.weights.writing import half, write_manifest, write_sharded
from train.psp.perceptual_weights import CREDIT, MEMBER_SHA256, REQUIREMENT, perceptual_features
from train.runs.bundle_parts import Part, add_part, read_part
from train.runs.config import announce

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """Verify a bundle, and put parts made by other commands into it."""

    bundle: Path
    """Bundle folder."""
    heads: Path | None = None
    """Run folder of `python -m train mobile --heads` whose heads become part of the generator."""
    encoder: Path | None = None
    """Run folder of `python -m train encoder` whose encoder the bundle gets."""
    aligner: Path | None = None
    """Run folder of `python -m train aligner` whose aligner the bundle gets."""
    perceptual: bool = False
    """Put in the published features that compare a face with its reconstruction."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Assemble if asked, write the card, open the bundle as the app does."""
    if not announce(config):
        return
    if config.heads is not None:
        add_heads(config.bundle, config.heads)
    if config.encoder is not None:
        add_part(config.bundle, "encoder", read_part(config.encoder, "encoder"), ENCODERS)
    if config.aligner is not None:
        add_part(config.bundle, "aligner", read_part(config.aligner, "aligner"), ALIGNERS)
    if config.perceptual:
        add_part(config.bundle, "perceptual", published_features(), PERCEPTUAL)
    bundle = open_bundle(config.bundle)
    write_card(config.bundle, bundle.manifest)
    write_manifest(config.bundle, bundle.manifest)
    studio = load(config.bundle)
    size = sum(spec.size for spec in studio.manifest.files.values())
    log.info("%s %s: %.1f MB", studio.manifest.name, studio.manifest.version, size / 1e6)


def published_features() -> Part:
    """The perceptual features as a part of a bundle.

    Raises:
        SourceError: their weights cannot be had.
    """
    network = perceptual_features()
    spec = NetworkSpec(type(network).__name__, {"stages": len(network.last_blocks)})
    origin = {"requirement": REQUIREMENT, "sha256": MEMBER_SHA256}
    return Part(spec, network.state_dict(), provenance=origin, credits=(CREDIT,))


def add_heads(folder: Path, run: Path) -> None:
    """Make fitted heads part of a bundle's generator, half precision, and note their figures.

    Raises:
        SourceError: the run has no heads.
        BundleError: the heads do not fit the generator.
    """
    try:
        heads = load_file(run / "heads.safetensors")
        figures = json.loads((run / "report.json").read_text("utf-8"))
    except (OSError, SafetensorError, ValueError) as error:
        raise SourceError(f"{run} holds no finished heads ({error}).") from error
    bundle = open_bundle(folder)
    manifest, spec = bundle.manifest, bundle.manifest.networks["generator"]
    sizes = sorted({int(name.split(".")[2]) for name in heads})
    args = dict(spec.args) | {"head_sizes": sizes}
    kept = {
        name: value
        for name, value in bundle.tensors("generator").items()
        if ".small_heads." not in name
    }
    tensors = half(kept | heads)
    networks = dict(manifest.networks) | {"generator": NetworkSpec(spec.kind, args)}
    # Built before anything is written: heads of another generator leave the bundle as it was.
    build_generator(replace(manifest, networks=networks), tensors, run / "heads.safetensors")
    write_sharded(folder, "generator", tensors)
    metrics = dict(manifest.metrics) | {"heads": figures}
    write_manifest(folder, replace(manifest, networks=networks, metrics=metrics))
