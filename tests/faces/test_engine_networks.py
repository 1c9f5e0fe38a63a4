"""Which networks an engine makes of a generator: shared first layers, one a size, any generator."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from mbtiface.faces.engine import OpenVinoEngine, TorchEngine, picture_sizes
from mbtiface.faces.openvino_network import OpenVinoNetwork
from mbtiface.faces.pixels import to_bytes
from mbtiface.networks import Generator, MobileGenerator
from tests.faces.test_engine import CPU, KEY, assert_levels


def test_first_layers_are_shared_by_all_sizes_and_exact() -> None:
    torch.manual_seed(0)
    channels = (16, 8, 8, 8)
    network = MobileGenerator(
        z_dim=16, w_dim=16, img_resolution=128, channels=channels, num_layers=2, head_sizes=(64,)
    )
    synthesis = network.eval().requires_grad_(False).synthesis
    synthesis.head.weight.mul_(10.0)  # for a picture of more than one grey
    engine = OpenVinoEngine(synthesis, KEY, None)
    assert engine.coarse is not None
    assert engine.coarse.options["INFERENCE_PRECISION_HINT"] == "f32"
    ws = torch.randn(2, network.num_ws, 16) * 0.5
    for size in (64, 128):
        engine.networks[size].options["INFERENCE_PRECISION_HINT"] = "f32"
        pictures = to_bytes(synthesis(ws, size)).numpy()
        assert pictures.std() > 5
        assert_levels(engine.render(ws, size), pictures, most=1, mean=0.01)
    engine.rest()
    assert np.array_equal(engine.render(ws, 128), engine.render(ws, 128))


def test_a_stylegan2_generator_is_rendered_too() -> None:
    torch.manual_seed(0)
    small = {"channel_base": 128, "channel_max": 8}
    network = Generator(8, 0, 8, 16, 3, mapping_kwargs={"num_layers": 1}, synthesis_kwargs=small)
    network.eval().requires_grad_(False)
    ws = torch.randn(2, network.num_ws, 8)
    expected = to_bytes(network.synthesis(ws, noise_mode="const")).numpy()
    assert picture_sizes(network.synthesis) == (16,)
    engine = TorchEngine(network.synthesis, CPU)
    assert_levels(engine.render(ws, 16), expected, most=1, mean=0.01)


def test_the_first_layers_of_stylegan2_are_exact_too() -> None:
    torch.manual_seed(0)
    small = {"channel_base": 512, "channel_max": 16}
    network = Generator(8, 0, 8, 64, 3, mapping_kwargs={"num_layers": 1}, synthesis_kwargs=small)
    synthesis = network.eval().requires_grad_(False).synthesis
    ws = torch.randn(2, network.num_ws, 8)
    expected = to_bytes(synthesis(ws, noise_mode="const")).numpy()
    assert expected.std() > 5
    engine = OpenVinoEngine(synthesis, KEY, None)
    assert engine.coarse is not None
    assert engine.coarse.options["INFERENCE_PRECISION_HINT"] == "f32"
    engine.networks[64].options["INFERENCE_PRECISION_HINT"] = "f32"
    assert_levels(engine.render(ws, 64), expected, most=1, mean=0.01)


def test_noise_and_bias_stay_apart(embedded_studio: Any, tmp_path: Path) -> None:
    """Added up they would be a map of every channel: 85 MB at 256 px instead of 30."""
    network = embedded_studio._engine.current.networks[256]
    kept = OpenVinoNetwork(network._make, network._example, tmp_path / "256.xml")
    kept(*(each.numpy() for each in network._example))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.blob")) < 45e6
