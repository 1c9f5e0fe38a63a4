"""Runs a synthesis network: by OpenVINO on a CPU where it is installed, by torch otherwise.

Both give the same pictures, bytes `[batch, size, size, 3]`; only speed and the last bits differ.
"""

import logging
import threading
from functools import partial
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.faces.fallback import FirstThatWorks
from mbtiface.faces.half_precision import has_bfloat16
from mbtiface.faces.openvino_network import OpenVinoNetwork, kept_folder, serves
from mbtiface.faces.pixels import to_bytes
from mbtiface.networks.eager_stylegan2 import EagerStyleGan2, can_be_eager
from mbtiface.networks.folded import Staged, fold, stage_shape
from mbtiface.networks.mobile import MobileSynthesis
from mbtiface.networks.synthesis import SynthesisNetwork
from mbtiface.settings import ENGINES

log = logging.getLogger(__name__)

CONVERSION = 6
"""Raised when the conversion below changes, so that networks kept by older code are not used."""


class Engine(Protocol):
    """Something that renders w+."""

    @property
    def name(self) -> str:
        """What renders, for people: library, version, number format."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Picture sizes in pixels that it renders, smallest first."""

    @property
    def device(self) -> str:
        """Where it renders: `cpu` or `cuda`."""

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        ...

    def rest(self) -> None:
        """Free what only rendering needs; the next picture takes it again, a fifth slower."""
        ...


class TorchEngine:
    """The network on a device as it is; a StyleGAN2 on a CPU in a form that draws faster there."""

    def __init__(self, synthesis: nn.Module, device: torch.device) -> None:
        self.name = f"torch {torch.__version__} ({device.type})"
        self.device = device.type
        self.sizes = picture_sizes(synthesis)
        self._device = device
        if device.type == "cpu" and can_be_eager(synthesis):
            dtype = torch.bfloat16 if has_bfloat16(device) else torch.float32
            self.name = f"{self.name}, {str(dtype).removeprefix('torch.')}"
            synthesis = EagerStyleGan2(cast(SynthesisNetwork, synthesis), dtype)
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
        self.coarse = _coarse_network(synthesis, kept)
        # One network a size: a picture must not wait until another size is compiled.
        self.networks = {size: _sized_network(synthesis, size, kept) for size in self.sizes}
        self.name = self.networks[self.sizes[0]].name

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        latents = ws.detach().float().cpu().numpy()
        return np.concatenate([self._picture(w[None], size) for w in latents])

    def _picture(self, w: np.ndarray, size: int) -> np.ndarray:
        network = self.networks[size]
        return network(w) if self.coarse is None else network(self.coarse(w), w)

    def rest(self) -> None:
        """Free the layers' results of all sizes, 120 MB at 1024 px."""
        for network in (self.coarse, *self.networks.values()):
            if network is not None:
                network.rest()


COARSE_BLOCKS = 2
"""Blocks beyond 4 px, up to 16 px, that are computed in float32 even where bfloat16 is faster. All
sizes share them. They cost little, and what is rounded there spreads over the whole picture
(tests/benchmarks/NOTES.md)."""


def _coarse_network(synthesis: nn.Module, kept: Path | None) -> OpenVinoNetwork | None:
    """The first layers of a network whose smallest picture is made of more; else None."""
    if stage_shape(synthesis, COARSE_BLOCKS) is None:
        return None
    example = torch.zeros(1, *latents_shape(synthesis))
    graph = None if kept is None else kept / "coarse.xml"
    make = partial(_Coarse, synthesis, picture_sizes(synthesis)[0])
    return OpenVinoNetwork(make, (example,), graph, exact=True)


def _sized_network(synthesis: nn.Module, size: int, kept: Path | None) -> OpenVinoNetwork:
    ws = torch.zeros(1, *latents_shape(synthesis))
    graph = None if kept is None else kept / f"{size}.xml"
    between = stage_shape(synthesis, COARSE_BLOCKS)
    if between is None:
        return OpenVinoNetwork(partial(_Sized, synthesis, size), (ws,), graph)
    features = torch.zeros(1, *between)
    return OpenVinoNetwork(partial(_Fine, synthesis, size), (features, ws), graph)


def latents_shape(synthesis: nn.Module) -> tuple[int, int]:
    """`num_ws` and `w_dim` of any synthesis network."""
    return int(synthesis.num_ws), int(synthesis.w_dim)  # type: ignore[arg-type]  # ints on each


