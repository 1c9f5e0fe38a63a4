"""Drawing on a ZeroGPU Space, where a GPU is lent for seconds at a time, to a process of its own.

Small pictures come from the embedded generator on the CPU where both share one W space: a filmstrip
cannot wait for a loan. Large ones are drawn by the full generator, in one loan
for all pictures of a call. Everywhere else nothing of this is used, and `spaces` is not imported.

What a lent GPU does runs in a forked process: arguments and results are copied there and back, no
lock may be held that the copy needs, and no CUDA tensor may leave it.
"""

import importlib.util
import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from mbtiface.settings import read_zero_gpu

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn

    from mbtiface.faces.engine import Engine

T = TypeVar("T")
SMALL = 256
"""Largest picture in px that comes from the embedded generator."""
LOAN_S = 10
"""Seconds that a loan is asked for: moving 30 M parameters there takes most of them."""
PICTURE_S = 0.2
"""Seconds added for each picture."""
GPU = "cuda"
_networks: dict[str, Any] = {}
"""What draws in a loan, by name; the process that the GPU is lent to has a copy of it."""
_lent: Callable[[str, Any, int], Any] | None = None


def on_zero_gpu() -> bool:
    """Whether this program runs on a ZeroGPU Space with the package that lends its GPUs."""
    return read_zero_gpu() and importlib.util.find_spec("spaces") is not None


def begin() -> None:
    """Make the function known that GPUs are lent to; a Space must hold one when it is launched."""
    global _lent
    if _lent is None and on_zero_gpu():
        import spaces

        _lent = spaces.GPU(draw_in_loan, duration=loan_seconds)


def loan_seconds(name: str, ws: Any, size: int) -> int:
    """Return for how long a GPU is asked for; the arguments are `draw_in_loan`'s."""
    return LOAN_S + round(PICTURE_S * len(ws))


def draw_in_loan(name: str, ws: Any, size: int) -> Any:
    """Draw w+ `[batch, num_ws, w_dim]` float32 to uint8 `[batch, size, size, 3]`, arrays both."""
    import torch

    pictures = _networks[name].to(GPU)
    with torch.inference_mode():
        drawn = [pictures(torch.from_numpy(w)[None].to(GPU), size).cpu() for w in ws]
    return torch.cat(drawn).numpy()


def in_this_context(work: Callable[[], T]) -> Callable[[], T]:
    """Return work that another thread does for the request at hand: its sender's quota is used."""
    return work if _lent is None else partial(copy_context().run, work)


class ZeroGpuEngine:
    """The full generator in loans, and for small pictures the embedded one if there is one."""

    device = GPU

    def __init__(
        self,
        pictures: "nn.Module",  # w+ and size in px -> bytes, as `engine.TorchEngine` runs it.
        name: str,  # Of the bundle's weights.
        sizes: tuple[int, ...],  # That it draws.
        small: "Engine | None",  # Draws up to `SMALL` px on the CPU; None = the same in loans.
    ) -> None:
        import torch

        _networks[name] = pictures.eval()
        self._key = name
        self._small = small
        self._lock = threading.Lock()
        self.name = f"torch {torch.__version__} (ZeroGPU)"
        self.sizes = sizes
        if small is not None:
            self.name += f", up to {SMALL} px {small.name}"
            self.sizes = tuple(sorted({*sizes, *(size for size in small.sizes if size <= SMALL)}))

    def render(self, ws: "torch.Tensor", size: int) -> "np.ndarray":
        """`[batch, num_ws, w_dim]` float32 -> uint8 `[batch, size, size, 3]`."""
        if self._small is not None and size <= SMALL:
            return self._small.render(ws, size)
        draw = draw_in_loan if _lent is None else _lent
        # One loan at a time: two would cost twice the quota and wait for each other.
        with self._lock:
            drawn: np.ndarray = draw(self._key, ws.detach().float().cpu().numpy(), size)
        return drawn

    def rest(self) -> None:
        """Free what small pictures hold; nothing of a loan stays."""
        if self._small is not None:
            self._small.rest()
