"""StyleGAN's droplet artefact (arXiv 1912.04958, section 2), measured in feature maps.

Instance normalisation takes a map's strength away; a generator smuggles it past by one strong spike
that rules the map's statistics, at the same place in all maps of a layer. In the picture it shows
as a droplet, in the maps as a peak: from 64 px on in all of StyleGAN's pictures, the paper says.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.stylegan1 import StyleGAN1Layer
from mbtiface.networks.synthesis_block import SynthesisLayer
from train.metrics.samples import SampleOptions, at_rest, inputs

log = logging.getLogger(__name__)

LIMIT = 30.0
"""Ratio from which a peak counts as a droplet."""


@dataclass(frozen=True)
class LayerPeaks:
    """Peaks in the maps of one layer over many samples."""

    layer: str
    """Name inside the synthesis network."""
    side: int
    """Of its maps, px."""
    map_peak: float
    """Largest |activation - mean| of a map in units of its deviation: median over samples of the
    sample's largest map. No map can exceed its side (one px above an even ground)."""
    largest_map_peak: float
    """The same, largest over samples."""
    map_share: float
    """Share of samples with a map whose peak exceeds the limit, 0..1."""
    place_peak: float
    """Strength of the strongest place in units of the middle one's, median over samples. A place's
    strength is the root mean square over all maps, each in units of its deviation: high only where
    many maps peak together, and without an upper bound."""
    largest_place_peak: float
    """The same, largest over samples."""
    place_share: float
    """Share of samples whose place peak exceeds the limit: droplets, 0..1."""
    where: torch.Tensor
    """Share of samples whose strongest place lies here, `[side, side]`, sum 1."""


@dataclass(frozen=True)
class DropletReport:
    """All layers of a generator."""

    layers: tuple[LayerPeaks, ...]
    """From the coarsest to the finest."""
    samples: int
    """Faces looked at."""
    limit: float
    """Of both kinds of peaks."""

    @property
    def share(self) -> float:
        """Largest share of samples with a droplet in a layer, 0..1."""
        return max(layer.place_share for layer in self.layers)


def droplets(
    generator: nn.Module,
    options: SampleOptions | None = None,
    labels: torch.Tensor | None = None,
    limit: float = LIMIT,
) -> DropletReport:
    """Look for droplets in every layer of a `StyleGAN1Generator` or `Generator`.

    Of StyleGAN's layers what goes into the instance normalisation is looked at; it leaves both
    kinds of peaks as they are. Of StyleGAN2's the output, as it has no such normalisation.

    Args:
        generator: its modes and the global random state stay as they are.
        options: which samples; None = 64 of them.
        labels: as for `samples`.
        limit: ratio from which a peak counts.

    Raises:
        InputError: the generator has no such layers, or needs labels that are not given.
    """
    options = options or SampleOptions(count=64)
    found: dict[str, list[_Peaks]] = {name: [] for name in _watched(generator)}
    if not found:
        raise InputError(
            f"{type(generator).__name__} has no layers of StyleGAN or StyleGAN2 to look at."
        )
    latents, conditions = inputs(generator, options, labels)
    with _watching(generator, found):
        for number, start in enumerate(range(0, options.count, options.batch)):
            z = latents[start : start + options.batch]
            c = None if conditions is None else conditions[start : start + options.batch]
            with at_rest(generator, options.seed + number) as device:
                generator(z.to(device), None if c is None else c.to(device), **options.keywords)
    layers = tuple(_summary(name, peaks, limit) for name, peaks in found.items())
    return DropletReport(layers, options.count, limit)


def map_peaks(maps: torch.Tensor) -> torch.Tensor:
    """`[n, channels, h, w]` -> largest |activation - mean| in deviations, `[n, channels]`."""
    return _even(maps).abs().amax((2, 3))


def place_strengths(maps: torch.Tensor) -> torch.Tensor:
    """`[n, channels, h, w]` -> root mean square of the maps in deviations, `[n, h, w]`."""
    return _even(maps).square().mean(1).sqrt()


@dataclass(frozen=True)
class _Peaks:
    """Of one batch."""

    maps: torch.Tensor  # [n]
    places: torch.Tensor  # [n]
    where: torch.Tensor  # [side, side], counts


def _even(maps: torch.Tensor) -> torch.Tensor:
    """Maps with mean 0 and deviation 1; those that are even everywhere become 0."""
    x = maps.float()
    variance, mean = torch.var_mean(x, dim=(2, 3), correction=0, keepdim=True)
    # Rounding of an even map is no spread.
    even = variance <= 1e-10 * mean.square()
    return torch.where(even, 0, (x - mean) * variance.clamp_min(1e-30).rsqrt())


def _peaks(maps: torch.Tensor) -> _Peaks:
    strengths = place_strengths(maps)  # [n, h, w]
    flat = strengths.flatten(1)
    strongest, at = flat.max(1)
    ratios = strongest / flat.median(1).values.clamp_min(1e-6)
    counts = torch.bincount(at, minlength=flat.shape[1]).reshape(strengths.shape[1:])
    return _Peaks(map_peaks(maps).amax(1).cpu(), ratios.cpu(), counts.cpu())


def _summary(name: str, batches: list[_Peaks], limit: float) -> LayerPeaks:
    maps = torch.cat([batch.maps for batch in batches])  # [samples]
    places = torch.cat([batch.places for batch in batches])  # [samples]
    where = torch.stack([batch.where for batch in batches]).sum(0)
    return LayerPeaks(
        layer=name,
        side=where.shape[-1],
        map_peak=maps.median().item(),
        largest_map_peak=maps.max().item(),
        map_share=(maps > limit).double().mean().item(),
        place_peak=places.median().item(),
        largest_place_peak=places.max().item(),
        place_share=(places > limit).double().mean().item(),
        where=where.double() / where.sum(),
    )


def _watched(generator: nn.Module) -> dict[str, nn.Module]:
    """Layers by name; of StyleGAN's the normalisation, whose input is looked at."""
    return {
        name.removeprefix("synthesis."): module.adain
        if isinstance(module, StyleGAN1Layer)
        else module
        for name, module in generator.named_modules()
        if isinstance(module, StyleGAN1Layer | SynthesisLayer)
    }


@contextmanager
def _watching(generator: nn.Module, found: Mapping[str, list[_Peaks]]) -> Iterator[None]:
    """Collect peaks of each layer whenever the generator runs."""
    handles = []

    def on_input(name: str) -> Any:
        return lambda _, given: found[name].append(_peaks(given[0]))

    def on_output(name: str) -> Any:
        return lambda _, __, given: found[name].append(_peaks(given))

    for name, module in _watched(generator).items():
        if isinstance(module, SynthesisLayer):
            handles.append(module.register_forward_hook(on_output(name)))
        else:
            handles.append(module.register_forward_pre_hook(on_input(name)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
