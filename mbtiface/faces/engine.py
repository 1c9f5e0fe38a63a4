"""Runs a synthesis network: by OpenVINO on a CPU where it is installed, by torch otherwise.

Both give the same pictures, bytes `[batch, size, size, 3]`; only speed and the last bits differ.
"""

import logging
import threading
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from mbtiface.faces.openvino_network import OpenVinoNetwork, kept_folder, serves
from mbtiface.faces.pixels import to_bytes
from mbtiface.networks.mobile import MobileSynthesis

log = logging.getLogger(__name__)

CONVERSION = 4
"""Raised when the conversion below changes, so that networks kept by older code are not used."""


class Engine(Protocol):
    """Something that renders w+."""

    name: str
    """What renders, for people: library, version, number format."""
    device: str
    """Where it renders: `cpu` or `cuda`."""
    sizes: tuple[int, ...]
    """Picture sizes in pixels that it renders, smallest first."""

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        ...

    def rest(self) -> None:
        """Free what only rendering needs; the next picture takes it again, a fifth slower."""
        ...


class TorchEngine:
    """The plain network on a device."""

    def __init__(self, synthesis: nn.Module, device: torch.device) -> None:
        self.name = f"torch {torch.__version__} ({device.type})"
        self.device = device.type
        self.sizes = picture_sizes(synthesis)
        self._device = device
        self._pictures = Pictures(synthesis).to(device).eval()
        self._lock = threading.Lock()

    @torch.inference_mode()
    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        # One at a time: more at once would not be faster, only larger.
        with self._lock:
            pictures = [self._pictures(w[None].to(self._device), size) for w in ws]
        return torch.cat(pictures).cpu().numpy()

    def rest(self) -> None:
        """Nothing is held between pictures."""


class OpenVinoEngine:
    """The same network converted in memory; compiled forms are kept in a folder."""

    device = "cpu"

    def __init__(self, synthesis: nn.Module, key: str, cache_dir: Path | None) -> None:
        """`key` names the weights; `cache_dir` None keeps nothing between starts."""
        self.sizes = picture_sizes(synthesis)
        kept = kept_folder(cache_dir, key, CONVERSION)
        # One network a size: a picture must not wait until another size is compiled.
        self.networks = {size: _sized_network(synthesis, size, kept) for size in self.sizes}
        self.name = self.networks[self.sizes[0]].name

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        latents = ws.detach().float().cpu().numpy()
        return np.concatenate([self.networks[size](w[None]) for w in latents])

    def rest(self) -> None:
        """Free the layers' results of all sizes, 120 MB at 1024 px."""
        for network in self.networks.values():
            network.rest()


def _sized_network(synthesis: nn.Module, size: int, kept: Path | None) -> OpenVinoNetwork:
    network = _Sized(synthesis, size)
    example = torch.zeros(1, network.num_ws, network.w_dim)
    return OpenVinoNetwork(network, example, None if kept is None else kept / f"{size}.xml")


class Pictures(nn.Module):
    """Synthesis and the step to bytes, so that both run in one graph."""

    def __init__(self, synthesis: nn.Module) -> None:
        super().__init__()
        self.synthesis = synthesis

    def forward(self, ws: torch.Tensor, size: int) -> torch.Tensor:
        """`[batch, num_ws, w_dim]` -> uint8 `[batch, size, size, 3]`."""
        if isinstance(self.synthesis, MobileSynthesis):
            return to_bytes(self.synthesis(ws, size))
        return to_bytes(self.synthesis(ws, noise_mode="const"))


class _Sized(nn.Module):
    """`Pictures` with the size fixed: a graph has one."""

    def __init__(self, synthesis: nn.Module, size: int) -> None:
        super().__init__()
        self.pictures = Pictures(synthesis)
        self.size = size
        self.num_ws = int(synthesis.num_ws)  # type: ignore[arg-type]  # an int on every synthesis
        self.w_dim = int(synthesis.w_dim)  # type: ignore[arg-type]

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        return self.pictures(ws, self.size)


def picture_sizes(synthesis: nn.Module) -> tuple[int, ...]:
    """Sizes in pixels that a synthesis network makes itself, smallest first."""
    if isinstance(synthesis, MobileSynthesis):
        return synthesis.sizes
    return (int(synthesis.img_resolution),)  # type: ignore[arg-type]  # an int on every synthesis


def choose_engine(
    synthesis: nn.Module, device: torch.device, key: str, cache_dir: Path | None = None
) -> Engine:
    """OpenVINO on a CPU where it is installed, torch everywhere else."""
    if serves(device):
        return OpenVinoEngine(synthesis, key, cache_dir)
    if device.type == "cpu":
        log.warning("OpenVINO is not installed: pictures come from torch, several times slower.")
    return TorchEngine(synthesis, device)
