from itertools import pairwise

import numpy as np
import torch

from mbtiface.networks.mobile import MobileSynthesis
from mbtiface.networks.wavelet import haar
from train.mobile.level_heads import LevelHeads, level_errors, pyramid


def test_every_level_has_a_picture_and_the_last_is_the_networks() -> None:
    torch.manual_seed(0)
    synthesis = MobileSynthesis(8, 64, [16, 8, 8])
    heads = LevelHeads(synthesis)
    ws = torch.randn(2, synthesis.num_ws, 8)
    pictures = heads(synthesis, ws)
    assert [tuple(each.shape) for each in pictures] == [(2, 3, s, s) for s in (16, 32, 64)]
    torch.testing.assert_close(pictures[-1], synthesis(ws))
    features = synthesis.features(ws, 1)
    torch.testing.assert_close(pictures[1], heads.heads[1](features, ws[:, 5]))


def test_a_level_is_the_low_band_of_the_next() -> None:
    picture = torch.randn(2, 3, 32, 32)
    levels = pyramid(picture, 3)
    assert [each.shape[-1] for each in levels] == [8, 16, 32]
    for small, large in pairwise(levels):
        torch.testing.assert_close(small, haar(large)[:, :3] / 2)


def test_errors_are_means_added_up_over_levels() -> None:
    random = np.random.default_rng(0)
    made = [torch.from_numpy(random.normal(size=(2, 3, s, s))) for s in (4, 8)]
    targets = [torch.from_numpy(random.normal(size=(2, 3, s, s))) for s in (4, 8)]
    terms = level_errors(made, targets)
    l1 = l2 = wavelet = wavelet_l2 = 0.0
    for one, other in zip(made, targets, strict=True):
        a, b = one.numpy(), other.numpy()
        l1 += np.abs(a - b).mean()
        l2 += ((a - b) ** 2).mean()
        bands = np.abs(haar(one).numpy() - haar(other).numpy())
        wavelet += bands.mean()
        wavelet_l2 += (bands**2).mean()
    np.testing.assert_allclose(terms["l1"].item(), l1)
    np.testing.assert_allclose(terms["l2"].item(), l2)
    np.testing.assert_allclose(terms["wavelet_l1"].item(), wavelet)
    np.testing.assert_allclose(wavelet_l2, l2)  # the transform keeps lengths


def test_every_head_learns_from_its_own_level() -> None:
    torch.manual_seed(0)
    synthesis = MobileSynthesis(8, 64, [16, 8, 8])
    heads = LevelHeads(synthesis)
    ws = torch.randn(1, synthesis.num_ws, 8)
    levels = heads(synthesis, ws)
    targets = pyramid(torch.zeros_like(levels[-1]), 3)
    sum(level_errors(levels, targets).values()).backward()
    for name, parameter in [*heads.named_parameters(), *synthesis.named_parameters()]:
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
