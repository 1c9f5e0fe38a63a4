"""Droplets: planted ones are found where they are, and healthy maps have none."""

import math

import pytest
import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks import Generator, StyleGAN1Generator
from train.metrics import droplet_table
from train.metrics.droplets import DropletReport, droplets, map_peaks, place_strengths
from train.metrics.samples import SampleOptions

OPTIONS = SampleOptions(count=6, batch=4, seed=3)
SMALL = {"channel_base": 1024, "channel_max": 16}


def stylegan(side: int = 32) -> StyleGAN1Generator:
    torch.manual_seed(0)
    generator = StyleGAN1Generator(8, 0, 8, side, 3, {"num_layers": 2}, SMALL)
    with torch.no_grad():
        generator.synthesis.const.normal_()  # as fresh, it is even
    return generator


def stylegan2(side: int = 32) -> Generator:
    torch.manual_seed(0)
    return Generator(8, 0, 8, side, 3, {"num_layers": 2}, SMALL)


@pytest.fixture(scope="module")
def healthy() -> DropletReport:
    return droplets(stylegan(), OPTIONS)


@pytest.fixture(scope="module")
def spiked() -> DropletReport:
    """A generator whose 16-px layer adds the same strong spike to all its maps."""
    generator = stylegan()
    layer = generator.synthesis.layers[5]
    spike = torch.zeros(1, 1, 16, 16)
    spike[..., 3, 11] = 400.0
    layer.adain.register_forward_pre_hook(lambda _, given: (given[0] + spike, given[1]))
    return droplets(generator, OPTIONS)


def test_peaks_are_counted_in_deviations() -> None:
    maps = torch.zeros(1, 2, 4, 4)
    maps[0, 0, 1, 2] = 7.0
    # One px of 16: the mean is v / 16, the deviation v sqrt(15) / 16, the distance 15 v / 16.
    peak = math.sqrt(15)
    torch.testing.assert_close(map_peaks(maps), torch.tensor([[peak, 0.0]]))
    strengths = place_strengths(maps)[0]
    assert strengths[1, 2].item() == pytest.approx(peak / math.sqrt(2))
    assert strengths[0, 0].item() == pytest.approx(1 / math.sqrt(15) / math.sqrt(2))


def test_scale_and_shift_of_a_style_change_nothing() -> None:
    maps = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    styled = maps * torch.tensor([0.01, 5.0, -3.0])[:, None, None] + 2
    torch.testing.assert_close(map_peaks(styled), map_peaks(maps), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(place_strengths(styled), place_strengths(maps), rtol=1e-4, atol=1e-4)


def test_a_healthy_generator_has_none(healthy: DropletReport) -> None:
    assert [layer.side for layer in healthy.layers] == [4, 4, 8, 8, 16, 16, 32, 32]
    assert healthy.samples == 6
    assert healthy.share == 0
    for layer in healthy.layers:
        assert 1 < layer.map_peak <= layer.side
        assert 1 <= layer.place_peak <= layer.largest_place_peak < 30
        assert layer.where.shape == (layer.side, layer.side)
        assert layer.where.sum().item() == pytest.approx(1)


def test_a_planted_droplet_is_found_where_it_is(
    healthy: DropletReport, spiked: DropletReport
) -> None:
    at = spiked.layers[5]
    assert at.layer == "layers.5"
    assert at.place_share == 1
    assert spiked.share == 1
    assert at.place_peak > 10 * healthy.layers[5].place_peak
    assert at.where[3, 11] == 1
    # A map of 16 px holds no ratio beyond 16 (sqrt of its px less one), and this comes near.
    assert 15 < at.map_peak < 16
    assert at.map_share == 0
    # Earlier layers are as before.
    assert torch.equal(spiked.layers[4].where, healthy.layers[4].where)
    assert spiked.layers[4].place_peak == healthy.layers[4].place_peak


def test_a_single_spiked_map_is_no_droplet() -> None:
    generator = stylegan2(64)
    spike = torch.zeros(1, 16, 64, 64)
    spike[:, 0, 20, 30] = 4000.0
    generator.synthesis.get_submodule("b64.conv1").register_forward_hook(
        lambda _, __, maps: maps + spike
    )
    last = droplets(generator, OPTIONS).layers[-1]
    assert (last.layer, last.side) == ("b64.conv1", 64)
    assert last.map_share == 1
    assert last.map_peak > 60
    assert last.place_share == 0
    assert last.where[20, 30] == 1


def test_generator_and_random_state_stay_as_they_are() -> None:
    generator = stylegan2().train()
    state = {name: value.clone() for name, value in generator.state_dict().items()}
    before = torch.get_rng_state()
    first = droplets(generator, OPTIONS)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(module.training for module in generator.modules())
    assert not any(module._forward_hooks for module in generator.modules())
    for name, value in generator.state_dict().items():
        assert torch.equal(value, state[name])
    torch.randn(5)
    second = droplets(generator, OPTIONS)
    assert droplet_table.as_json(second) == droplet_table.as_json(first)


def test_table_and_picture(spiked: DropletReport) -> None:
    lines = droplet_table.as_markdown(spiked).splitlines()
    assert len(lines) == 2 + len(spiked.layers)
    assert lines[0].startswith("| layer | side | map peak | largest | beyond 30 |")
    row = lines[2 + 5].split(" | ")
    assert (row[0], row[1], row[4], row[7]) == ("| layers.5", "16", "-", "100% |")
    values = droplet_table.as_json(spiked)
    assert values["share"] == 1
    assert values["layers"][5]["place_share"] == 1
    picture = droplet_table.where_picture(spiked)
    # Tile 5 of a row of six; its place 3, 11 is white and the rest black.
    left, top = 6 + 5 * 102, 6 + 14
    assert picture.getpixel((left + 11 * 6 + 3, top + 3 * 6 + 3)) == (255, 255, 255)
    assert picture.getpixel((left + 3, top + 3)) == (0, 0, 0)


def test_other_networks_are_refused() -> None:
    with pytest.raises(InputError, match="Linear has no layers of StyleGAN"):
        droplets(nn.Linear(2, 2), OPTIONS)
