"""Ways to compute the same GAN: what each changes, and the networks that it takes."""

import functools
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from mbtiface.networks import Discriminator, Generator
from tests.benchmarks.plain_gan import PlainDiscriminator, PlainGenerator
from train.stylegan2.losses import Precision, full_precision
from train.stylegan2.networks import HALF_BLOCKS, HALF_CLAMP

LATENT = 512


@dataclass(frozen=True)
class Variant:
    """One way of computing."""

    name: str
    plain: bool = False
    """The baseline of plain_gan.py."""
    grouped: bool = False
    """Scale the kernels for each sample and convolve in groups, not the feature maps."""
    channels_last: bool = False
    """Parameters lie in memory with their channels last, and so do feature maps."""
    bfloat16: bool = False
    """The adversarial phases run under autocast."""
    float16: bool = False
    """The widest blocks are float16."""
    compiled: bool = False
    """torch.compile on synthesis and discriminator, in the adversarial phases."""

    @property
    def number_format(self) -> str:
        """The format whose peak the adversarial phases are held against."""
        return "bf16" if self.bfloat16 else "fp16" if self.float16 else "fp32"

    def precision_on(self, device_type: str) -> Precision:
        """Makes the context of the adversarial phases."""
        if not self.bfloat16:
            return full_precision
        return functools.partial(torch.autocast, device_type, torch.bfloat16)


VARIANTS = {
    each.name: each
    for each in (
        Variant("plain", plain=True),
        Variant("eager"),
        Variant("grouped", grouped=True),
        Variant("channels_last", channels_last=True),
        Variant("bf16", bfloat16=True),
        Variant("bf16_channels_last", bfloat16=True, channels_last=True),
        Variant("fp16", float16=True),
        Variant("compile", compiled=True),
        Variant("bf16_compile", bfloat16=True, compiled=True),
    )
}


@dataclass(frozen=True)
class Widths:
    """How wide both networks are."""

    channel_base: int
    channel_max: int
    mapping_layers: int = 2


def build(
    variant: Variant, side: int, widths: Widths, device: torch.device
) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator of a variant in training mode, the same weights for each."""
    channels = {"channel_base": widths.channel_base, "channel_max": widths.channel_max}
    half: dict[str, Any] = {}
    if variant.float16:
        half = {"num_fp16_res": HALF_BLOCKS, "conv_clamp": HALF_CLAMP}
    torch.manual_seed(0)
    mapping = {"num_layers": widths.mapping_layers}
    generator: nn.Module = Generator(LATENT, 0, LATENT, side, 3, mapping, channels | half)
    discriminator: nn.Module = Discriminator(0, side, 3, **channels, **half)
    networks = [generator.train().to(device), discriminator.train().to(device)]
    if variant.plain:
        networks = [PlainGenerator(generator), PlainDiscriminator(discriminator)]
    if variant.channels_last:
        for network in networks:
            network.to(memory_format=torch.channels_last)
    if variant.grouped:
        generator.synthesis.register_forward_pre_hook(_ask_for_kernels, with_kwargs=True)
    if variant.compiled:
        generator.synthesis.compile()
        discriminator.compile()
    return networks[0], networks[1]


def _ask_for_kernels(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, kwargs | {"fused_modconv": True}
