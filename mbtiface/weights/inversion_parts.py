"""Loads what inverting a photo needs from a bundle, as strictly as its generator."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from mbtiface.errors import BundleError
from mbtiface.networks.aligner import CropAligner
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import Bundle, check_tensors
from mbtiface.weights.manifest import Manifest

ALIGNERS: Mapping[str, type[nn.Module]] = {"CropAligner": CropAligner}
ENCODERS: Mapping[str, type[nn.Module]] = {"CompactEncoder": CompactEncoder}
PERCEPTUAL: Mapping[str, type[nn.Module]] = {"PerceptualFeatures": PerceptualFeatures}


def load_perceptual(bundle: Bundle) -> PerceptualFeatures:
    """Build the perceptual features and fill them strictly; float32, evaluation mode.

    Raises:
        MissingPartError: the bundle has none.
        BundleError: an unknown kind, unusable arguments, or names or shapes that do not fit.
    """
    network = load_part(bundle, "perceptual", PERCEPTUAL)
    return network  # type: ignore[return-value]  # one of PERCEPTUAL


def load_encoder(bundle: Bundle) -> CompactEncoder:
    """Build the encoder, aligned pictures -> w+, and fill it strictly; float32, evaluation mode.

    Raises:
        MissingPartError: the bundle has none.
        BundleError: as `load_perceptual`.
    """
    network = load_part(bundle, "encoder", ENCODERS)
    return network  # type: ignore[return-value]  # one of ENCODERS


def load_aligner(bundle: Bundle) -> CropAligner:
    """Build the aligner, loose crops -> how FFHQ's lies in them, and fill it strictly; float32.

    Raises:
        MissingPartError: the bundle has none.
        BundleError: as `load_perceptual`.
    """
    network = load_part(bundle, "aligner", ALIGNERS)
    return network  # type: ignore[return-value]  # one of ALIGNERS


def load_part(bundle: Bundle, part: str, kinds: Mapping[str, type[nn.Module]]) -> nn.Module:
    """Build a part's network and fill it strictly; float32, evaluation mode, no gradients.

    Args:
        bundle: where from.
        part: name in the manifest's networks and of the files.
        kinds: kind in the manifest -> class.

    Raises:
        MissingPartError: the bundle has no such part.
        BundleError: as `load_perceptual`.
    """
    where = bundle.folder / f"{part}*.safetensors"
    return build_part(bundle.manifest, part, kinds, bundle.tensors(part), where)


def build_part(
    manifest: Manifest,
    part: str,
    kinds: Mapping[str, type[nn.Module]],
    tensors: Mapping[str, torch.Tensor],
    where: Path,
) -> nn.Module:
    """Build a part of a manifest from tensors; `where` names them in errors.

    Raises:
        BundleError: as `load_perceptual`.
    """
    spec = manifest.networks.get(part)
    if spec is None or spec.kind not in kinds:
        kind = None if spec is None else spec.kind
        raise BundleError(
            f"The bundle {manifest.name!r} has {part} of kind {kind!r}; "
            f"this program knows {', '.join(kinds)}."
        )
    try:
        network = kinds[spec.kind](**spec.args)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BundleError(
            f"{where.parent}: {part} cannot be built from its arguments ({error})."
        ) from error
    state: dict[str, torch.Tensor] = {
        name: value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
    }
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    check_tensors(state, expected, where)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)
