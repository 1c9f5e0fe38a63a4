"""Reshape, transpose, reshape become one operation, and nothing else does."""

from typing import Any

import numpy as np
import openvino
import pytest
import torch
from torch import nn

from mbtiface.faces.openvino_graph import join_shuffles
from mbtiface.faces.openvino_network import convert
from mbtiface.networks.folded_mobile import _shuffle


class Shuffle(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _shuffle(x * 2)


class OtherOrder(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        x = x.reshape(batch, channels // 4, 2, 2, height, width).permute(0, 1, 4, 2, 5, 3)
        return x.reshape(batch, channels // 4, 2 * height, 2 * width)


def kinds(model: Any) -> list[str]:
    return [node.get_type_name() for node in model.get_ordered_ops()]


def run(model: Any, x: torch.Tensor) -> np.ndarray:
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled(x.numpy())[0])


@pytest.mark.parametrize(("network", "joined"), [(Shuffle(), 1), (OtherOrder(), 0)])
def test_only_blocks_become_one_operation(network: nn.Module, joined: int) -> None:
    x = torch.randn(2, 12, 3, 5)
    model = convert(network, (x,))
    assert kinds(model).count("DepthToSpace") == joined
    assert kinds(model).count("Transpose") == 1 - joined
    np.testing.assert_allclose(run(model, x), network(x).numpy(), rtol=1e-6)


def test_a_joined_graph_has_nothing_left_to_join() -> None:
    x = torch.randn(1, 8, 4, 4)
    assert join_shuffles(convert(Shuffle(), (x,))) == 0
