import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.whitening import sample_whitening, whitening_of
from tests.toy_bundle import W_DIM, toy_generator


def correlated(count: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    mix = torch.randn(6, 6, generator=random)
    return torch.randn(count, 6, generator=random) @ mix + torch.arange(6.0)


def test_whitened_latents_are_uncorrelated_and_of_unit_size() -> None:
    w = correlated(500)
    v = whitening_of(w).to_v(w)
    torch.testing.assert_close(v.mean(0), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.cov(v.T), torch.eye(6), atol=1e-3, rtol=0)


def test_there_and_back() -> None:
    w = correlated(50)
    whitening = whitening_of(w)
    rows = w.reshape(5, 10, 6)
    torch.testing.assert_close(whitening.to_w(whitening.to_v(rows)), rows, atol=1e-4, rtol=1e-4)


def test_flat_directions_stay_finite() -> None:
    w = correlated(50)
    w[:, 3] = 1.0
    whitening = whitening_of(w)
    assert torch.isfinite(whitening.to_v(w)).all()
    assert whitening.scale.min() == pytest.approx(0.01 * whitening.scale.max().item(), rel=1e-4)


def test_of_a_mapping_network() -> None:
    mapping = toy_generator().mapping
    whitening = sample_whitening(mapping)
    z = torch.randn(4000, W_DIM, generator=torch.Generator().manual_seed(5))
    v = whitening.to_v(mapping(z, None)[:, 0])
    assert v.mean(0).abs().max() < 0.15
    assert v.std(0).mean() == pytest.approx(1.0, abs=0.1)
    assert torch.equal(whitening.mean, sample_whitening(mapping).mean)


def test_too_little_to_whiten() -> None:
    with pytest.raises(InputError, match=r"Latents are \[1, 6\]"):
        whitening_of(torch.zeros(1, 6))
    with pytest.raises(InputError, match="All 3 latents are alike"):
        whitening_of(torch.ones(3, 6))
