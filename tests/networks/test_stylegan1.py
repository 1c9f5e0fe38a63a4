"""The first StyleGAN generator against independent formulas (arXiv 1812.04948)."""

import math
from typing import Any

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks import StyleGAN1Generator
from mbtiface.networks.stylegan1 import AdaptiveInstanceNorm, StyleGAN1Synthesis

W_DIM = 10


def tiny_generator(c_dim: int = 0) -> StyleGAN1Generator:
    """A generator of 16 px whose noise and biases act, as those of trained ones do."""
    torch.manual_seed(0)
    network = StyleGAN1Generator(
        z_dim=8,
        c_dim=c_dim,
        w_dim=W_DIM,
        img_resolution=16,
        img_channels=3,
        mapping_kwargs={"num_layers": 2},
        synthesis_kwargs={"channel_base": 64, "channel_max": 12},
    )
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(("noise_strength", "bias", "const")):
                parameter += 0.3 * torch.randn_like(parameter)
    return network.eval()


@torch.no_grad()
def test_adain_gives_each_map_the_asked_mean_and_deviation() -> None:
    norm = AdaptiveInstanceNorm(channels=5, w_dim=W_DIM)
    w = torch.randn(3, W_DIM)
    asked = w @ norm.affine.weight.t() / math.sqrt(W_DIM) + norm.affine.bias
    y = norm(torch.randn(3, 5, 9, 8) * 4 + 2, w)
    torch.testing.assert_close(y.mean(dim=[2, 3]), asked[:, 5:], atol=1e-4, rtol=1e-4)
    deviation = y.std(dim=[2, 3], correction=0)
    torch.testing.assert_close(deviation, asked[:, :5].abs(), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_styles_start_at_scale_one_and_shift_zero() -> None:
    norm = AdaptiveInstanceNorm(channels=4, w_dim=W_DIM)
    y = norm(torch.randn(2, 4, 8, 8) + 3, torch.zeros(2, W_DIM))
    torch.testing.assert_close(y.mean(dim=[2, 3]), torch.zeros(2, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.std(dim=[2, 3], correction=0), torch.ones(2, 4))


def slow_layer(layer: Any, x: torch.Tensor, w: torch.Tensor, first: bool, up: bool) -> torch.Tensor:
    """One layer of figure 1b, step by step, with constant noise."""
    if up:
        x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    if not first:
        weight = layer.conv.weight / math.sqrt(layer.conv.weight[0].numel())
        x = functional.conv2d(x, weight, padding=1)
    if up:
        padded = functional.pad(x, [1, 1, 1, 1])
        rows = (padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]) / 4
        x = (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 4
    for channel in range(x.shape[1]):
        x[:, channel] += layer.noise_const * layer.noise_strength[channel] + layer.bias[channel]
    x = functional.leaky_relu(x, 0.2) * math.sqrt(2)
    style = w @ layer.adain.affine.weight.t() / math.sqrt(W_DIM) + layer.adain.affine.bias
    scale, shift = style[:, : x.shape[1], None, None], style[:, x.shape[1] :, None, None]
    return functional.instance_norm(x, eps=1e-8) * scale + shift


@torch.no_grad()
def test_synthesis_agrees_with_its_slow_twin() -> None:
    synthesis = tiny_generator().double().synthesis
    ws = torch.randn(2, synthesis.num_ws, W_DIM, dtype=torch.float64)
    x = synthesis.const[None].repeat(2, 1, 1, 1)
    for i, layer in enumerate(synthesis.layers):
        x = slow_layer(layer, x.clone(), ws[:, i], first=i == 0, up=i % 2 == 0 and i > 0)
    weight = synthesis.torgb.weight / math.sqrt(synthesis.torgb.weight[0].numel())
    expected = functional.conv2d(x, weight, synthesis.torgb.bias)
    torch.testing.assert_close(synthesis(ws, noise_mode="const"), expected)


@pytest.mark.parametrize(("resolution", "num_ws"), [(4, 2), (16, 6), (256, 14), (1024, 18)])
def test_num_ws(resolution: int, num_ws: int) -> None:
    network = StyleGAN1Synthesis(W_DIM, resolution, 3, channel_base=1024, channel_max=2)
    assert network.num_ws == num_ws


@torch.no_grad()
def test_pictures_have_the_asked_shape() -> None:
    network = tiny_generator(c_dim=2)
    assert network.num_ws == network.synthesis.num_ws == 6
    img = network(torch.randn(3, 8), torch.eye(2)[[0, 1, 0]])
    assert img.shape == (3, 3, 16, 16)
    assert img.dtype == torch.float32


@torch.no_grad()
def test_noise_modes() -> None:
    network = tiny_generator()
    ws = network.mapping(torch.randn(1, 8)).repeat(2, 1, 1)
    pictures = {}
    for mode in ("const", "none"):
        pictures[mode] = network.synthesis(ws, noise_mode=mode)
        assert torch.equal(network.synthesis(ws, noise_mode=mode), pictures[mode])
        torch.testing.assert_close(pictures[mode][0], pictures[mode][1])
    assert (pictures["const"] - pictures["none"]).abs().max() > 0.01
    first, second = network.synthesis(ws), network.synthesis(ws)
    assert (first - second).abs().max() > 0.01
    assert (first[0] - first[1]).abs().max() > 0.01
    with pytest.raises(InputError, match="noise_mode must be one of .*, but is 'fixed'"):
        network.synthesis(ws, noise_mode="fixed")


@torch.no_grad()
def test_a_channel_without_strength_gets_no_noise() -> None:
    network = tiny_generator()
    layer = network.synthesis.layers[1]
    layer.noise_strength.zero_()
    layer.noise_strength[3] = 1
    x, w = torch.randn(1, 12, 4, 4), torch.randn(1, W_DIM)
    changed = (layer(x, w, "const") - layer(x, w, "none")).abs().amax(dim=[0, 2, 3]) > 1e-6
    assert changed.tolist() == [channel == 3 for channel in range(12)]


@torch.no_grad()
def test_style_mixing_changes_the_later_layers_only() -> None:
    network = tiny_generator()
    seen: list[torch.Tensor] = []
    network.synthesis.register_forward_pre_hook(lambda _m, args: seen.append(args[0]))
    z = torch.randn(4, 8)
    plain = network.mapping(z)
    cutoffs = set()
    for _ in range(30):
        network(z, style_mixing_prob=1)
        kept = (seen[-1] == plain).all(dim=2)  # [batch, num_ws]
        cutoff = int(kept[0].sum())
        assert kept.tolist() == [[i < cutoff for i in range(6)]] * 4
        # After the crossover all layers follow one other w.
        assert torch.equal(seen[-1][:, cutoff:], seen[-1][:, -1:].expand(-1, 6 - cutoff, -1))
        cutoffs.add(cutoff)
    assert cutoffs <= {1, 2, 3, 4, 5}
    assert len(cutoffs) > 2
    network(z)
    assert torch.equal(seen[-1], plain)


@torch.no_grad()
def test_mixing_and_truncation_work_together_and_leave_the_average() -> None:
    network = tiny_generator().train()
    z = torch.randn(4, 8)
    before = network.mapping.w_avg.clone()
    w = network.mapping(z, skip_w_avg_update=True)[:, 0]
    network(z, style_mixing_prob=1)
    # Only the first latent counts for the running mean.
    torch.testing.assert_close(network.mapping.w_avg, before.lerp(w.mean(dim=0), 0.005))
    same = network.eval()(z, truncation_psi=0, style_mixing_prob=1, noise_mode="const")
    torch.testing.assert_close(same, same[:1].expand_as(same))


def test_every_parameter_gets_a_gradient_and_a_second_one() -> None:
    network = tiny_generator(c_dim=2).train()
    ws = network.mapping(torch.randn(4, 8), torch.eye(2)[[0, 1, 1, 0]])
    img = network.synthesis(ws)
    img.square().sum().backward(retain_graph=True)
    assert [k for k, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []
    network.zero_grad(set_to_none=True)
    (gradient,) = torch.autograd.grad((img * torch.randn_like(img)).sum(), ws, create_graph=True)
    gradient.square().sum(dim=2).mean(dim=1).sqrt().mean().backward()
    reached = {k for k, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert {"synthesis.const", "synthesis.layers.2.conv.weight", "mapping.fc0.weight"} <= reached


def test_wrong_inputs_are_named() -> None:
    network = tiny_generator()
    with pytest.raises(InputError, match=r"z must have the shape \[any, 8\], but has \[2, 9\]"):
        network(torch.zeros(2, 9))
    with pytest.raises(
        InputError, match=r"ws must have the shape \[any, 6, 10\], but has \[2, 7, 10\]"
    ):
        network.synthesis(torch.zeros(2, 7, 10))
    with pytest.raises(InputError, match="power of two and at least 4, but is 20"):
        StyleGAN1Synthesis(W_DIM, 20, 3)
