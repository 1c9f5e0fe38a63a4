"""A generator as an ONNX graph: mapping, synthesis or both, for any number of samples."""

import warnings
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from mbtiface.errors import InputError, SourceError
from mbtiface.networks import FaceGenerator
from mbtiface.networks.folded import fold
from mbtiface.networks.mobile import MobileSynthesis

Part = Literal["whole", "mapping", "synthesis"]
OPSET = 17
"""Of ONNX; 17 is read by ONNX Runtime from 1.12 (2022) on."""
TRACED_BATCH, CHECKED_BATCH = 2, 3
TOLERANCE = 1e-3
"""Of the largest value: what float32 leaves open after two dozen layers summed in another order."""


class MappingGraph(nn.Module):
    """z, labels if there are any, and psi -> w+."""

    def __init__(self, mapping: nn.Module) -> None:
        super().__init__()
        self.mapping = mapping

    def forward(self, z: torch.Tensor, psi: torch.Tensor, *c: torch.Tensor) -> torch.Tensor:
        """`z [batch, z_dim]`, `psi []`, `c [batch, c_dim]` -> `[batch, num_ws, w_dim]`."""
        w = self.mapping(z, *c)  # [batch, num_ws, w_dim]
        average: torch.Tensor = self.mapping.w_avg  # type: ignore[assignment]
        return average + (w - average) * psi


class WholeGraph(nn.Module):
    """z, psi and labels -> pictures."""

    def __init__(self, mapping: nn.Module, synthesis: nn.Module) -> None:
        super().__init__()
        self.mapping = MappingGraph(mapping)
        self.synthesis = synthesis

    def forward(self, z: torch.Tensor, psi: torch.Tensor, *c: torch.Tensor) -> torch.Tensor:
        """As `MappingGraph` -> `[batch, 3, size, size]` float, about -1..1."""
        return self.synthesis(self.mapping(z, psi, *c))


def write_onnx(generator: FaceGenerator, size: int, part: Part, path: Path) -> float:
    """Write a graph with the generator's stored noise, and compare what it gives with torch.

    Inputs are `z [batch, z_dim]`, `psi []` and, of a generator with classes, `c [batch, c_dim]`;
    of the synthesis alone `ws [batch, num_ws, w_dim]`. The output is `ws` or `pictures
    [batch, 3, size, size]`, about -1..1.

    Returns:
        The largest difference from torch.

    Raises:
        InputError: the network makes no pictures of this size.
        SourceError: `onnx` or `onnxruntime` is missing, or the graph gives something else.
    """
    network, example = _graph(generator.eval(), size, part)
    names = ["ws"] if part == "synthesis" else ["z", "psi", "c"][: len(example)]
    output = "ws" if part == "mapping" else "pictures"
    batched = [name for name in (*names, output) if name != "psi"]
    with warnings.catch_warnings(), torch.no_grad():
        # torch calls this exporter the older one, and warns of shape checks; the newer one needs
        # a further package and gives the same graph.
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                network,
                example,
                str(path),
                input_names=list(dict.fromkeys(names)),
                output_names=[output],
                dynamic_axes={name: {0: "batch"} for name in batched},
                opset_version=OPSET,
                dynamo=False,
            )
            return _checked(network, path, dict(zip(names, example, strict=True)))
        except ImportError as error:
            raise SourceError(
                f"An ONNX graph needs the packages onnx and onnxruntime ({error}). "
                "Install the extra `train`."
            ) from error


def _graph(
    generator: FaceGenerator, size: int, part: Part
) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    """A network and an example of its inputs."""
    synthesis, mapping = generator.synthesis, generator.mapping
    full = int(synthesis.img_resolution)
    if size != full and not isinstance(synthesis, MobileSynthesis):
        raise InputError(f"This network makes pictures of {full} px alone, not of {size} px.")
    if part == "synthesis":
        ws = torch.randn(TRACED_BATCH, generator.num_ws, generator.w_dim)
        return fold(synthesis, size).eval(), (ws,)
    example = [torch.randn(TRACED_BATCH, generator.z_dim), torch.tensor(0.7)]
    if generator.c_dim:
        example.append(torch.eye(generator.c_dim)[[0] * TRACED_BATCH])
    if part == "mapping":
        return MappingGraph(mapping).eval(), tuple(example)
    return WholeGraph(mapping, fold(synthesis, size)).eval(), tuple(example)


def _checked(network: nn.Module, path: Path, example: dict[str, torch.Tensor]) -> float:
    """Compare with another number of samples than was traced; the largest difference."""
    import onnxruntime

    values = {
        name: value if value.ndim == 0 else torch.cat([value, value * 0.5])[:CHECKED_BATCH]
        for name, value in example.items()
    }
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    actual = session.run(None, {name: value.numpy() for name, value in values.items()})[0]
    expected = network(*values.values()).numpy()
    difference = float(np.abs(actual - expected).max())
    if not difference <= TOLERANCE * max(1.0, float(np.abs(expected).max())):
        raise SourceError(f"The ONNX graph differs from torch by {difference:.3g}; it is not kept.")
    return difference
