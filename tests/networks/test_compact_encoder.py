"""The compact encoder: shapes, rows, what it may cost, what it refuses."""

import pytest
import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from mbtiface.errors import InputError
from mbtiface.networks import CompactEncoder
from mbtiface.networks.compact_encoder import ResidualUnit

TOY = {
    "num_ws": 6,
    "w_dim": 8,
    "img_resolution": 32,
    "widths": (8, 8, 12),
    "units": (1, 1, 1),
    "stem_channels": 8,
    "grid": 2,
    "level_channels": (2, 4),
    "rows": 4,
    "hidden": 8,
    "rank": 3,
}


@pytest.fixture
def encoder() -> CompactEncoder:
    torch.manual_seed(0)
    network = CompactEncoder(**TOY).eval()
    with torch.no_grad():
        network.to_offsets.weight.normal_()
        network.w_avg.normal_()
        network.basis.normal_()
    return network


def test_the_default_costs_what_two_cores_can_pay() -> None:
    encoder = CompactEncoder().eval()
    assert sum(p.numel() for p in encoder.parameters()) <= 6e6
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        ws = encoder(torch.zeros(1, 3, 256, 256))
    assert counter.get_total_flops() <= 4e9
    assert ws.shape == (1, 18, 512)


def test_rows_are_one_w_plus_offsets(encoder: CompactEncoder) -> None:
    pictures = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        code, offsets = encoder.codes(pictures)
        ws = encoder(pictures)
    assert code.shape == (2, 8)
    assert offsets.shape == (2, 4, 8)
    assert offsets.std() > 0.01
    for row in range(4):
        expected = encoder.w_avg + (code + offsets[:, row]) @ encoder.basis.T
        torch.testing.assert_close(ws[:, row], expected)


def test_rows_that_a_small_picture_does_not_show_follow_the_last(encoder: CompactEncoder) -> None:
    with torch.no_grad():
        ws = encoder(torch.randn(2, 3, 32, 32))
    assert not torch.equal(ws[:, 2], ws[:, 3])
    for row in (4, 5):
        assert torch.equal(ws[:, row], ws[:, 3])


def test_a_new_encoder_gives_one_w_for_all_rows() -> None:
    encoder = CompactEncoder(**TOY).eval()
    with torch.no_grad():
        ws = encoder(torch.randn(1, 3, 32, 32))
    assert torch.equal(ws, ws[:, :1].expand_as(ws))


def test_other_sizes_may_be_trained_on(encoder: CompactEncoder) -> None:
    assert encoder(torch.zeros(2, 3, 16, 16)).shape == (2, 6, 8)


def test_larger_pictures_are_averaged(encoder: CompactEncoder) -> None:
    pictures = torch.randn(2, 3, 64, 64)
    small = functional.avg_pool2d(pictures, 2)
    torch.testing.assert_close(encoder(pictures), encoder(small))


def test_a_unit_adds_its_input() -> None:
    unit = ResidualUnit(4, 4).eval()
    with torch.no_grad():
        unit.conv1.weight.zero_()
    x = torch.randn(1, 4, 5, 5)
    torch.testing.assert_close(unit(x), x)


def test_a_unit_is_what_its_sentence_says() -> None:
    torch.manual_seed(0)
    unit = ResidualUnit(3, 5, stride=2).eval()
    x = torch.randn(2, 3, 8, 8)
    y = functional.conv2d(unit.norm0(x), unit.conv0.weight, padding=1)
    y = torch.where(y > 0, y, 0.2 * y)
    y = unit.norm1(functional.conv2d(y, unit.conv1.weight, padding=1, stride=2))
    shortcut = unit.shortcut[1](functional.conv2d(x, unit.shortcut[0].weight, stride=2))
    torch.testing.assert_close(unit(x), y + shortcut)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": (1, 1)}, "3 widths, 2 unit counts"),
        ({"level_channels": (1, 1, 1, 1)}, "4 pooled levels do not fit"),
        ({"rows": 7}, "7 rows with offsets do not fit w\\+ of 6 rows"),
        ({"rows": 0}, "0 rows with offsets"),
    ],
)
def test_arguments_that_do_not_fit(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        CompactEncoder(**TOY | change)
