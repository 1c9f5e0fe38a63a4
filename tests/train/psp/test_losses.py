"""The formulas, against numpy."""

import numpy as np
import pytest
import torch

from mbtiface.errors import InputError
from train.psp import losses


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_pixel_l2() -> None:
    a, b = drawn(2, 3, 4, 5), drawn(2, 3, 4, 5, seed=1)
    assert losses.pixel_l2(a, b).item() == pytest.approx(np.mean((a.numpy() - b.numpy()) ** 2))


def test_pictures_of_another_shape_are_not_broadcast() -> None:
    with pytest.raises(InputError, match=r"\[2, 3, 4, 5\]"):
        losses.pixel_l2(drawn(1, 3, 4, 5), drawn(2, 3, 4, 5))


@pytest.mark.parametrize("shape", [(6,), (4, 6)])
def test_w_norm_is_the_length_over_all_rows(shape: tuple[int, ...]) -> None:
    ws, w_avg = drawn(3, 4, 6), drawn(*shape, seed=1)
    added = (ws - w_avg).numpy().reshape(3, -1)
    expected = np.mean([np.sqrt(row @ row) for row in added])
    assert losses.w_norm(ws, w_avg).item() == pytest.approx(expected)


def test_w_norm_wants_an_average_of_one_shape() -> None:
    with pytest.raises(InputError, match="w_avg"):
        losses.w_norm(drawn(3, 4, 6), drawn(5))


def test_delta_norm_is_the_mean_length_of_offsets() -> None:
    ws = drawn(3, 4, 6)
    rows = ws.numpy()
    lengths = [np.linalg.norm(rows[i, k] - rows[i, 0]) for i in range(3) for k in (1, 2, 3)]
    assert losses.delta_norm(ws).item() == pytest.approx(np.mean(lengths))


def test_delta_norm_of_equal_rows_is_zero_with_a_finite_gradient() -> None:
    ws = drawn(2, 1, 6).repeat(1, 3, 1).requires_grad_()
    value = losses.delta_norm(ws)
    value.backward()
    assert value.item() == 0
    assert ws.grad is not None
    assert torch.equal(ws.grad, torch.zeros_like(ws))


def test_delta_norm_wants_two_rows() -> None:
    with pytest.raises(InputError, match="1 rows"):
        losses.delta_norm(drawn(2, 1, 6))


def test_cosine_distance() -> None:
    a, b = drawn(3, 8), drawn(3, 8, seed=1)
    expected = [
        1 - x @ y / np.sqrt((x @ x) * (y @ y)) for x, y in zip(a.numpy(), b.numpy(), strict=True)
    ]
    assert losses.cosine_distances(a, b).numpy() == pytest.approx(np.array(expected))
    assert losses.cosine_distance(a, b).item() == pytest.approx(np.mean(expected))
    assert losses.cosine_distances(a, 3 * a).abs().max() < 1e-12
    assert losses.cosine_distances(a, -a).numpy() == pytest.approx(2.0)


def test_adversarial_terms() -> None:
    real, fake = drawn(5), drawn(4, seed=1)
    said_real = 1 / (1 + np.exp(-real.numpy()))  # probability that it is real
    said_fake = 1 / (1 + np.exp(-fake.numpy()))
    discriminator = -np.log(said_real).mean() - np.log(1 - said_fake).mean()
    assert losses.discriminator_adversarial(real, fake).item() == pytest.approx(discriminator)
    assert losses.encoder_adversarial(fake).item() == pytest.approx(-np.log(said_fake).mean())


def test_r1_penalty_of_a_known_gradient() -> None:
    w = drawn(3, 6).requires_grad_()
    factors = drawn(6, seed=1).requires_grad_()
    logits = (w.square() * factors).sum(1)  # gradient 2 w factors
    penalty = losses.r1_penalty(logits, w, gamma=10.0)
    gradient = 2 * (w * factors).detach().numpy()
    assert penalty.item() == pytest.approx(5 * (gradient**2).sum(1).mean())
    penalty.backward()  # the discriminator learns from it
    assert factors.grad is not None
    expected = 5 * 8 * (w.detach() ** 2 * factors.detach()).numpy().mean(0)
    assert factors.grad.numpy() == pytest.approx(expected)
