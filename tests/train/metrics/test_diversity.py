"""Spread of samples, and the alarm when it is gone."""

import pytest
import torch

from mbtiface.errors import InputError
from tests.train.metrics.toy_pictures import toy_pictures
from train.metrics.diversity import Diversity, PixelSpread, collapse, feature_spread


def test_deviation_is_that_of_all_pictures_at_once() -> None:
    pictures = toy_pictures(11)
    spread = PixelSpread()
    passed = list(spread.watched(pictures.split(4)))
    assert torch.equal(torch.cat(passed), pictures)
    variance = pictures.double().var(0, correction=0)
    assert spread.deviation() == pytest.approx(variance.mean().sqrt().item(), rel=1e-9)


def test_equal_pictures_do_not_vary() -> None:
    spread = PixelSpread()
    list(spread.watched([toy_pictures(1).repeat(5, 1, 1, 1)]))
    assert spread.deviation() == 0


def test_spread_is_the_mean_over_pairs() -> None:
    features = torch.randn(9, 5, generator=torch.Generator().manual_seed(0))
    pairs = torch.pdist(features.double())
    assert feature_spread(features) == pytest.approx(pairs.square().mean().sqrt().item())


def test_a_collapse_is_said_with_its_figures() -> None:
    real = Diversity(deviation=60.0, spread=2.0)
    assert collapse(Diversity(50.0, 1.8), real) is None
    text = collapse(Diversity(6.0, 1.8), real)
    assert text is not None
    assert "6.0 grey levels over samples, 10% of the training pictures' 60.0" in text
    assert "features" not in text
    text = collapse(Diversity(50.0, 0.1), real)
    assert text == (
        "The generator has collapsed: features spread 5% as far as the training pictures'."
    )
    assert collapse(Diversity(50.0, 0.1), real, limit=0.01) is None


def test_one_picture_has_no_variance() -> None:
    spread = PixelSpread()
    list(spread.watched([toy_pictures(1)]))
    with pytest.raises(InputError, match="1 pictures have no variance"):
        spread.deviation()
