"""Pictures of a generator for a metric: the same ones whenever they are asked for.

Neither the global random state nor the generator is left other than it was.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from train.metrics.picture_bytes import metric_bytes


@dataclass(frozen=True)
class SampleOptions:
    """Which pictures a generator shows; the truncation is none."""

    count: int = 1000
    """Pictures; FID is published for 50 000."""
    batch: int = 32
    """Pictures drawn at once; another batch draws other noise maps."""
    seed: int = 0
    """Of latents, labels and noise maps."""
    keywords: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of the generator. `fused_modconv=False` draws StyleGAN2's batches twice as
    fast on a CPU; the pictures differ by rounding only."""

    def __post_init__(self) -> None:
        if self.count < 1 or self.batch < 1:
            raise InputError(
                f"{self.count} pictures in batches of {self.batch} cannot be drawn: "
                "both must be 1 or more."
            )


def samples(
    generator: nn.Module, options: SampleOptions, labels: torch.Tensor | None = None
) -> Iterator[torch.Tensor]:
    """Draw pictures without truncation, batch by batch: uint8 `[n, 3, s, s]` on the CPU.

    Args:
        generator: called with z `[n, z_dim]` and labels `[n, c_dim]` or None; knows both sizes.
            `StyleGAN1Generator` and `Generator` are such.
        options: how many, from which seed.
        labels: `[rows, c_dim]`, those of the training set; each picture takes that of a random row.

    Raises:
        InputError: the generator needs labels and there are none, or others; its pictures are not
            finite.
    """
    latents, conditions = inputs(generator, options, labels)
    for number, start in enumerate(range(0, options.count, options.batch)):
        z = latents[start : start + options.batch]
        c = None if conditions is None else conditions[start : start + options.batch]
        with at_rest(generator, options.seed + number) as device:
            pictures = generator(
                z.to(device), None if c is None else c.to(device), **options.keywords
            )
            if not bool(torch.isfinite(pictures).all()):
                raise InputError(
                    "The generator draws values that are not finite: nothing can be measured. "
                    "Go back to an earlier snapshot."
                )
            shown = metric_bytes(pictures.float()).cpu()
        yield shown


def inputs(
    generator: nn.Module, options: SampleOptions, labels: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Latents `[count, z_dim]` and labels `[count, c_dim]` of `samples`, on the CPU."""
    random = torch.Generator().manual_seed(options.seed)
    z_dim: Any = generator.z_dim
    c_dim: Any = generator.c_dim
    latents = torch.randn(options.count, z_dim, generator=random)
    if not c_dim:
        return latents, None
    if labels is None or labels.ndim != 2 or labels.shape[1] != c_dim or not len(labels):
        given = "none are given" if labels is None else f"given are {list(labels.shape)}"
        raise InputError(f"The generator takes labels [rows, {c_dim}], but {given}.")
    rows = torch.randint(len(labels), [options.count], generator=random)
    return latents, labels[rows]


@contextmanager
def at_rest(network: nn.Module, seed: int) -> Iterator[torch.device]:
    """Run a network in evaluation mode from a seed, without gradients; gives its device.

    Afterwards modes and the random states of CPU and device are as before.
    """
    device = next(network.parameters()).device
    devices = [device] if device.type == "cuda" else []
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with torch.random.fork_rng(devices=devices), torch.no_grad():
            torch.manual_seed(seed)
            yield device
    finally:
        for module, mode in modes:
            module.training = mode
