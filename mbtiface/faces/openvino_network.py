"""A torch network converted to OpenVINO in memory, its compiled form kept in a folder."""

import importlib.util
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mbtiface.faces.memory import give_back
from mbtiface.faces.openvino_graph import join_shuffles

log = logging.getLogger(__name__)
# The converter would tell its makers' statistics of each use, over the network and without asking,
# and leave an identifier in the home folder. It does neither where this package is missing.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def serves(device: torch.device) -> bool:
    """Whether networks on this device run by OpenVINO: on a CPU where it is installed."""
    return device.type == "cpu" and importlib.util.find_spec("openvino") is not None


def kept_folder(cache_dir: Path | None, key: str, conversion: int) -> Path | None:
    """Where converted networks of these weights are kept; None keeps nothing.

    `key` names the weights, `conversion` the code that converts them: neither takes the other's.
    """
    return None if cache_dir is None else cache_dir / f"{key[:16]}-{conversion}"


@cache
def _core() -> Any:
    """One for all networks: each would load the CPU's plugin again."""
    import openvino

    return openvino.Core()


class OpenVinoNetwork:
    """One network for inputs of fixed shapes. Thread-safe: one caller at a time."""

    def __init__(
        self,
        make: Callable[[], nn.Module],
        example: tuple[torch.Tensor, ...],
        kept: Path | None,
        exact: bool = False,
    ) -> None:
        """Nothing is made or converted before the first run.

        Args:
            make: gives the network, one tensor out; it is not kept.
            example: its inputs; their shapes are those of every run.
            kept: where the converted graph is kept (`.xml`); None keeps nothing.
            exact: float32 even where bfloat16 is faster.
        """
        import openvino

        self._make = make
        self._example = example
        self._kept = kept
        self._core = _core()
        self._lock = threading.Lock()
        self._request: Any = None
        capable = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        half = capable and not exact
        self.options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        }
        version = openvino.__version__.split("-")[0]
        self.name = f"openvino {version} ({'bfloat16' if half else 'float32'})"

    def __call__(self, *values: np.ndarray) -> np.ndarray:
        """Run the network on inputs of the example's shapes; the result is the caller's own."""
        # A request holds one run's memory and answers one caller at a time.
        with self._lock:
            if self._request is None:
                self._request = self._compile().create_infer_request()
                give_back()
            return self._request.infer(dict(enumerate(values)), share_inputs=True)[0].copy()

    def rest(self) -> None:
        """Free what is only needed while it runs; the next run takes it again."""
        with self._lock:
            if self._request is not None:
                self._request.get_compiled_model().release_memory()

    def _compile(self) -> Any:
        if self._kept is None:
            return self._core.compile_model(self._convert(), "CPU", self.options)
        options = self.options | {"CACHE_DIR": str(self._kept.parent)}
        if self._kept.is_file():
            try:
                return self._core.compile_model(str(self._kept), "CPU", options)
            except RuntimeError:
                log.warning("The kept network %s cannot be read; it is made again.", self._kept)
        model = self._convert()
        try:
            _save(model, self._kept)
            return self._core.compile_model(str(self._kept), "CPU", options)
        except (OSError, RuntimeError) as error:
            where = self._kept.parent
            log.warning("The compiled network cannot be kept in %s (%s).", where, error)
        return self._core.compile_model(model, "CPU", self.options)

    def _convert(self) -> Any:
        # A trace keeps every layer's result until it ends, up to a gigabyte at 1024 px; of an
        # empty batch there is nothing to keep.
        return convert(self._make(), self._example, tuple(each[:0] for each in self._example))


def convert(
    network: nn.Module,
    example: tuple[torch.Tensor, ...],
    traced: tuple[torch.Tensor, ...] | None = None,
) -> Any:
    """Convert a network to an OpenVINO model whose inputs have the shapes of `example`.

    `traced` are the inputs that it is run with meanwhile, if not those.
    """
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    with warnings.catch_warnings():
        # torch calls tracing deprecated, and warns of shape checks.
        warnings.simplefilter("ignore")
        # Traced here, since OpenVINO would do it with a check: a second trace, for which torch
        # imports sympy and keeps a copy of every weight as long as the program runs. And by the
        # frontend itself: `openvino.convert_model` does the same in four times the time.
        graph = torch.jit.trace(network.eval(), traced or example, strict=False, check_trace=False)
        frontend = FrontEndManager().load_by_framework("pytorch")
        decoder = TorchScriptPythonDecoder(graph)  # named: the frontend does not keep it alive
        model = frontend.convert(frontend.load(decoder))
    model.reshape({index: list(value.shape) for index, value in enumerate(example)})
    join_shuffles(model)
    return model


def _save(model: Any, graph: Path) -> None:
    """Write the graph under a temporary name first: another process may be reading."""
    import openvino

    graph.parent.mkdir(parents=True, exist_ok=True)
    partial = graph.with_name(f"partial-{graph.name}")
    openvino.save_model(model, str(partial), compress_to_fp16=True)
    partial.with_suffix(".bin").replace(graph.with_suffix(".bin"))
    partial.replace(graph)
