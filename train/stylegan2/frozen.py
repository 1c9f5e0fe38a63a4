"""FreezeD and FreezeG: which tensors stay as they are. The loop only gets the names.

FreezeD (arXiv 2002.10964): the `freeze_d` layers of the discriminator nearest to the picture, in
the order fromrgb, conv0, conv1, skip of each block. The discriminator itself holds them as buffers
(mbtiface/networks/discriminator_block.py), so no optimiser ever sees them.

FreezeG: the `freeze_g` blocks of the generator's synthesis with the lowest resolutions (1 = 4 px,
2 = and 8 px, ...), which carry pose and shape. A frozen block keeps

- its constant, kernels, biases and shortcut,
- its style layers (`affine`): the same w shall give the same features,
- its noise strengths: noise is part of the features that later blocks were trained on.

Its ToRGB is trained: colours of the new photos may differ while pose and shape stay. The mapping
network is frozen by `freeze_mapping`, and then `w_avg` with it, as it is the mean of what it gives;
while the mapping is trained `w_avg` follows it.
"""

import logging
from collections.abc import Iterable

from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks import Discriminator, Generator, StyleGAN1Generator
from train.stylegan2.losses import AnyGenerator

log = logging.getLogger(__name__)

LAYERS_A_BLOCK = 2
"""Layers of one resolution in the first StyleGAN's generator."""


def block_count(generator: AnyGenerator) -> int:
    """How many synthesis blocks `freeze_g` can count."""
    if isinstance(generator, Generator):
        return len(generator.synthesis.block_resolutions)
    return len(generator.synthesis.layers) // LAYERS_A_BLOCK


def frozen_in_generator(generator: AnyGenerator, blocks: int, mapping: bool) -> tuple[str, ...]:
    """Names of the parameters that stay, in the network's order, and `mapping.w_avg` if it does.

    Raises:
        InputError: fewer than 0 blocks, or all of them: nothing but colours would be trained.
    """
    available = block_count(generator)
    if not 0 <= blocks < available:
        raise InputError(
            f"freeze_g keeps 0 to {available - 1} blocks of this generator, but is {blocks}."
        )
    prefixes: tuple[str, ...]
    if isinstance(generator, StyleGAN1Generator):
        prefixes = tuple(f"synthesis.layers.{k}." for k in range(LAYERS_A_BLOCK * blocks))
        prefixes += ("synthesis.const",) if blocks else ()
    else:
        sides = generator.synthesis.block_resolutions[:blocks]
        prefixes = tuple(f"synthesis.b{side}." for side in sides)
    prefixes += ("mapping.",) if mapping else ()
    names = [
        name
        for name, _ in generator.named_parameters()
        if name.startswith(prefixes) and ".torgb." not in name
    ]
    return (*names, *(("mapping.w_avg",) if mapping else ()))


def frozen_in_discriminator(discriminator: Discriminator, layers: int) -> tuple[str, ...]:
    """Names of weights and biases that the discriminator holds as buffers.

    Raises:
        InputError: more `layers` were asked for than it has before its last block.
    """
    available = layer_count(discriminator)
    if layers > available:
        raise InputError(
            f"freeze_d keeps 0 to {available} layers of this discriminator, but is {layers}."
        )
    return tuple(
        name for name, _ in discriminator.named_buffers() if name.endswith((".weight", ".bias"))
    )


def layer_count(discriminator: Discriminator) -> int:
    """How many layers `freeze_d` can count; the last block is never frozen."""
    blocks = [discriminator.get_submodule(f"b{s}") for s in discriminator.block_resolutions]
    return sum(int(block.num_layers) for block in blocks)  # type: ignore[arg-type,misc]


def trained_parameters(network: nn.Module, frozen: Iterable[str]) -> dict[str, nn.Parameter]:
    """All other parameters by name, in the network's order; the frozen ones need no gradients."""
    kept = set(frozen)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name not in kept)
    return {name: p for name, p in network.named_parameters() if name not in kept}


def announce_frozen(which: str, network: nn.Module, frozen: Iterable[str]) -> None:
    """Log how many tensors and numbers of a network stay and are trained, with their names."""
    kept = set(frozen)
    state = network.state_dict()
    learnt = [name for name, _ in network.named_parameters() if name not in kept]
    for verb, names in (("frozen", [name for name in state if name in kept]), ("trained", learnt)):
        numbers = sum(state[name].numel() for name in names)
        listed = ", ".join(names) or "none"
        log.info("%s: %s: %d tensors, %d numbers: %s", which, verb, len(names), numbers, listed)
