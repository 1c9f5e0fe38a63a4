"""The network behind FID: against torchvision's, which has the same layers and other pooling."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.nn import functional
from torchvision.models.inception import Inception3

from mbtiface.errors import InputError
from train.metrics.inception import CLASSES, SIDE, Inception, shown


@pytest.fixture(scope="module")
def network() -> Iterator[Inception]:
    torch.manual_seed(0)
    with torch.no_grad():
        network = Inception()
        for name, buffer in network.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.1)
            if name.endswith("running_var"):
                buffer.uniform_(0.05, 0.2)
    return network


def test_names_and_values_are_those_of_torchvision_with_the_graph_s_pooling(
    network: Inception, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Inception3(num_classes=CLASSES, aux_logits=False, init_weights=False).eval()
    other.load_state_dict(network.state_dict())
    average = functional.avg_pool2d
    maxima_in_last: list[bool] = []

    def pool(x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if maxima_in_last:
            return functional.max_pool2d(x, *args, **kwargs)
        return average(x, *args, **kwargs, count_include_pad=False)

    other.Mixed_7c.register_forward_pre_hook(lambda *_: maxima_in_last.append(True))
    other.avgpool.register_forward_pre_hook(lambda *_: maxima_in_last.clear())
    kept: list[torch.Tensor] = []
    other.avgpool.register_forward_hook(lambda *found: kept.append(found[2].flatten(1)))
    x = torch.rand(2, 3, 107, 107) * 2 - 1
    with torch.no_grad(), monkeypatch.context() as patch:
        patch.setattr("torchvision.models.inception.F.avg_pool2d", pool)
        expected_logits = other(x) - other.fc.bias
    features, logits = network(x)
    assert features.std() > 1e-3
    torch.testing.assert_close(features, kept[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(logits, expected_logits, rtol=1e-4, atol=1e-5)


def test_padding_is_no_part_of_an_average(network: Inception) -> None:
    block = network.get_submodule("Mixed_5b")
    seen: list[torch.Tensor] = []
    assert isinstance(block.branch_pool, torch.nn.Module)
    handle = block.branch_pool.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    block(torch.ones(1, 192, 5, 5))
    handle.remove()
    torch.testing.assert_close(seen[0], torch.ones(1, 192, 5, 5))


def test_pictures_are_resized_from_their_first_pixels() -> None:
    # New pixel i stands at i * size / 299 of the old ones, written out for one row.
    random = torch.Generator().manual_seed(1)
    pictures = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8, generator=random)
    row = pictures[0, 1, 0].tolist()
    expected = []
    for index in range(SIDE):
        place = index * 64 / SIDE
        left, share = int(place), place - int(place)
        right = min(left + 1, 63)
        expected.append(((1 - share) * row[left] + share * row[right] - 128) / 128)
    found = shown(pictures)
    assert found.shape == (1, 3, SIDE, SIDE)
    torch.testing.assert_close(found[0, 1, 0], torch.tensor(expected), rtol=1e-5, atol=1e-5)


def test_a_picture_of_the_right_size_is_only_scaled() -> None:
    levels = (torch.arange(SIDE) % 256).to(torch.uint8).expand(1, 3, SIDE, SIDE)
    torch.testing.assert_close(shown(levels), (levels.float() - 128) / 128)


def test_other_shapes_are_refused(network: Inception) -> None:
    with pytest.raises(InputError, match="x must have the shape"):
        network(torch.zeros(1, 1, 107, 107))
