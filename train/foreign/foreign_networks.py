"""Imported networks at work, over the file's own tensors: filled strictly, sampled, rendered."""

import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import BundleError, SourceError
from mbtiface.networks import Generator, MobileGenerator
from mbtiface.networks.mapping import random_labels
from mbtiface.weights.bundle import Bundle, check_tensors, load_generator
from train.foreign.band_rendering import render_in_bands
from train.foreign.dialects import W_AVG, Foreign
from train.mobile.distil_bundle import fit_rows

log = logging.getLogger(__name__)

W_AVG_SAMPLES = 100_000
"""Latents that the average w is taken over; StyleGAN2's own is a running mean of as many."""
PSI = 0.7
COMPARED_PX = 256
"""Side that pictures of two generators are compared at."""


def build_generator(
    foreign: Foreign, where: Path, seed: int = 0
) -> tuple[Generator, dict[str, torch.Tensor]]:
    """The generator over the file's own tensors, and its state; w_avg is made if there is none.

    Raises:
        SourceError: the tensors are not exactly those of the network, or not all finite.
    """
    state = dict(foreign.generator)
    network = sketch(Generator, foreign.arguments, where)
    assert isinstance(network, Generator)
    missing = W_AVG not in state
    state.setdefault(W_AVG, torch.zeros(network.w_dim))
    fill(network, state, where)
    if missing:
        log.info("w_avg: not in the file; taken over %d latents", W_AVG_SAMPLES)
        state[W_AVG] = mean_w(network.mapping, seed, W_AVG_SAMPLES)
        network.mapping.w_avg.copy_(state[W_AVG])
    return network, state


def sketch(kind: type[nn.Module], arguments: Mapping[str, object], where: Path) -> nn.Module:
    """A network without memory for its tensors.

    Raises:
        SourceError: arguments that its class does not take.
    """
    try:
        with torch.device("meta"):
            return kind(**arguments)
    except (TypeError, ValueError, RuntimeError) as error:
        raise SourceError(f"{where}: {kind.__name__} cannot be built ({error}).") from error


def fill(network: nn.Module, state: Mapping[str, torch.Tensor], where: Path) -> None:
    """Put tensors into a sketched network, float32, strictly and without copying them.

    Raises:
        SourceError: names or shapes differ, or a value is not finite.
    """
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    try:
        check_tensors(state, expected, where)
    except BundleError as error:
        raise SourceError(str(error)) from error
    floats = {
        name: value.float() if value.is_floating_point() else value for name, value in state.items()
    }
    network.load_state_dict(floats, assign=True)
    network.eval().requires_grad_(False)


@torch.inference_mode()
def mean_w(mapping: nn.Module, seed: int, samples: int) -> torch.Tensor:
    """Mean of w over many input latents, and labels alike likely where there are any: `[w_dim]`."""
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(int(mapping.w_dim), dtype=torch.float64)  # type: ignore[arg-type]
    for _ in range(samples // 1000):
        z = torch.randn(1000, int(mapping.z_dim), generator=generator)  # type: ignore[arg-type]
        total += mapping(z, random_labels(mapping, 1000, generator))[:, 0].double().sum(0)
    return (total / samples).float()


@torch.inference_mode()
def sample_ws(network: Generator, count: int, seed: int) -> torch.Tensor:
    """Some w+ at a psi of 0.7, `[count, num_ws, w_dim]`."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(count, network.z_dim, generator=generator)
    labels = random_labels(network.mapping, count, generator)
    return network.mapping(z, labels, truncation_psi=PSI)


@torch.inference_mode()
def render_small(network: Generator, ws: torch.Tensor, where: Path) -> torch.Tensor:
    """Render w+ one by one at full size, and average down: `[count, 3, side, side]`, side <= 256.

    Raises:
        SourceError: a picture holds values that are no finite numbers.
    """
    pictures = []
    for w in ws:
        picture = render_in_bands(network.synthesis, w[None])
        if not torch.isfinite(picture).all():
            raise SourceError(f"{where}: a picture of its generator is no picture: not finite.")
        pictures.append(reduced(picture))
    return torch.cat(pictures)


@torch.inference_mode()
def distance(bundle: Bundle, ws: torch.Tensor, pictures: torch.Tensor) -> float:
    """Mean absolute difference, -1..1, between pictures and those of a bundle for the same w+.

    Args:
        bundle: its generator draws by its head of the pictures' size, else in full and averaged.
        ws: `[count, num_ws, w_dim]` of the pictures' generator.
        pictures: `[count, 3, side, side]`, -1..1.
    """
    network = load_generator(bundle)
    rows = fit_rows(ws, network.num_ws)
    side, total = pictures.shape[-1], 0.0
    for w, picture in zip(rows, pictures, strict=True):
        if isinstance(network, MobileGenerator):
            size = side if side in network.synthesis.sizes else None
            other = network.synthesis(w[None], size)
        else:
            other = network.synthesis(w[None])
        small = functional.interpolate(reduced(other), size=picture.shape[-2:], mode="area")
        total += float((small[0].clamp(-1, 1) - picture.clamp(-1, 1)).abs().mean())
    return total / max(len(pictures), 1)


def reduced(picture: torch.Tensor) -> torch.Tensor:
    """Average a picture down to 256 px, if it is larger."""
    side = min(picture.shape[-1], COMPARED_PX)
    return functional.adaptive_avg_pool2d(picture, side)
