import pytest
import torch
from torch import nn
from torch.nn import functional

from mbtiface.networks.layers import FullyConnectedLayer
from mbtiface.networks.perceptual import perceptual_distance
from tests.train.mobile.toy_teacher import (
    ACTING,
    RESOLUTION,
    W_DIM,
    teacher_arguments,
    toy_teacher,
)
from train.mobile.distil_report import HeldOutLatents, costs
from train.mobile.head_report import count_mac
from train.mobile.student import make_student, student_arguments
from train.mobile.teacher_latents import LatentDraw
from train.psp.perceptual_weights import perceptual_features


@pytest.fixture(scope="module")
def pair():
    teacher = toy_teacher()
    student, _ = make_student(teacher, student_arguments(teacher, teacher_arguments()))
    return teacher, student.eval().requires_grad_(False)


def test_figures_are_means_over_held_out_pictures(pair) -> None:
    teacher, student = pair

    def teach(ws: torch.Tensor) -> torch.Tensor:
        return teacher.synthesis(ws, noise_mode="const")

    draw = LatentDraw(1, (0.5, 1.0), 0.3, ACTING)
    held_out = HeldOutLatents(teacher, teach, draw, 10)
    features = perceptual_features()
    values, grid = held_out.look(student.synthesis, features, 32)
    for name, prefix in (("plain", ""), ("mixed", "mixed_")):
        ws = held_out.ws[name]
        same = [torch.equal(each[0], each[ACTING - 1]) for each in ws]
        assert all(same) if name == "plain" else not any(same)
        made, target = student.synthesis(ws), teach(ws)
        assert values[f"{prefix}l1"] == pytest.approx((made - target).abs().mean().item(), 1e-4)
        assert values[f"{prefix}l2"] == pytest.approx((made - target).square().mean().item(), 1e-4)
        small = [functional.avg_pool2d(each, 2) for each in (made, target)]
        expected = perceptual_distance(*small, features).mean().item()
        assert values[f"{prefix}feature_distance"] == pytest.approx(expected, 1e-4)
    assert grid.shape == (6 * RESOLUTION, 4 * RESOLUTION, 3)
    without, _ = held_out.look(student.synthesis, None, 32)
    assert set(without) == {"l1", "l2", "mixed_l1", "mixed_l2"}


def test_the_students_multiply_adds_are_those_of_its_layers(pair) -> None:
    teacher, student = pair
    channels = [16, 16, 8]
    expected = 16 * 16 * 9 * 4 * 4 + 16 * W_DIM  # the first layer and its style
    before = 16
    for k, after in enumerate(channels):
        pixels = (8 << k) ** 2
        expected += before * W_DIM  # style of the up-sampling
        for inside in (before // 4, after):
            expected += inside * W_DIM + inside * 9 * pixels + inside * after * pixels
        before = after
    expected += 8 * W_DIM + 8 * 12 * 32 * 32  # the head
    figures = costs(teacher, student.synthesis)
    assert figures["student"]["multiply_adds"] == expected
    parameters = sum(p.numel() for p in student.synthesis.parameters())
    assert figures["student"]["parameters"] == parameters
    assert figures["teacher"]["multiply_adds"] > 5 * expected


def test_transposed_convolutions_and_connected_layers_are_counted() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = FullyConnectedLayer(6, 4)
            self.kernel = torch.zeros(4, 3, 3, 3)

        def forward(self, ws: torch.Tensor) -> torch.Tensor:
            x = self.layer(ws)[:, :, None, None].expand(-1, -1, 5, 5)
            return functional.conv_transpose2d(x, self.kernel, stride=2)

    assert count_mac(Both(), torch.zeros(2, 6)) == 2 * 6 * 4 + 2 * 4 * 25 * 3 * 9
