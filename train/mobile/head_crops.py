"""Crops of features with the pictures that belong to them.

Only the features up to the first head's block are computed for the whole picture; what follows is
computed for a few crops of them, so that one latent costs a third of a whole picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from mbtiface.faces.openvino_network import convert
from mbtiface.networks.mapping import random_labels
from mbtiface.networks.mobile import (
    MobileBlock,
    MobileGenerator,
    MobileSynthesis,
    StyledLayer,
    block_of,
)
from mbtiface.networks.wavelet import inverse_haar

CROP = 16
"""Height and width of a crop of features, in feature pixels."""
MARGIN = 2
"""Feature pixels at a crop's edge whose picture the crop alone does not decide."""
CROPS = 4
"""Crops of one picture; the last takes its late styles from another latent."""


@dataclass(frozen=True)
class CropSource:
    """What decides the content of a cache of crops."""

    generator: str  # digest of the generator's weights
    seed: int
    sizes: tuple[int, ...]  # picture sizes that get a head, ascending
    psi: tuple[float, float]  # range of the truncation


class CropMaker:
    """Draws latents and makes crops of them."""

    def __init__(
        self, generator: MobileGenerator, source: CropSource, threads: int | None = None
    ) -> None:
        self.generator = generator.eval().requires_grad_(False)
        self.synthesis: MobileSynthesis = generator.synthesis
        self.source = source
        self.first = block_of(source.sizes[0])
        w_dim = self.synthesis.w_dim
        ws = torch.zeros(1, self.synthesis.num_ws, w_dim)
        resolution = 8 << self.first
        self.crop = min(CROP, resolution)
        self.corner_limit = resolution - self.crop + 1
        self.features = compiled(Features(self.synthesis, self.first), (ws,), threads)
        x = torch.zeros(CROPS, channels_after(self.synthesis, self.first), *[self.crop] * 2)
        noises = self._noises(torch.zeros(CROPS, 2, dtype=torch.long))
        self.tail = compiled(
            Tail(self.synthesis, self.first), (x, torch.zeros(CROPS, w_dim), *noises), threads
        )

    @torch.no_grad()
    def make(self, index: int) -> dict[str, np.ndarray]:
        """Return `w [CROPS, w_dim]` and each size's `features` and `pictures`, half precision."""
        random = torch.Generator().manual_seed(self.source.seed * 1_000_003 + index)
        own, other = draw_w(self.generator, random, self.source.psi, 2)  # [w_dim]
        late = own.repeat(CROPS, 1)
        late[-1] = own.lerp(other, torch.rand(1, generator=random).item())
        (whole,) = self.features(own.repeat(1, self.synthesis.num_ws, 1))  # [1, C, R, R]
        corners = torch.randint(0, self.corner_limit, (CROPS, 2), generator=random)
        crop = self.crop
        x = torch.stack([whole[0, :, y : y + crop, x : x + crop] for y, x in corners.tolist()])
        *later, picture = self.tail(x, late, *self._noises(corners))
        made = {"w": late.numpy().astype(np.float16)}
        for k, features in enumerate((x, *later), start=self.first):
            size = 16 << k
            if size not in self.source.sizes:
                continue
            small = functional.avg_pool2d(picture, self.synthesis.img_resolution // size)
            start = (features.shape[-1] - crop) // 2  # the middle: what a crop decides best
            inner = slice(2 * (start + MARGIN), 2 * (start + crop - MARGIN))
            part = features[..., start : start + crop, start : start + crop]
            made[f"features{size}"] = part.numpy().astype(np.float16)
            made[f"pictures{size}"] = small[..., inner, inner].numpy().astype(np.float16)
        return made

    def _noises(self, corners: torch.Tensor) -> list[torch.Tensor]:
        """The later layers' noise where crops lie; `corners` `[CROPS, 2]` in feature pixels."""
        noises = []
        for k in range(self.first + 1, len(self.synthesis.blocks)):
            scale = 1 << (k - self.first)
            size = self.crop * scale
            block = block_at(self.synthesis, k)
            for layer in (block.conv0, block.conv1):
                full = layer.noise_const
                places = (corners * scale).tolist()
                cut = [full[y : y + size, x : x + size] for y, x in places]
                noises.append(torch.stack(cut)[:, None])  # [CROPS, 1, size, size]
        return noises


class Features(nn.Module):
    """w+ -> features after one block."""

    def __init__(self, synthesis: MobileSynthesis, last: int) -> None:
        super().__init__()
        self.synthesis = synthesis
        self.last = last

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        """`[1, num_ws, w_dim]` -> `[1, channels, 8 << last, 8 << last]`."""
        return self.synthesis.features(ws, self.last)


class Tail(nn.Module):
    """What follows a block, on crops: their noise is an input."""

    def __init__(self, synthesis: MobileSynthesis, first: int) -> None:
        super().__init__()
        later = range(first + 1, len(synthesis.blocks))
        self.blocks = nn.ModuleList(block_at(synthesis, k) for k in later)
        self.head = synthesis.head

    def forward(
        self, x: torch.Tensor, w: torch.Tensor, *noises: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Features after each later block, then the full-size picture.

        Args:
            x: `[crops, channels, height, width]`.
            w: `[crops, w_dim]`, for every later layer.
            noises: two a block, `[crops, 1, height, width]` of the block.
        """
        kept = []
        for block, noise0, noise1 in zip(self.blocks, noises[::2], noises[1::2], strict=True):
            assert isinstance(block, MobileBlock)
            x = inverse_haar(x * block.up(w))
            x = _styled(block.conv0, x, w, noise0)
            x = _styled(block.conv1, x, w, noise1)
            kept.append(x)
        return *kept, self.head(x, w)


def _styled(
    layer: StyledLayer, x: torch.Tensor, w: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """A depth-wise styled layer with the noise of a crop instead of its own."""
    assert layer.weight_dw is not None
    x = functional.conv2d(x * layer.affine(w), layer.weight_dw, padding=1, groups=x.shape[1])
    x = functional.conv2d(x, layer.weight) + noise + layer.bias[:, None, None]
    return functional.leaky_relu(x, 0.2)


def draw_w(
    generator: MobileGenerator, random: torch.Generator, psi: tuple[float, float], count: int
) -> torch.Tensor:
    """Draw `[count, w_dim]` latents, each with its own truncation out of the range `psi`."""
    z = torch.randn(count, generator.z_dim, generator=random)
    scale = psi[0] + (psi[1] - psi[0]) * torch.rand(count, 1, generator=random)
    average = generator.mapping.w_avg
    labels = random_labels(generator.mapping, count, random)
    return average + scale * (generator.mapping(z, labels)[:, 0] - average)


def block_at(synthesis: MobileSynthesis, k: int) -> MobileBlock:
    """Block `k` of a network."""
    block = synthesis.blocks[k]
    assert isinstance(block, MobileBlock)
    return block


def channels_after(synthesis: MobileSynthesis, k: int) -> int:
    """Channels of the features after block `k`."""
    return block_at(synthesis, k).conv1.bias.numel()


def compiled(
    module: nn.Module, example: tuple[torch.Tensor, ...], threads: int | None = None
) -> Callable[..., tuple[torch.Tensor, ...]]:
    """A module as an OpenVINO network in float32, for inputs of the shapes of `example`.

    `threads` None leaves their number to OpenVINO.
    """
    import openvino  # slow to import; `--help` does without

    options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if threads is not None:
        options["INFERENCE_NUM_THREADS"] = threads
    network = openvino.compile_model(convert(module, example), "CPU", options)

    def run(*values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        results = network([value.numpy() for value in values])
        return tuple(torch.from_numpy(results[index].copy()) for index in range(len(results)))

    return run
