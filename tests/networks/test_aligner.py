"""The aligner's network: sizes, shapes, what it keeps."""

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.networks.aligner import CropAligner


def test_it_is_small_and_gives_four_numbers() -> None:
    network = CropAligner().eval()
    assert 300_000 < sum(p.numel() for p in network.parameters()) < 600_000
    numbers = network(torch.randn(2, 3, 128, 128))
    assert (numbers.shape, numbers.dtype) == ((2, 4), torch.float32)


def test_an_untrained_one_leaves_every_crop_where_it_is() -> None:
    assert torch.equal(CropAligner().eval()(torch.randn(2, 3, 128, 128)), torch.zeros(2, 4))


def test_it_sees_where_things_are() -> None:
    torch.manual_seed(0)
    network = CropAligner(32, 8, (16,), (1,), hidden=16).eval()
    torch.nn.init.normal_(network.out.weight)
    spot = torch.zeros(1, 3, 32, 32)
    spot[..., 4:12, 4:12] = 1
    moved = spot.roll(16, dims=3)
    assert (network(spot) - network(moved)).abs().max() > 1e-3


def test_it_works_in_bfloat16() -> None:
    network = CropAligner(32, 8, (16,), (1,), hidden=16)
    with torch.autocast("cpu", torch.bfloat16):
        numbers = network(torch.randn(2, 3, 32, 32))
    assert numbers.dtype == torch.float32


@pytest.mark.parametrize(
    "arguments", [{"img_resolution": 24}, {"widths": (8, 8, 8)}, {"widths": (), "units": ()}]
)
def test_sizes_that_do_not_fit_are_refused(arguments: dict) -> None:
    with pytest.raises(InputError):
        CropAligner(**arguments)
