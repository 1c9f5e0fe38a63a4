"""Rendering in bands gives the picture that rendering at once gives."""

import pytest
import torch

from mbtiface.networks import Generator
from train.foreign import band_rendering
from train.foreign.band_rendering import render_in_bands


def generator(resolution: int, **synthesis: object) -> Generator:
    torch.manual_seed(0)
    kwargs = {"channel_base": 512, "channel_max": 8} | synthesis
    network = Generator(8, 0, 8, resolution, 3, synthesis_kwargs=kwargs).eval()
    with torch.no_grad():
        for name, value in network.synthesis.named_parameters():
            if name.endswith(("noise_strength", "bias")):
                value += 0.5 * torch.randn_like(value)
    return network.requires_grad_(False)


@pytest.mark.parametrize("rows", [16, 24, 64, 1000])
@pytest.mark.parametrize("resolution", [16, 128, 256, 512])
def test_the_picture_is_the_same(
    resolution: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(band_rendering, "BAND_ROWS", rows)
    monkeypatch.setattr(band_rendering, "WHOLE_PX", 64)
    network = generator(resolution, conv_clamp=2.0)
    ws = torch.randn(1, network.num_ws, 8)
    expected = network.synthesis(ws, noise_mode="const")
    torch.testing.assert_close(render_in_bands(network.synthesis, ws), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("architecture", ["orig", "resnet"])
def test_other_architectures_are_rendered_at_once(architecture: str) -> None:
    network = generator(256, architecture=architecture)
    ws = torch.randn(1, network.num_ws, 8)
    expected = network.synthesis(ws, noise_mode="const")
    assert torch.equal(render_in_bands(network.synthesis, ws), expected)
