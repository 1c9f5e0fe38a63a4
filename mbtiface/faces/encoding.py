"""Runs an encoder: by OpenVINO on a CPU where it is installed, by torch otherwise."""

import threading
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import nn

from mbtiface.faces.engine import uses_openvino
from mbtiface.faces.fallback import FirstThatWorks
from mbtiface.faces.openvino_network import OpenVinoNetwork, kept_folder
from mbtiface.faces.pixels import from_bytes

CONVERSION = 1
"""Raised when the conversion changes, so that networks kept by older code are not used."""


class Encoding(Protocol):
    """Something that encodes aligned faces."""

    @property
    def name(self) -> str:
        """What encodes, for people."""

    @property
    def size(self) -> int:
        """Height and width of what the network sees; other sizes are resized."""

    def encode(self, aligned: Image.Image) -> torch.Tensor:
        """Aligned RGB face -> w+ `[num_ws, w_dim]` float32."""
        ...


class TorchEncoding:
    """The plain network on a device."""

    def __init__(self, encoder: nn.Module, size: int, device: torch.device) -> None:
        self.name = f"torch {torch.__version__} ({device.type})"
        self.size = size
        self._device = device
        self._encoder = encoder.to(device).eval()
        self._lock = threading.Lock()

    @torch.inference_mode()
    def encode(self, aligned: Image.Image) -> torch.Tensor:
        """Aligned RGB face -> w+ `[num_ws, w_dim]` float32."""
        with self._lock:
            ws = self._encoder(to_input(aligned, self.size).to(self._device))
        return ws[0].float().cpu().clone()


class OpenVinoEncoding:
    """The same network converted in memory."""

    def __init__(self, encoder: nn.Module, size: int, key: str, cache_dir: Path | None) -> None:
        """`key` names the weights; `cache_dir` None keeps nothing between starts."""
        kept = kept_folder(cache_dir, key, CONVERSION)
        graph = None if kept is None else kept / "encoder.xml"
        self._network = OpenVinoNetwork(lambda: encoder, (torch.zeros(1, 3, size, size),), graph)
        self.name = self._network.name
        self.size = size

    def encode(self, aligned: Image.Image) -> torch.Tensor:
        """Aligned RGB face -> w+ `[num_ws, w_dim]` float32."""
        return torch.from_numpy(self._network(to_input(aligned, self.size).numpy())[0])


def to_input(aligned: Image.Image, size: int) -> torch.Tensor:
    """A picture as networks take it: `[1, 3, size, size]` float32, -1..1."""
    if aligned.size != (size, size):
        # Whole factors are averaged, as the training does.
        whole = aligned.width % size == 0 and aligned.height % size == 0
        how = Image.Resampling.BOX if whole else Image.Resampling.LANCZOS
        aligned = aligned.resize((size, size), how)
    pixels = np.array(aligned.convert("RGB"))  # a copy: PIL's own memory is read-only
    return from_bytes(torch.from_numpy(pixels)[None]).contiguous()


class SafeEncoding:
    """Several encodings of one network, the fastest first; one that fails is not used again."""

    def __init__(self, encodings: FirstThatWorks[Encoding]) -> None:
        self._encodings = encodings
        self.size = encodings.current.size

    @property
    def name(self) -> str:
        """What encodes now, for people."""
        return self._encodings.current.name

    @property
    def current(self) -> Encoding:
        """The encoding in use."""
        return self._encodings.current

    def encode(self, aligned: Image.Image) -> torch.Tensor:
        """Aligned RGB face -> w+ `[num_ws, w_dim]` float32."""
        return self._encodings.run(lambda encoding: encoding.encode(aligned))


def choose_encoding(
    encoder: nn.Module,
    size: int,
    device: torch.device,
    key: str,
    cache_dir: Path | None = None,
    engine: str = "auto",
) -> Encoding:
    """OpenVINO on a CPU where it is installed and works, torch everywhere else.

    `engine` as for pictures: `choose_engine`.

    Raises:
        InputError: the engine cannot be used.
    """
    if uses_openvino(device, engine):
        fast = partial(OpenVinoEncoding, encoder, size, key, cache_dir)
        plain = partial(TorchEncoding, encoder, size, device)
        return SafeEncoding(FirstThatWorks("Encoding", [("OpenVINO", fast), ("torch", plain)]))
    return TorchEncoding(encoder, size, device)
