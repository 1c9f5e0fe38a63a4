"""FFHQ's alignment: golden 12, and squares drawn by hand."""

import math

import numpy as np
import pytest
from PIL import Image

from mbtiface.errors import PhotoError
from mbtiface.faces.alignment import (
    crop_quad,
    face_quad,
    quad_side,
    quad_square,
    square_quad,
)
from tests.golden_files import Golden, golden_dir, read_golden

CROPS = (
    "inside",
    "inside_4x",
    "rotated",
    "border_padded",
    "border_padded_4x",
    "border_nopad",
    "shrunk",
    "shrunk_padded_4x",
)


@pytest.fixture(scope="module")
def golden() -> Golden:
    return read_golden("12_alignment.safetensors")


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.open(golden_dir() / "12_alignment_input.png").convert("RGB")


@pytest.mark.parametrize("points", [68, 5])
def test_quads_are_those_of_ffhq(golden: Golden, points: int) -> None:
    landmarks, quads = golden[f"landmarks{points}"].numpy(), golden[f"quad{points}"].numpy()
    for one, expected in zip(landmarks, quads, strict=True):
        np.testing.assert_allclose(face_quad(one), expected, rtol=0, atol=1e-6)


def test_the_side_of_a_quad(golden: Golden) -> None:
    sides = [quad_side(quad) for quad in golden["quad68"].numpy()]
    np.testing.assert_allclose(sides, golden["qsize68"].numpy(), rtol=1e-9)


def test_all_recorded_crops_are_tested(golden: Golden) -> None:
    assert tuple(crop["id"] for crop in golden.config["crops"]) == CROPS


@pytest.mark.parametrize("name", CROPS)
def test_crops_are_those_of_ffhq(golden: Golden, photo: Image.Image, name: str) -> None:
    case = next(crop for crop in golden.config["crops"] if crop["id"] == name)
    quad = face_quad(golden[f"crop/{name}/landmarks68"].numpy())
    sizes = case["output_size"], case["transform_size"]
    crop = crop_quad(photo, quad, *sizes, padding=case["enable_padding"])
    expected = golden[f"crop/{name}/out"].numpy().astype(int)
    difference = np.abs(np.asarray(crop).astype(int) - expected)
    # Exact with the Pillow that recorded them.
    assert difference.max() == 0, f"{difference.mean():.3f} on average, {difference.max()} at most"


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(98, 2\)"):
        face_quad(np.zeros((98, 2)))


def test_an_upright_square_is_a_plain_crop(photo: Image.Image) -> None:
    quad = square_quad(0.5, 0.5, 0.256, 0, *photo.size)  # 128 px around (250, 200)
    plain = photo.crop((186, 136, 314, 264))
    difference = np.abs(np.asarray(crop_quad(photo, quad, 128), int) - np.asarray(plain, int))
    # Half a pixel beside, as FFHQ's rule has it: compare with the mean of the four neighbours.
    grown = np.asarray(photo.crop((186, 136, 315, 265)), float)
    between = (grown[:-1, :-1] + grown[1:, :-1] + grown[:-1, 1:] + grown[1:, 1:]) / 4
    ours = np.asarray(crop_quad(photo, quad, 128), float)
    assert np.abs(ours - between).max() <= 1
    assert difference.mean() > np.abs(ours - between).mean()


@pytest.mark.parametrize("angle", [0, 30, -75, 170])
def test_a_square_turns_counter_clockwise(angle: float) -> None:
    quad = square_quad(0.25, 0.5, 0.1, angle, 1000, 600)
    np.testing.assert_allclose(quad.mean(0), [250, 300])
    along = quad[3] - quad[0]  # The upper edge, left to right; y points down.
    turn = math.radians(angle)
    np.testing.assert_allclose(along, [100 * math.cos(turn), -100 * math.sin(turn)], atol=1e-9)
    down = quad[1] - quad[0]
    assert along[0] * down[1] - along[1] * down[0] == pytest.approx(10_000)  # not mirrored


def test_square_and_quad_are_inverse() -> None:
    square = (0.3, 0.8, 0.4, -33.0)
    assert quad_square(square_quad(*square, 640, 480), 640, 480) == pytest.approx(square)


def test_a_tilted_head_becomes_upright() -> None:
    upright = np.array([[40.0, 50], [60, 50], [50, 62], [42, 72], [58, 72]])
    turn = math.radians(20)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    tilted = (upright - 50) @ matrix + 50
    angle = quad_square(face_quad(tilted), 100, 100)[3]
    assert quad_square(face_quad(upright), 100, 100)[3] == pytest.approx(0)
    assert angle == pytest.approx(20)
    assert quad_side(face_quad(tilted)) == pytest.approx(quad_side(face_quad(upright)))


@pytest.mark.parametrize(
    "square",
    [
        (1.2, 0.5, 0.3, 0),
        (0.5, -0.1, 0.3, 0),
        (0.5, 0.5, 0, 0),
        (0.5, 0.5, -1, 0),
        (0.5, 0.5, 100, 0),
        (0.5, 0.5, 0.3, math.nan),
        (0.5, math.inf, 0.3, 0),
    ],
)
def test_a_senseless_square_is_refused(square: tuple[float, float, float, float]) -> None:
    with pytest.raises(PhotoError, match="Draw the square again") as caught:
        square_quad(*square, 400, 300)
    assert caught.value.key == "bad_crop"


@pytest.mark.parametrize(
    ("square", "size"),
    [
        ((0, 0, 0.5, 10), (300, 200)),
        ((1, 1, 8, 45), (300, 200)),
        ((0.5, 0.5, 1, 0), (1, 1)),
        ((0.5, 0.5, 1, 0), (2048, 1)),
        ((0.5, 0.5, 0.005, 0), (200, 200)),
    ],
)
def test_any_allowed_square_gives_a_picture(
    square: tuple[float, float, float, float], size: tuple[int, int]
) -> None:
    image = Image.new("RGB", size, (90, 120, 150))
    crop = crop_quad(image, square_quad(*square, *size), 64)
    assert crop.size == (64, 64)
    np.testing.assert_allclose(np.asarray(crop), np.full((64, 64, 3), (90, 120, 150)), atol=1)
