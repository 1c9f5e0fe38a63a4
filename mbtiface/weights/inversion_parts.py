"""Loads what inverting a photo needs from a bundle, as strictly as its generator."""

from collections.abc import Mapping

from torch import nn

from mbtiface.networks.aligner import CropAligner
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.networks.published_encoder import PublishedEncoder
from mbtiface.weights.bundle import Bundle, load_part

ALIGNERS: Mapping[str, type[nn.Module]] = {"CropAligner": CropAligner}
ENCODERS: Mapping[str, type[nn.Module]] = {
    "CompactEncoder": CompactEncoder,
    "PublishedEncoder": PublishedEncoder,
}
PERCEPTUAL: Mapping[str, type[nn.Module]] = {"PerceptualFeatures": PerceptualFeatures}


def load_perceptual(bundle: Bundle) -> PerceptualFeatures:
    """Build the perceptual features and fill them strictly; float32, evaluation mode.

    Raises:
        MissingPartError: the bundle has none.
        BundleError: an unknown kind, unusable arguments, or names or shapes that do not fit.
    """
    network = load_part(bundle, "perceptual", PERCEPTUAL)
    return network  # type: ignore[return-value]  # one of PERCEPTUAL


def load_encoder(bundle: Bundle) -> CompactEncoder | PublishedEncoder:
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
