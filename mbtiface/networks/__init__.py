"""Every network and operation that the app and the training share; no files, no downloads."""

from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.networks.discriminator import Discriminator
from mbtiface.networks.generator import Generator
from mbtiface.networks.mobile import MobileGenerator
from mbtiface.networks.progressive_encoder import ProgressiveEncoder
from mbtiface.networks.psp_encoders import (
    BackboneEncoderIntoW,
    BackboneEncoderIntoWPlus,
    GradualStyleEncoder,
)
from mbtiface.networks.published_encoder import PublishedEncoder
from mbtiface.networks.stylegan1 import StyleGAN1Generator

FaceGenerator = Generator | MobileGenerator | StyleGAN1Generator
"""What a bundle may hold as its generator: z -> w -> picture, in two networks."""

__all__ = [
    "BackboneEncoderIntoW",
    "BackboneEncoderIntoWPlus",
    "CompactEncoder",
    "Discriminator",
    "FaceGenerator",
    "Generator",
    "GradualStyleEncoder",
    "MobileGenerator",
    "ProgressiveEncoder",
    "PublishedEncoder",
    "StyleGAN1Generator",
]
