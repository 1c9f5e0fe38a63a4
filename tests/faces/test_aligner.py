"""Quads moved by a network: the maths, the crop, what is believed."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.faces.aligner import (
    LOOSE,
    Aligner,
    Predict,
    believable,
    loose_crop,
    move_quad,
    numbers_between,
    rough_quad,
)
from mbtiface.faces.alignment import square

SIZE = 32
TRUTH = square(np.array([260.0, 250.0]), np.array([60.0, 15.0]))


def ramp(side: int) -> Image.Image:
    """A photo whose red and green tell where each pixel lies."""
    places = np.arange(side) * (255 / (side - 1))
    pixels = np.zeros((side, side, 3))
    pixels[..., 0], pixels[..., 1] = places[None, :], places[:, None]
    return Image.fromarray(pixels.round().astype(np.uint8))


def seen_quad(crop: torch.Tensor, side: int) -> np.ndarray:
    """The quad whose loose crop of `ramp(side)` this is, read from its colours alone."""
    places = (crop[0, :2].double().numpy() + 1) / 2 * (side - 1)  # [2, size, size]
    along = (np.arange(SIZE) + 0.5) / SIZE - 0.5
    y, x = np.meshgrid(along, along, indexing="ij")
    known = np.stack([x.ravel(), y.ravel(), np.ones(SIZE * SIZE)], 1)
    right, _, center = np.linalg.lstsq(known, places.reshape(2, -1).T, rcond=None)[0]
    return square(center, right / LOOSE / 2)


def oracle(truth: np.ndarray, side: int, share: float = 1.0) -> Predict:
    """What answers as a perfect network does, or goes only a share of the way."""

    def predict(crop: torch.Tensor) -> torch.Tensor:
        numbers = share * numbers_between(seen_quad(crop, side), truth)
        return torch.from_numpy(numbers)[None].float()

    return predict


def constant(*numbers: float) -> Predict:
    return lambda crop: torch.tensor([numbers])


def corner_error(quad: np.ndarray, truth: np.ndarray) -> float:
    return float(np.hypot(*(quad - truth).T).max())


@pytest.mark.parametrize("seed", range(5))
def test_the_numbers_between_two_quads_move_one_to_the_other(seed: int) -> None:
    random = np.random.default_rng(seed)
    numbers = random.uniform(-0.5, 0.5, 4)
    moved = move_quad(TRUTH, numbers)
    assert numbers_between(TRUTH, moved) == pytest.approx(numbers)
    assert rough_quad(moved, numbers) == pytest.approx(TRUTH)
    assert moved == pytest.approx(square(moved.mean(0), (moved[3] - moved[0]) / 2))


def test_each_number_means_what_it_says() -> None:
    quad = square(np.array([100.0, 100.0]), np.array([10.0, 0.0]))  # side 20
    shifted = move_quad(quad, np.array([0.5, 0.25, 0, 0]))
    assert shifted - quad == pytest.approx(np.tile([LOOSE * 10, LOOSE * 5], (4, 1)))
    larger = move_quad(quad, np.array([0, 0, math.log(2), 0]))
    assert larger == pytest.approx(square(np.array([100.0, 100.0]), np.array([20.0, 0.0])))
    turned = move_quad(quad, np.array([0, 0, 0, math.pi / 2]))
    assert turned[0] == pytest.approx(quad[3])  # clockwise: upper left to upper right


@pytest.mark.parametrize("side", [512, 2048])
def test_a_loose_crop_shows_its_quad_and_what_lies_around(side: int) -> None:
    quad = TRUTH * (side / 512)
    crop = torch.from_numpy(loose_crop(ramp(side), quad, SIZE)).permute(2, 0, 1)[None]
    seen = seen_quad(crop.float() / 127.5 - 1, side)
    assert corner_error(seen, quad) < 0.002 * side


def test_beyond_the_photo_a_crop_is_mirrored() -> None:
    quad = square(np.array([-0.5, 100.0]), np.array([50.0, 0.0]))
    crop = loose_crop(ramp(512), quad, SIZE)
    assert np.abs(crop[:, : SIZE // 2].astype(int) - crop[:, SIZE // 2 :][:, ::-1]).max() <= 1


def test_a_quad_far_outside_of_the_photo_still_gives_a_crop() -> None:
    quad = square(np.array([-500.0, 900.0]), np.array([20.0, 0.0]))
    assert loose_crop(ramp(64), quad, SIZE).shape == (SIZE, SIZE, 3)


@pytest.mark.parametrize("numbers", [(0.15, -0.1, 0.2, 0.4), (-0.1, 0.1, -0.35, -0.5)])
def test_a_wrong_quad_is_put_right(numbers: tuple[float, ...]) -> None:
    wrong = rough_quad(TRUTH, np.array(numbers))
    refined = Aligner(oracle(TRUTH, 512), SIZE).refine_quad(ramp(512), wrong)
    assert corner_error(wrong, TRUTH) > 20
    assert corner_error(refined, TRUTH) < 1


def test_two_looks_go_further_than_one() -> None:
    wrong = rough_quad(TRUTH, np.array([0.05, -0.05, 0.1, 0.2]))
    half_way = Aligner(oracle(TRUTH, 512, 0.5), SIZE)
    once = move_quad(wrong, half_way.predict(ramp(512), wrong))
    twice = half_way.refine_quad(ramp(512), wrong)
    errors = [corner_error(quad, TRUTH) for quad in (wrong, once, twice)]
    assert errors[1] < 0.6 * errors[0]
    assert errors[2] < 0.6 * errors[1]


@pytest.mark.parametrize(
    "network",
    [
        constant(0.5, 0, 0, 0),
        constant(0, 0, -1.0, 0),
        constant(0, 0, 0, 1.5),
        constant(0, math.nan, 0, 0),
        constant(0.3, 0, 0, 0),  # believable, but it never arrives
    ],
)
def test_what_cannot_be_believed_leaves_the_quad(network: Predict) -> None:
    assert Aligner(network, SIZE).refine_quad(ramp(512), TRUTH) is TRUTH


def test_usual_errors_of_a_detector_are_believed() -> None:
    assert believable(np.array([0.14, 0.14, 0.4, math.radians(60)]))


def test_the_network_sees_floats_twice() -> None:
    seen: list[torch.Tensor] = []

    def watching(answer: Predict) -> Callable[[torch.Tensor], torch.Tensor]:
        return lambda crop: seen.append(crop) or answer(crop)  # type: ignore[func-returns-value]

    white = Image.new("RGB", (64, 64), "white")
    Aligner(watching(constant(0, 0, 0, 0)), SIZE).refine_quad(white, TRUTH / 8)
    assert all(torch.equal(crop, torch.ones(1, 3, SIZE, SIZE)) for crop in seen)
    assert len(seen) == 2
