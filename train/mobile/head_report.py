"""How good fitted heads are: error on whole unseen pictures, cost, and a grid to look at."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from mbtiface.faces.pixels import to_bytes, to_images
from mbtiface.networks.mobile import MobileGenerator, MobileSynthesis, block_of
from train.mobile.head_crops import Features, compiled, draw_w

UNSEEN_SEED = 7_000_003
"""Latents of the report come from another stream than those of the cache."""
CUTS = (8, 12)
"""Rows of w+ that a mixed picture's second latent starts from: before and after a 256-px head's."""
GRID_TILE = 256
"""Width of one picture in the grid."""


@dataclass(frozen=True)
class Errors:
    """Errors over whole pictures, range -1..1."""

    pictures: int
    l1: float
    colour_mean: float  # Error of a picture's mean colour: mean over channels, then over pictures.
    colour_max: float  # The worst picture's.


class AllSizes(nn.Module):
    """w+ -> pictures of every size of a synthesis network, smallest first."""

    def __init__(self, synthesis: MobileSynthesis) -> None:
        super().__init__()
        self.synthesis = synthesis

    def forward(self, ws: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """`[1, num_ws, w_dim]` -> one `[1, 3, size, size]` for each size."""
        pictures = []
        first = block_of(self.synthesis.sizes[0])
        x = self.synthesis.features(ws, first)
        for k in range(first, len(self.synthesis.blocks)):
            if k > first:
                x = self.synthesis.blocks[k](x, ws[:, 2 * k + 1], ws[:, 2 * k + 2])
            w = ws[:, 2 * k + 3]
            if 16 << k == self.synthesis.img_resolution:
                pictures.append(self.synthesis.head(x, w))
            elif 16 << k in self.synthesis.sizes:
                pictures.append(self.synthesis.small_heads[str(16 << k)](x, w))
        return tuple(pictures)


@torch.no_grad()
def report(
    generator: MobileGenerator, plain: int, mixed: int, psi: tuple[float, float], grid: Path
) -> dict[str, Any]:
    """Measure a generator with heads and write the grid; returns what report.json holds.

    `plain` pictures have one w for all layers; `mixed` ones take the rows of w+ from one of `CUTS`
    on from another latent. A head sees one row: where the rows after it differ, it cannot know.
    """
    synthesis = generator.synthesis
    render = compiled(AllSizes(synthesis), (torch.zeros(1, generator.num_ws, generator.w_dim),))
    random = torch.Generator().manual_seed(UNSEEN_SEED)
    w = draw_w(generator, random, psi, plain + 2 * mixed)
    ws = w[:, None].repeat(1, generator.num_ws, 1)  # [n, num_ws, w_dim]
    cases = {"plain": ws[:plain]}
    for cut in CUTS:
        late = ws[plain + mixed :, cut:]
        cases[f"mixed_{cut}"] = torch.cat([ws[plain : plain + mixed, :cut], late], dim=1)
    shown = GridOfPictures(grid)
    values: dict[str, Any] = {}
    for name, latents in cases.items():
        errors = _errors(render, latents, synthesis.sizes, shown)
        values |= {f"{size}.{name}": asdict(error) for size, error in errors.items()}
    shown.save()
    return values | {"cost": {str(size): cost(synthesis, size) for size in synthesis.sizes[:-1]}}


def _errors(
    render: Any, latents: torch.Tensor, sizes: tuple[int, ...], shown: "GridOfPictures"
) -> dict[int, Errors]:
    l1: dict[int, list[float]] = {size: [] for size in sizes[:-1]}
    colour: dict[int, list[float]] = {size: [] for size in sizes[:-1]}
    for ws in latents:
        *small, full = render(ws[None])
        row = []
        for size, made in zip(sizes[:-1], small, strict=True):
            real = functional.avg_pool2d(full, sizes[-1] // size)
            error = made - real
            l1[size].append(error.abs().mean().item())
            colour[size].append(error.mean((0, 2, 3)).abs().mean().item())
            row += [made, real]
        shown.add(row)
    return {
        size: Errors(len(latents), *_rounded(np.mean(l1[size]), np.mean(c), np.max(c)))
        for size, c in colour.items()
    }


def _rounded(*values: Any) -> list[float]:
    return [round(float(value), 5) for value in values]


class GridOfPictures:
    """The first rows of a report, each head beside the reduced real picture."""

    ROWS = 5

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[np.ndarray] = []

    def add(self, pictures: list[torch.Tensor]) -> None:
        """Keep one row if there is room; pictures `[1, 3, size, size]`, -1..1."""
        if len(self.rows) < self.ROWS:
            self.rows.append(np.concatenate([_tile(picture) for picture in pictures], axis=1))

    def save(self) -> None:
        """Write the JPEG."""
        Image.fromarray(np.concatenate(self.rows)).save(self.path, quality=85)


def _tile(picture: torch.Tensor) -> np.ndarray:
    image = to_images(to_bytes(picture).numpy())[0]
    return np.asarray(image.resize((GRID_TILE, GRID_TILE), Image.Resampling.LANCZOS))


def cost(synthesis: MobileSynthesis, size: int, rounds: int = 30) -> dict[str, float]:
    """Multiply-accumulates and time of a head against the features before it.

    Times are medians of runs in turn on this machine, in milliseconds, by OpenVINO in float32.
    """
    block = block_of(size)
    ws = torch.zeros(1, synthesis.num_ws, synthesis.w_dim)
    before = Features(synthesis, block)
    features_mac = count_mac(before, ws)
    with_head = OneSize(synthesis, size)
    head_mac = count_mac(with_head, ws) - features_mac
    networks = [compiled(before, (ws,)), compiled(with_head, (ws,))]
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for network, taken in zip(networks, times, strict=True):
            started = time.perf_counter()
            network(ws)
            taken.append(1000 * (time.perf_counter() - started))
    features_ms, whole_ms = (median(taken) for taken in times)
    return {
        "features_mac": features_mac,
        "head_mac": head_mac,
        "mac_share": round(head_mac / features_mac, 4),
        "features_ms": round(features_ms, 2),
        "with_head_ms": round(whole_ms, 2),
        "fastest_features_ms": round(min(times[0]), 2),
        "fastest_with_head_ms": round(min(times[1]), 2),
    }


class OneSize(nn.Module):
    """w+ -> picture of one size."""

    def __init__(self, synthesis: MobileSynthesis, size: int) -> None:
        super().__init__()
        self.synthesis = synthesis
        self.size = size

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        """`[1, num_ws, w_dim]` -> `[1, 3, size, size]`."""
        return self.synthesis(ws, self.size)


@torch.no_grad()
def count_mac(module: nn.Module, ws: torch.Tensor) -> int:
    """Multiply-accumulates of the convolutions and linear layers that one call runs."""
    counter = _Counter()
    with counter:
        module(ws)
    return counter.total


class _Counter(torch.overrides.TorchFunctionMode):
    """Adds up output elements times inputs that each sums over.

    A transposed convolution instead spreads each input over as many outputs as a kernel has.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = func(*args, **(kwargs or {}))
        if func in (functional.conv2d, functional.linear):
            self.total += result.numel() * args[1][0].numel()
        elif func is functional.conv_transpose2d:
            self.total += args[0].numel() * args[1][0].numel()
        elif func is torch.addmm:
            self.total += result.numel() * args[1].shape[1]
        return result
