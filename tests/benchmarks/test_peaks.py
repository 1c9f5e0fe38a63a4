import torch
from torch import nn

from tests.benchmarks.peaks import FORMATS, count_flops, matmul_times


def test_a_multiplication_and_an_addition_count_as_two() -> None:
    layer = nn.Linear(30, 20)
    with torch.no_grad():
        assert count_flops(lambda: layer(torch.zeros(7, 30))) == 2 * 7 * 30 * 20


def test_groups_of_a_convolution_count_apart() -> None:
    layer = nn.Conv2d(8, 8, 3, padding=1, groups=8)
    with torch.no_grad():
        assert count_flops(lambda: layer(torch.zeros(1, 8, 16, 16))) == 2 * 8 * 9 * 16 * 16


def test_each_number_format_is_timed_as_often_as_asked() -> None:
    times = matmul_times(2)
    assert {name: len(each.wall) for name, each in times.items()} == dict.fromkeys(FORMATS, 2)
