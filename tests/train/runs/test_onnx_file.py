"""Any generator as an ONNX graph that ONNX Runtime draws the same pictures with."""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.networks import FaceGenerator, Generator, MobileGenerator, StyleGAN1Generator
from mbtiface.weights.bundle import load_generator, open_bundle
from tests.toy_bundle import RESOLUTION, write_toy_bundle
from train.commands.export import Config, main
from train.runs import onnx_file
from train.runs.onnx_file import write_onnx

SMALL = {"mapping_kwargs": {"num_layers": 2}}
STYLEGAN2 = SMALL | {"synthesis_kwargs": {"channel_base": 256, "channel_max": 16}}
RESNET = {"channel_base": 256, "channel_max": 16, "architecture": "resnet", "num_fp16_res": 2}
NETWORKS = {
    "light": lambda: MobileGenerator(16, 16, 32, (16, 8), 2, head_sizes=(16,)),
    "stylegan2": lambda: Generator(16, 0, 16, 32, 3, **STYLEGAN2),
    "stylegan2 with classes": lambda: Generator(16, 4, 16, 32, 3, **STYLEGAN2),
    "stylegan2 resnet": lambda: Generator(16, 0, 16, 32, 3, **SMALL, synthesis_kwargs=RESNET),
    "stylegan": lambda: StyleGAN1Generator(16, 0, 16, 32, 3, **SMALL),
}


def network(kind: str) -> FaceGenerator:
    torch.manual_seed(0)
    made = NETWORKS[kind]().eval().requires_grad_(False)
    for name, value in made.named_parameters():
        if name.endswith(("noise_strength", "bias")):
            value.add_(0.1)
    made.mapping.w_avg.normal_()
    return made


def run(path: Path, **inputs: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert {value.name for value in session.get_inputs()} == set(inputs)
    return session.run(None, {name: value.numpy() for name, value in inputs.items()})[0]


@pytest.mark.parametrize("kind", list(NETWORKS))
def test_z_to_pictures(kind: str, tmp_path: Path) -> None:
    made, path = network(kind), tmp_path / "whole.onnx"
    assert write_onnx(made, 32, "whole", path) < 1e-3
    for batch in (1, 5):
        z = torch.randn(batch, 16)
        labels = {"c": torch.eye(4)[torch.arange(batch) % 4]} if made.c_dim else {}
        ws = made.mapping(z, labels.get("c"), truncation_psi=0.5)
        noise: dict[str, Any] = {} if kind == "light" else {"noise_mode": "const"}
        expected = made.synthesis(ws, **noise).numpy()
        actual = run(path, z=z, psi=torch.tensor(0.5), **labels)
        assert expected.std() > 0.01
        np.testing.assert_allclose(actual, expected, atol=1e-4 * np.abs(expected).max())


def test_the_parts_alone(tmp_path: Path) -> None:
    made = network("light")
    write_onnx(made, 16, "mapping", tmp_path / "mapping.onnx")
    write_onnx(made, 16, "synthesis", tmp_path / "synthesis.onnx")
    z = torch.randn(3, 16)
    ws = run(tmp_path / "mapping.onnx", z=z, psi=torch.tensor(0.7))
    np.testing.assert_allclose(ws, made.mapping(z, truncation_psi=0.7), atol=1e-5)
    mixed = torch.randn(3, made.num_ws, 16)  # every row is another
    pictures = run(tmp_path / "synthesis.onnx", ws=mixed)
    np.testing.assert_allclose(pictures, made.synthesis(mixed, 16), atol=1e-4)


def test_a_size_that_is_not_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pictures of 32 px alone, not of 16 px"):
        write_onnx(network("stylegan2"), 16, "whole", tmp_path / "a.onnx")
    with pytest.raises(InputError, match="Size 64 has no head"):
        write_onnx(network("light"), 64, "whole", tmp_path / "a.onnx")


def test_the_command_writes_a_bundles_generator(tmp_path: Path) -> None:
    folder = write_toy_bundle(tmp_path / "toy")
    main(Config(str(folder), tmp_path / "out" / "face.onnx", onnx=True))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["face.onnx"]
    made = load_generator(open_bundle(folder))
    z = torch.randn(2, 16)
    pictures = run(tmp_path / "out" / "face.onnx", z=z, psi=torch.tensor(1.0))
    assert pictures.shape == (2, 3, RESOLUTION, RESOLUTION)
    np.testing.assert_allclose(pictures, made(z).numpy(), atol=1e-4)
    with pytest.raises(InputError, match=re.escape("add --onnx")):
        main(Config(str(folder), tmp_path / "b.pt", part="mapping"))


def test_a_graph_that_differs_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "TOLERANCE", -1.0)
    folder = write_toy_bundle(tmp_path / "toy")
    with pytest.raises(SourceError, match="differs from torch"):
        main(Config(str(folder), tmp_path / "out" / "face.onnx", onnx=True))
    assert not list((tmp_path / "out").iterdir())


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SourceError, match="needs the packages onnx and onnxruntime"):
        write_onnx(network("light"), 16, "mapping", tmp_path / "a.onnx")
