"""Runs a synthesis network: by OpenVINO on a CPU where it is installed, by torch otherwise.

Both give the same pictures, bytes `[batch, size, size, 3]`; only speed and the last bits differ.
"""

import importlib.util
import logging
import threading
import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from mbtiface.faces.pixels import to_bytes
from mbtiface.networks.mobile import MobileSynthesis

log = logging.getLogger(__name__)

CONVERSION = 1
"""Raised when the conversion below changes, so that networks kept by older code are not used."""


class Engine(Protocol):
    """Something that renders w+."""

    name: str
    """What renders, for people: library, version, number format."""
    sizes: tuple[int, ...]
    """Picture sizes in pixels that it renders, smallest first."""

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        ...


class TorchEngine:
    """The plain network on a device."""

    def __init__(self, synthesis: nn.Module, device: torch.device) -> None:
        self.name = f"torch {torch.__version__} ({device.type})"
        self.sizes = picture_sizes(synthesis)
        self._device = device
        self._pictures = _Pictures(synthesis).to(device).eval()
        self._lock = threading.Lock()

    @torch.inference_mode()
    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        # One at a time: more at once would not be faster, only larger.
        with self._lock:
            pictures = [self._pictures(w[None].to(self._device), size) for w in ws]
        return torch.cat(pictures).cpu().numpy()


class OpenVinoEngine:
    """The same network converted in memory; compiled forms are kept in a folder."""

    def __init__(self, synthesis: nn.Module, key: str, cache_dir: Path | None) -> None:
        """`key` names the weights; `cache_dir` None keeps nothing between starts."""
        import openvino

        self.sizes = picture_sizes(synthesis)
        self._synthesis = synthesis
        self._cache = None if cache_dir is None else cache_dir / f"{key[:16]}-{CONVERSION}"
        self._core = openvino.Core()
        self._requests: dict[int, Any] = {}
        # One lock a size: a picture must not wait until another size is compiled.
        self._locks = {size: threading.Lock() for size in self.sizes}
        half = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        }
        version = openvino.__version__.split("-")[0]
        self.name = f"openvino {version} ({'bfloat16' if half else 'float32'})"

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        latents = ws.detach().float().cpu().numpy()
        # A request holds one picture's memory and answers one caller at a time.
        with self._locks[size]:
            request = self._requests.get(size)
            if request is None:
                request = self._requests[size] = self._compile(size).create_infer_request()
            return np.concatenate(
                [request.infer({0: w[None]}, share_inputs=True)[0].copy() for w in latents]
            )

    def _compile(self, size: int) -> Any:
        options = dict(self._options)
        if self._cache is not None:
            options["CACHE_DIR"] = str(self._cache)
        graph = None if self._cache is None else self._cache / f"{size}.xml"
        if graph is not None and graph.is_file():
            try:
                return self._core.compile_model(str(graph), "CPU", options)
            except RuntimeError:
                log.warning("The kept network %s cannot be read; it is made again.", graph)
        model = self._convert(size)
        if graph is not None:
            try:
                _save(model, graph)
                return self._core.compile_model(str(graph), "CPU", options)
            except (OSError, RuntimeError) as error:
                log.warning("The compiled network cannot be kept in %s (%s).", graph.parent, error)
        return self._core.compile_model(model, "CPU", self._options)

    def _convert(self, size: int) -> Any:
        import openvino

        network = _Sized(self._synthesis, size).eval()
        example = torch.zeros(1, network.num_ws, network.w_dim)
        with warnings.catch_warnings():
            # Conversion traces the network, which recent torch calls deprecated.
            warnings.simplefilter("ignore")
            model = openvino.convert_model(network, example_input=example)
        model.reshape({0: list(example.shape)})
        return model


class _Pictures(nn.Module):
    """Synthesis and the step to bytes, so that both run in one graph."""

    def __init__(self, synthesis: nn.Module) -> None:
        super().__init__()
        self.synthesis = synthesis

    def forward(self, ws: torch.Tensor, size: int) -> torch.Tensor:
        if isinstance(self.synthesis, MobileSynthesis):
            return to_bytes(self.synthesis(ws, size))
        return to_bytes(self.synthesis(ws, noise_mode="const"))


class _Sized(nn.Module):
    """`_Pictures` with the size fixed: a graph has one."""

    def __init__(self, synthesis: nn.Module, size: int) -> None:
        super().__init__()
        self.pictures = _Pictures(synthesis)
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


def _save(model: Any, graph: Path) -> None:
    """Write the graph under a temporary name first: another process may be reading."""
    import openvino

    graph.parent.mkdir(parents=True, exist_ok=True)
    partial = graph.with_name(f"partial-{graph.name}")
    openvino.save_model(model, str(partial), compress_to_fp16=True)
    partial.with_suffix(".bin").replace(graph.with_suffix(".bin"))
    partial.replace(graph)


def choose_engine(
    synthesis: nn.Module, device: torch.device, key: str, cache_dir: Path | None = None
) -> Engine:
    """OpenVINO on a CPU where it is installed, torch everywhere else."""
    if device.type == "cpu" and importlib.util.find_spec("openvino") is not None:
        return OpenVinoEngine(synthesis, key, cache_dir)
    if device.type == "cpu":
        log.warning("OpenVINO is not installed: pictures come from torch, several times slower.")
    return TorchEngine(synthesis, device)
