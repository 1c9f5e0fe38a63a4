"""Makes a bundle of its own of what `python -m train gan` left."""

import logging
import shutil
from pathlib import Path

from mbtiface.errors import InputError
from mbtiface.weights.bundle import GENERATORS, build_part
from mbtiface.weights.card import write_card
from mbtiface.weights.manifest import ALWAYS_FORBIDDEN, MANIFEST, Manifest
from mbtiface.weights.writing import half, write_manifest, write_sharded
from train.runs.bundle_parts import move_whole, read_part

log = logging.getLogger(__name__)

FIRST_VERSION = "1.0.0"


def write_gan_bundle(folder: Path, run: Path, license: str) -> Manifest:
    """Write generator and discriminator of a run as a new bundle, in half precision.

    The discriminator is for `python -m train gan --resume`; the app leaves it alone.

    Args:
        folder: to write; its name becomes the bundle's.
        run: finished run folder.
        license: of the weights, in words; who trained knows what they started from and saw.

    Raises:
        InputError: the folder holds a bundle already.
        SourceError: the run is not finished, or damaged.
        BundleError: the app could not load the generator.
    """
    if (folder / MANIFEST).exists():
        raise InputError(
            f"{folder} holds a bundle already, and another generator would make its averages and "
            "its encoder meaningless. Name a new folder with --bundle."
        )
    generator, discriminator = read_part(run, "generator"), read_part(run, "discriminator")
    manifest = Manifest(
        name=folder.name,
        version=FIRST_VERSION,
        license=license,
        resolution=int(generator.spec.args["img_resolution"]),
        networks={"generator": generator.spec, "discriminator": discriminator.spec},
        provenance={"generator": dict(generator.provenance)},
        metrics={"generator": dict(generator.figures)},
        forbidden_use=ALWAYS_FORBIDDEN,
    )
    tensors = half(generator.tensors)
    build_part(manifest, "generator", GENERATORS, tensors, run / "generator.safetensors")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write_sharded(partial, "generator", tensors)
    write_sharded(partial, "discriminator", half(discriminator.tensors))
    write_card(partial, manifest)
    manifest = write_manifest(partial, manifest)
    move_whole(partial, folder)
    log.info("%s: generator and discriminator of %s", folder, run)
    return manifest
