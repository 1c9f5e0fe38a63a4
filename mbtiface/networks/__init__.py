"""Every network and operation that the app and the training share; no files, no downloads."""

from mbtiface.networks.discriminator import Discriminator
from mbtiface.networks.generator import Generator
from mbtiface.networks.mobile import MobileGenerator
from mbtiface.networks.stylegan1 import StyleGAN1Generator

__all__ = ["Discriminator", "Generator", "MobileGenerator", "StyleGAN1Generator"]
