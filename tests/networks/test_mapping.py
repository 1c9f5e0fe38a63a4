"""The mapping network against its formulas; golden numbers are in test_generator.py."""

import math
from typing import Any

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.networks.mapping import MappingNetwork, mix_styles

Z_DIM, C_DIM, W_DIM, NUM_WS = 6, 4, 5, 3


def tiny_mapping(**kwargs: Any) -> MappingNetwork:
    torch.manual_seed(0)
    arguments = {"z_dim": Z_DIM, "c_dim": 0, "w_dim": W_DIM, "num_ws": NUM_WS, "num_layers": 2}
    network = MappingNetwork(**{**arguments, **kwargs}).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter += torch.randn_like(parameter)
        if hasattr(network, "w_avg"):
            network.w_avg += torch.randn_like(network.w_avg)
    return network


def slow_layer(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """One layer of learning-rate gain 0.01, output by output."""
    rows = []
    for sample in x:
        sums = [
            sum(w * v for w, v in zip(row, sample, strict=True)) * 0.01 / math.sqrt(len(sample))
            for row in weight
        ]
        values = [s + 0.01 * b for s, b in zip(sums, bias, strict=True)]
        rows.append(torch.stack([v * math.sqrt(2) * (1 if v > 0 else 0.2) for v in values]))
    return torch.stack(rows)


@pytest.mark.parametrize("num_layers", [1, 2, 5])
@torch.no_grad()
def test_layers_agree_with_the_formula(num_layers: int) -> None:
    network = tiny_mapping(num_layers=num_layers, layer_features=7)
    z = torch.randn(2, Z_DIM)
    x = z / z.pow(2).mean(dim=1, keepdim=True).sqrt()
    for i in range(num_layers):
        layer = network.get_submodule(f"fc{i}")
        x = slow_layer(x, layer.weight, layer.bias)
    ws = network(z)
    assert ws.shape == (2, NUM_WS, W_DIM)
    for i in range(NUM_WS):
        torch.testing.assert_close(ws[:, i], x)


@torch.no_grad()
def test_labels_and_their_scale() -> None:
    network = tiny_mapping(c_dim=C_DIM, embed_features=3)
    assert network.embed.weight.shape == (3, C_DIM)
    z = torch.randn(2, Z_DIM)
    one, two = torch.eye(C_DIM)[[0, 0]], torch.eye(C_DIM)[[1, 1]]
    assert (network(z, one) - network(z, two)).abs().max() > 1e-3
    # z and the embedded label are both normalised, so their lengths do not matter.
    torch.testing.assert_close(network(3 * z, one), network(z, one))


@torch.no_grad()
def test_truncation_interpolates_toward_the_average() -> None:
    network = tiny_mapping()
    z = torch.randn(2, Z_DIM)
    ws, average = network(z), network.w_avg
    torch.testing.assert_close(network(z, truncation_psi=0), average.expand_as(ws))
    torch.testing.assert_close(network(z, truncation_psi=0.25), average + 0.25 * (ws - average))
    partly = network(z, truncation_psi=0.25, truncation_cutoff=1)
    torch.testing.assert_close(partly[:, :1], (average + 0.25 * (ws - average))[:, :1])
    assert torch.equal(partly[:, 1:], ws[:, 1:])
    assert torch.equal(network(z, truncation_psi=0.25, truncation_cutoff=0), ws)
    with pytest.raises(InputError, match="truncation_cutoff must not be negative, but is -1"):
        network(z, truncation_psi=0.25, truncation_cutoff=-1)


@torch.no_grad()
def test_the_average_follows_batches_in_training_mode_only() -> None:
    network = tiny_mapping(w_avg_beta=0.9)
    z = torch.randn(4, Z_DIM)
    before = network.w_avg.clone()
    w = network(z)[:, 0]
    assert torch.equal(network.w_avg, before)
    network.train()(z, skip_w_avg_update=True)
    assert torch.equal(network.w_avg, before)
    network(z)
    torch.testing.assert_close(network.w_avg, 0.9 * before + 0.1 * w.mean(dim=0))


def test_the_average_takes_no_part_in_gradients() -> None:
    network = tiny_mapping().train()
    z = torch.randn(2, Z_DIM, requires_grad=True)
    network(z, truncation_psi=0.5).sum().backward()
    assert z.grad is not None
    assert not network.w_avg.requires_grad


@torch.no_grad()
def test_without_layers_of_synthesis_there_is_one_w() -> None:
    network = tiny_mapping(z_dim=0, c_dim=C_DIM, num_ws=None)
    assert network(None, torch.eye(C_DIM)).shape == (C_DIM, W_DIM)
    assert "w_avg" not in network.state_dict()


def test_unusable_arguments() -> None:
    with pytest.raises(InputError, match="num_layers must be at least 1, but is 0"):
        tiny_mapping(num_layers=0)
    with pytest.raises(InputError, match="z_dim and c_dim are both 0"):
        tiny_mapping(z_dim=0)
    with pytest.raises(InputError, match=r"z is missing; it must have the shape \[any, 6\]"):
        tiny_mapping()(None)
    with pytest.raises(InputError, match=r"z must have the shape \[any, 6\], but has \[6\]"):
        tiny_mapping()(torch.zeros(6))
    with pytest.raises(InputError, match="tracks w_avg"):
        tiny_mapping(w_avg_beta=None)(torch.zeros(1, Z_DIM), truncation_psi=0.5)


def test_mixing_takes_the_later_layers_from_the_other() -> None:
    ws, others = torch.zeros(2, 4, 3), torch.ones(2, 4, 3)
    assert mix_styles(ws, others, 1)[:, :, 0].tolist() == [[0, 1, 1, 1]] * 2
    assert torch.equal(mix_styles(ws, others, 0), others)
    assert torch.equal(mix_styles(ws, others, 4), ws)
    with pytest.raises(InputError, match="cutoff must lie in 0..4, but is 5"):
        mix_styles(ws, others, 5)
    with pytest.raises(InputError, match=r"others must have the shape \[2, 4, 3\]"):
        mix_styles(ws, others[:, :3], 1)
