"""Builds generator and discriminator of a recipe, and what a bundle must know of them."""

from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks import Discriminator, Generator, StyleGAN1Generator
from mbtiface.weights.manifest import NetworkSpec
from train.stylegan2.config import NetworkOptions, Recipe
from train.stylegan2.losses import AnyGenerator

KINDS: dict[str, type[nn.Module]] = {
    "Generator": Generator,
    "StyleGAN1Generator": StyleGAN1Generator,
    "Discriminator": Discriminator,
}
HALF_BLOCKS = 4
"""Widest blocks in float16, where a recipe asks for it (arXiv 2006.06676, appendix D)."""
HALF_CLAMP = 256.0
"""Limit of each layer's output then: float16 must not overflow."""


def generator_spec(recipe: Recipe, side: int, c_dim: int) -> NetworkSpec:
    """Kind and arguments of the generator for pictures of `side` px and labels of `c_dim`."""
    options = recipe.network
    args: dict[str, Any] = {
        "z_dim": options.z_dim,
        "c_dim": c_dim,
        "w_dim": options.w_dim,
        "img_resolution": side,
        "img_channels": 3,
        "mapping_kwargs": {"num_layers": options.mapping_layers},
        "synthesis_kwargs": _channels(options),
    }
    if options.method == "stylegan":
        return NetworkSpec("StyleGAN1Generator", args)
    args["synthesis_kwargs"] |= _half(recipe)
    return NetworkSpec("Generator", args)


def discriminator_spec(recipe: Recipe, side: int, c_dim: int) -> NetworkSpec:
    """Kind and arguments of the discriminator: residual, or the plain one of the first StyleGAN."""
    options, freeze = recipe.network, recipe.freeze
    args: dict[str, Any] = {
        "c_dim": c_dim,
        "img_resolution": side,
        "img_channels": 3,
        "architecture": "orig" if options.method == "stylegan" else "resnet",
        **_channels(options),
        **_half(recipe),
        "block_kwargs": {"freeze_layers": freeze.freeze_d},
        "epilogue_kwargs": {"mbstd_group_size": options.mbstd_group},
    }
    return NetworkSpec("Discriminator", args)


def build_network(spec: NetworkSpec) -> nn.Module:
    """Build a network of this module's kinds; weights are drawn from torch's global generator.

    Raises:
        InputError: an unknown kind, or arguments that do not fit.
    """
    if spec.kind not in KINDS:
        raise InputError(f"A network of kind {spec.kind!r} is unknown; use {', '.join(KINDS)}.")
    try:
        return KINDS[spec.kind](**spec.args)
    except TypeError as error:
        raise InputError(f"{spec.kind} cannot be built from {dict(spec.args)} ({error}).") from None


def build_pair(
    recipe: Recipe,
    side: int,
    c_dim: int,
    seed: int,  # of the first weights
) -> tuple[AnyGenerator, Discriminator]:
    """Both networks in training mode, the same weights for the same seed in every process."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = build_network(generator_spec(recipe, side, c_dim))
        discriminator = build_network(discriminator_spec(recipe, side, c_dim))
    assert isinstance(generator, Generator | StyleGAN1Generator)
    assert isinstance(discriminator, Discriminator)
    return generator.train(), discriminator.train()


def place(network: nn.Module, device: torch.device) -> None:
    """Move a network to a device, in the memory format that training is fastest in there."""
    network.to(device)
    if device.type == "cpu":  # filters of single channels take a third of the time so
        network.to(memory_format=torch.channels_last)


def without_frozen(spec: NetworkSpec) -> NetworkSpec:
    """The same discriminator for others: what one run froze is not theirs to inherit."""
    return NetworkSpec(spec.kind, dict(spec.args) | {"block_kwargs": {}})


def _channels(options: NetworkOptions) -> dict[str, Any]:
    return {"channel_base": options.channel_base, "channel_max": options.channel_max}


def _half(recipe: Recipe) -> dict[str, Any]:
    if recipe.precision != "float16":
        return {}
    return {"num_fp16_res": HALF_BLOCKS, "conv_clamp": HALF_CLAMP}
