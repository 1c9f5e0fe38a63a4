"""What the parts of the augmentation pipe draw, and what they do with it."""

import math

import pytest
import torch

from tests.golden_files import assert_near
from train.stylegan2.augment_colour import colour_matrix, recolour
from train.stylegan2.augment_draws import Draws
from train.stylegan2.augment_filter import EXPECTED_POWER, amplify, band_gains, filter_bank
from train.stylegan2.augment_geometry import SYM6_TAPS, resample, sampling_matrix
from train.stylegan2.augment_settings import Augmentations

SYM6 = torch.tensor(SYM6_TAPS)


def draws(batch: int, p: float = 1.0) -> Draws:
    return Draws(batch, p, generator=torch.Generator().manual_seed(9))


def maps(batch: int = 4000, height: int = 20, width: int = 40, **settings: float) -> torch.Tensor:
    return sampling_matrix(draws(batch), Augmentations(**settings), height, width)


def pictures(batch: int, height: int = 16, width: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.rand(batch, 3, height, width, generator=generator) * 2 - 1


def test_the_wavelet_is_orthogonal() -> None:
    taps = torch.tensor(SYM6_TAPS, dtype=torch.float64)
    for shift in range(6):
        expected = 1.0 if shift == 0 else 0.0
        assert (taps[2 * shift :] @ taps[: 12 - 2 * shift]).item() == pytest.approx(expected)


def test_translations_by_whole_pixels_stay_whole_and_within_their_range() -> None:
    shift = maps(xint=1)[:, :2, 2]
    assert torch.equal(shift, shift.round())
    assert shift.abs().amax(dim=0).tolist() == [40 / 8, round(20 / 8)]


def test_zoom_and_stretching_are_a_fifth_of_an_octave() -> None:
    zoom = maps(scale=1)
    assert torch.equal(zoom[:, 0, 0], zoom[:, 1, 1])
    assert zoom[:, 0, 0].log2().std().item() == pytest.approx(0.2, rel=0.05)
    stretched = maps(aniso=1)
    assert_near(stretched[:, 0, 0] * stretched[:, 1, 1], torch.ones(4000), 1e-5)
    assert stretched[:, 0, 0].log2().std().item() == pytest.approx(0.2, rel=0.05)


def test_rotations_are_uniform_and_limited() -> None:
    turned = maps(rotate=1, rotate_max=0.25)
    # At p = 1 both rotations act, each within 45 degrees.
    angle = torch.atan2(turned[:, 1, 0], turned[:, 0, 0])
    assert 1.4 < angle.abs().max() <= math.pi / 2
    assert angle.std().item() == pytest.approx(math.sqrt(2 / 3) * math.pi / 4, rel=0.05)


def test_fractional_translations_are_relative_to_each_side() -> None:
    shift = maps(xfrac=1)[:, :2, 2]
    assert shift.std(dim=0).tolist() == pytest.approx([40 / 8, 20 / 8], rel=0.05)


def test_a_whole_translation_moves_pixels_and_mirrors_at_the_edge() -> None:
    images = pictures(1)
    matrix = torch.eye(3)[None].clone()
    matrix[0, 0, 2], matrix[0, 1, 2] = 3, -2  # the result looks 3 px to the right, 2 px up
    moved = resample(images, matrix, SYM6 / SYM6.sum())
    expected = images.roll([2, -3], [2, 3])
    assert_near(moved[:, :, 2:, :-3], expected[:, :, 2:, :-3], 1e-4)
    assert_near(moved[:, :, 2:, -3:], images[:, :, :-2, -4:-1].flip(3), 1e-4)


def test_far_beyond_the_mirrored_picture_is_nothing() -> None:
    matrix = torch.eye(3)[None].clone()
    matrix[0, 0, 2] = 16 * 3.0
    assert resample(pictures(1), matrix, SYM6 / SYM6.sum()).abs().max() == 0


def test_colours_follow_their_distributions() -> None:
    def drawn(**settings: float) -> torch.Tensor:
        return colour_matrix(draws(4000), Augmentations(**settings), 3)

    assert drawn(brightness=1)[:, 0, 3].std().item() == pytest.approx(0.2, rel=0.05)
    assert drawn(contrast=1)[:, 0, 0].log2().std().item() == pytest.approx(0.5, rel=0.05)
    # On a colour without grey, saturation is a factor.
    pure = torch.tensor([1.0, -1.0, 0.0])
    saturated = drawn(saturation=1)[:, :3, :3] @ pure
    assert saturated[:, 0].log2().std().item() == pytest.approx(1.0, rel=0.05)
    # Hue keeps luma and saturation.
    turned = drawn(hue=1)[:, :3, :3] @ pure
    assert_near(turned.norm(dim=1), torch.full([4000], math.sqrt(2)), 1e-5)
    assert turned.sum(dim=1).abs().max() < 1e-5


def test_the_flip_of_luma_keeps_hue_and_saturation() -> None:
    matrix = colour_matrix(Draws(2, 1.0, percentile=0.5), Augmentations(lumaflip=1), 3)
    images = pictures(2)
    flipped, luma = recolour(images, matrix), images.mean(dim=1, keepdim=True)
    assert_near(flipped, images - 2 * luma, 1e-5)


def test_the_filters_are_symmetric_and_sum_to_the_identity() -> None:
    bank = filter_bank()
    assert_near(bank, bank.flip(1), 1e-6)
    whole = torch.zeros(43)
    whole[21] = 1
    assert_near(bank.sum(dim=0), whole, 1e-6)
    assert bank.sum(dim=1).tolist() == pytest.approx([1, 0, 0, 0], abs=1e-6)


def test_gains_keep_the_expected_power_of_a_band_that_was_drawn_alone() -> None:
    settings = Augmentations(imgfilter=1, imgfilter_bands=(0, 1, 0, 0))
    gains = band_gains(draws(500), settings)
    assert_near(gains.square() @ torch.tensor(EXPECTED_POWER), torch.ones(500), 1e-5)
    ratio = gains[:, 1] / gains[:, 0]
    assert ratio.log2().std().item() == pytest.approx(1, rel=0.1)


def test_equal_gains_scale_the_picture_along_both_axes() -> None:
    images = pictures(2, 12, 30)
    assert_near(amplify(images, torch.full([2, 4], 0.5), filter_bank()), images / 4, 1e-5)
