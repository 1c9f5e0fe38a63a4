"""Ways to draw the same pictures of the same w+: the plain one, the app's, and others'."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mbtiface.faces.engine import OpenVinoEngine, TorchEngine
from mbtiface.faces.openvino_network import serves
from mbtiface.faces.pixels import to_bytes
from mbtiface.networks import FaceGenerator, Generator, MobileGenerator
from tests.benchmarks.plain_gan import PlainSynthesis
from tests.fetch_wheel import wheel_path
from train.mobile.random_face import unpack_wheel
from train.runs.onnx_file import write_onnx

CPU = torch.device("cpu")
Draw = Callable[[torch.Tensor], np.ndarray]
"""w+ `[batch, num_ws, w_dim]` float32 -> bytes `[batch, size, size, 3]`."""
PLAIN = "plain torch, float32"
OURS, OURS_TORCH = "this app", "this app without OpenVINO"
RANDOM_FACE = "random-face's own engine"
ONNX_RUNTIME, ONNX_OPENVINO = "ONNX Runtime", "OpenVINO of the ONNX graph"
RANDOM_FACE_PX = 1024


@dataclass(frozen=True)
class Rival:
    """One way to draw, ready."""

    name: str
    """What draws, for people."""
    draw: Draw

    @property
    def peak(self) -> str:
        """Number format of the peak that it is held against."""
        return "bf16" if "bfloat16" in self.name else "fp32"


def rivals(
    generator: FaceGenerator, size: int, threads: int, scratch: Path
) -> dict[str, Callable[[], Rival]]:
    """What makes each way that there is here, by its role; the plain one first.

    `threads`: of OpenVINO and ONNX Runtime; torch's are set for the whole process.
    """
    synthesis = generator.synthesis
    made: dict[str, Callable[[], Rival]] = {
        PLAIN: lambda: Rival(PLAIN, plainly(generator, size)),
        OURS: lambda: _engine(OURS, OpenVinoEngine(synthesis, "", None), size, threads),
        OURS_TORCH: lambda: _engine(OURS_TORCH, TorchEngine(synthesis, CPU), size, threads),
        ONNX_RUNTIME: lambda: _onnx_runtime(_graph(generator, size, scratch), threads),
        ONNX_OPENVINO: lambda: _openvino(ONNX_OPENVINO, _graph(generator, size, scratch), threads),
    }
    if not serves(CPU):
        del made[OURS], made[ONNX_OPENVINO]
    elif _is_random_face(generator) and size == RANDOM_FACE_PX and wheel_path().exists():
        made[RANDOM_FACE] = lambda: _random_face(scratch, threads)
    return made


def plainly(generator: FaceGenerator, size: int) -> Draw:
    """The network as one would first write it, in float32."""
    if isinstance(generator, Generator):
        network: nn.Module = PlainSynthesis(generator)
        arguments: dict[str, Any] = {"noise_mode": "const"}
    else:
        network, arguments = generator.synthesis, {"size": size}

    @torch.inference_mode()
    def draw(ws: torch.Tensor) -> np.ndarray:
        return to_bytes(network(ws, **arguments)).numpy()

    return draw


def _is_random_face(generator: FaceGenerator) -> bool:
    """Whether random-face draws with the same weights: the embedded bundle's."""
    return isinstance(generator, MobileGenerator) and generator.img_resolution == RANDOM_FACE_PX


def _engine(role: str, engine: Any, size: int, threads: int) -> Rival:
    if isinstance(engine, OpenVinoEngine):
        for network in (engine.coarse, engine.networks[size]):
            if network is not None:
                network.options["INFERENCE_NUM_THREADS"] = threads
    return Rival(f"{role} ({engine.name})", lambda ws: engine.render(ws, size))


def _graph(generator: FaceGenerator, size: int, scratch: Path) -> Path:
    path = scratch / f"{type(generator).__name__}-{size}.onnx"
    if not path.exists():
        write_onnx(generator, size, "synthesis", path)
    return path


def _floats_to_bytes(pictures: np.ndarray) -> np.ndarray:
    """Float `[batch, 3, size, size]`, -1..1 -> bytes `[batch, size, size, 3]`."""
    return to_bytes(torch.from_numpy(pictures)).numpy()


def _onnx_runtime(graph: Path, threads: int) -> Rival:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    name = f"{ONNX_RUNTIME} {onnxruntime.__version__} (float32)"
    return Rival(name, lambda ws: _floats_to_bytes(session.run(None, {"ws": ws.numpy()})[0]))


def _openvino(role: str, graph: Path, threads: int, one_w: bool = False) -> Rival:
    """A graph's file as OpenVINO takes it: its own choice of number format.

    `one_w`: it takes `[1, w_dim]`, one w for all layers.
    """
    import openvino

    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
    compiled = openvino.Core().compile_model(str(graph), "CPU", options)
    half = "bf" in str(compiled.get_property("INFERENCE_PRECISION_HINT"))
    request = compiled.create_infer_request()

    def draw(ws: torch.Tensor) -> np.ndarray:
        drawn = [request.infer({0: w[:1] if one_w else w[None]})[0].copy() for w in ws.numpy()]
        return _floats_to_bytes(np.concatenate(drawn))

    return Rival(f"{role} ({'bfloat16' if half else 'float32'})", draw)


def _random_face(scratch: Path, threads: int) -> Rival:
    folder = scratch / "random-face"
    if not folder.exists():
        unpack_wheel(wheel_path(), folder)
    return _openvino(RANDOM_FACE, folder / "SynthesisNetwork.xml", threads, one_w=True)