class Pictures(nn.Module):
    """Synthesis and the step to bytes, so that both run in one graph."""

    def __init__(self, synthesis: nn.Module) -> None:
        super().__init__()
        self.synthesis = synthesis

    def forward(self, ws: torch.Tensor, size: int) -> torch.Tensor:
        """`[batch, num_ws, w_dim]` -> uint8 `[batch, size, size, 3]`."""
        if isinstance(self.synthesis, MobileSynthesis):
            return to_bytes(self.synthesis(ws, size))
        if isinstance(self.synthesis, EagerStyleGan2):
            return to_bytes(self.synthesis(ws))
        return to_bytes(self.synthesis(ws, noise_mode="const"))


class _Sized(nn.Module):
    """Pictures of one size as bytes, from a network made for rendering alone: a graph of it."""

    def __init__(self, synthesis: nn.Module, size: int) -> None:
        super().__init__()
        self.synthesis = fold(synthesis, size)

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        return to_bytes(self.synthesis(ws))


class _Coarse(nn.Module):
    """The features that pictures of every size begin with."""

    def __init__(self, synthesis: nn.Module, size: int) -> None:
        super().__init__()
        self.network = fold(synthesis, size)

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        return cast(Staged, self.network).coarse(ws, COARSE_BLOCKS)


class _Fine(nn.Module):
    """Those features -> pictures of one size as bytes."""

    def __init__(self, synthesis: nn.Module, size: int) -> None:
        super().__init__()
        self.network = fold(synthesis, size)

    def forward(self, features: torch.Tensor, ws: torch.Tensor) -> torch.Tensor:
        return to_bytes(cast(Staged, self.network).fine(features, ws, COARSE_BLOCKS))


def picture_sizes(synthesis: nn.Module) -> tuple[int, ...]:
    """Sizes in pixels that a synthesis network makes itself, smallest first."""
    if isinstance(synthesis, MobileSynthesis):
        return synthesis.sizes
    return (int(synthesis.img_resolution),)  # type: ignore[arg-type]  # an int on every synthesis


class SafeEngine:
    """Several engines with the same sizes, the fastest first; one that fails is not used again."""

    def __init__(self, engines: FirstThatWorks[Engine]) -> None:
        self._engines = engines
        self.sizes = engines.current.sizes

    @property
    def name(self) -> str:
        """What renders now, for people."""
        return self._engines.current.name

    @property
    def device(self) -> str:
        """Where it renders now."""
        return self._engines.current.device

    @property
    def current(self) -> Engine:
        """The engine in use."""
        return self._engines.current

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        return self._engines.run(lambda engine: engine.render(ws, size))

    def rest(self) -> None:
        """Free what only rendering needs."""
        self._engines.run(lambda engine: engine.rest())


def choose_engine(
    synthesis: nn.Module,
    device: torch.device,
    key: str,
    cache_dir: Path | None = None,
    engine: str = "auto",
) -> Engine:
    """OpenVINO on a CPU where it is installed and works, torch everywhere else.

    `engine`: `openvino` or `torch` to use that one; either way torch takes over where it fails.

    Raises:
        InputError: OpenVINO was asked for, but is not installed or does not run on this device.
    """
    if uses_openvino(device, engine):
        fast = partial(OpenVinoEngine, synthesis, key, cache_dir)
        plain = partial(TorchEngine, synthesis, device)
        return SafeEngine(FirstThatWorks("Rendering", [("OpenVINO", fast), ("torch", plain)]))
    if device.type == "cpu" and engine == "auto":
        log.warning("OpenVINO is not installed: pictures come from torch, several times slower.")
    return TorchEngine(synthesis, device)


def uses_openvino(device: torch.device, engine: str) -> bool:
    """Whether networks on this device run by OpenVINO, if it works.

    Raises:
        InputError: it was asked for, but cannot be used; or the engine is unknown.
    """
    if engine not in ENGINES:
        raise InputError(f"Engine {engine!r} is unknown. Use {', '.join(ENGINES)}.")
    if engine == "openvino" and not serves(device):
        raise InputError(
            f"Engine 'openvino' was asked for, but it is not installed or does not run on "
            f"{device.type}. Install openvino and use the device cpu, or the engine auto."
        )
    return engine != "torch" and serves(device)
