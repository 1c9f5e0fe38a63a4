"""The discriminator of single w: what it learns, what it leaves alone, how it goes on."""

import io
from typing import Any

import pytest
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.networks.mapping import MappingNetwork
from train.psp.latent_discriminator import (
    LatentDiscriminator,
    LatentDiscriminatorFit,
    LatentPool,
)

W_DIM, NUM_WS, BATCH = 16, 4, 8


def make(**changes: Any) -> LatentDiscriminatorFit:
    torch.manual_seed(3)
    mapping = MappingNetwork(z_dim=8, c_dim=0, w_dim=W_DIM, num_ws=NUM_WS, num_layers=2)
    with torch.no_grad():  # w as large as a trained mapping's
        for layer in mapping.children():
            layer.bias.normal_(0, 30)
    mapping.eval().requires_grad_(False)
    return LatentDiscriminatorFit(mapping, 8, seed=1, **changes)


def fake(seed: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return 1 + torch.randn(BATCH, NUM_WS, W_DIM, generator=random)


def test_the_network_is_the_formula() -> None:
    torch.manual_seed(0)
    network = LatentDiscriminator(W_DIM).double()
    names = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert names["layers.0.weight"] == names["layers.2.weight"] == (W_DIM, W_DIM)
    assert names["layers.3.weight"] == (1, W_DIM)
    assert len(names) == 8  # four layers
    w = torch.randn(5, W_DIM, dtype=torch.float64)
    x = w.numpy()
    for k in range(4):
        layer = network.layers[k]
        x = x @ layer.weight.detach().numpy().T / W_DIM**0.5 + layer.bias.detach().numpy()
        if k < 3:
            x = 2**0.5 * (x.clip(0) + 0.2 * x.clip(None, 0))
    assert network(w).detach().numpy() == pytest.approx(x[:, 0])


def test_the_network_wants_single_w() -> None:
    with pytest.raises(InputError, match="16"):
        LatentDiscriminator(W_DIM)(torch.zeros(2, NUM_WS, W_DIM))
    with pytest.raises(InputError, match="at least 1"):
        LatentDiscriminator(W_DIM, num_layers=0)


def test_it_learns_to_tell_them_apart() -> None:
    fit = make(learning_rate=0.01, r1_gamma=0.1)
    values = [fit.step(fake(k)) for k in range(40)]
    first, last = values[0], values[-1]
    assert last["latent_discriminator"] < 0.5 * first["latent_discriminator"]
    assert last["latent_real"] > 0 > last["latent_fake"]
    assert first["latent_r1"] > 0


def test_the_penalty_is_left_out_on_demand() -> None:
    assert make(r1_gamma=0.0).step(fake(0))["latent_r1"] == 0


def test_real_w_are_the_mappings() -> None:
    fit = make()
    w = fit._sample(5, torch.Generator().manual_seed(7))
    z = torch.randn(5, 8, generator=torch.Generator().manual_seed(7))
    assert torch.equal(w, fit.mapping(z, None)[:, 0])


def test_gradients_reach_the_rows_and_not_the_discriminator() -> None:
    fit = make()
    ws = fake(0).requires_grad_()
    fit.encoder_loss(ws).backward()
    assert ws.grad is not None
    assert (ws.grad.abs().sum(2) > 0).all()  # every row of every face
    assert all(parameter.grad is None for parameter in fit.network.parameters())


def test_the_encoders_loss_falls_toward_real_w() -> None:
    fit = make(learning_rate=0.01, r1_gamma=0.1)
    for k in range(40):
        fit.step(fake(k))
    real = fit._sample(BATCH, torch.Generator().manual_seed(9))[:, None].repeat(1, NUM_WS, 1)
    assert fit.encoder_loss(real) < 0.5 * fit.encoder_loss(fake(99))


def test_a_step_leaves_the_encoders_w_alone_and_works_without_gradients() -> None:
    fit = make()
    ws = fake(0).requires_grad_()
    before = [parameter.clone() for parameter in fit.network.parameters()]
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        fit.step(ws)
    assert ws.grad is None
    after = list(fit.network.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert not any(parameter.requires_grad for parameter in after)


def test_a_run_goes_on_as_if_it_had_not_stopped() -> None:
    whole, stopped = make(), make()
    for k in range(4):
        whole.step(fake(k))
        stopped.step(fake(k))
    kept = io.BytesIO()
    torch.save(stopped.state_dict(), kept)
    kept.seek(0)
    resumed = make()
    resumed.load_state_dict(torch.load(kept, weights_only=True))
    for k in range(4, 8):
        assert whole.step(fake(k)) == resumed.step(fake(k))


def test_a_foreign_state_is_refused() -> None:
    with pytest.raises(SourceError, match="without the adversarial term"):
        make().load_state_dict({})


def test_the_pool_fills_and_then_gives_older_ones() -> None:
    random = torch.Generator().manual_seed(0)
    pool = LatentPool(20)
    first = torch.arange(20.0)[:, None]
    assert torch.equal(pool.exchange(first, random), first)
    second = torch.arange(100.0, 140.0)[:, None]
    given = pool.exchange(second, random)
    old = (given < 100).sum().item()
    changed = (given != second).sum().item()
    assert 0 < old <= changed
    assert 10 <= changed <= 30  # about half of 40
    # Nothing is made up or lost: what went out and what is kept are what came in.
    kept = torch.stack(pool.kept)
    everything = torch.cat([given, kept]).flatten().sort().values
    assert torch.equal(everything, torch.cat([first, second]).flatten())


def test_a_pool_of_none_gives_what_it_gets() -> None:
    w = torch.randn(3, W_DIM)
    assert torch.equal(LatentPool(0).exchange(w, torch.Generator()), w)
