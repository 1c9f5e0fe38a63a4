"""Disturbances: what they change, what they leave, and that a draw decides them."""

import numpy as np
import pytest

from tests.train.psp.drawn_faces import draw_face
from train.psp import disturb as d
from train.psp.pictures import resize


@pytest.fixture
def picture() -> np.ndarray:
    return draw_face(64, np.random.default_rng(0))


def random() -> np.random.Generator:
    return np.random.default_rng(3)


def test_the_same_draw_disturbs_alike(picture: np.ndarray) -> None:
    one, other = (d.disturb(picture, np.random.default_rng(5), 32) for _ in range(2))
    assert one.shape == (32, 32, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, other)
    assert not np.array_equal(one, d.disturb(picture, np.random.default_rng(6), 32))


def test_faces_stay_recognisable(picture: np.ndarray) -> None:
    clean = resize(picture, 32).astype(float)
    differences = [
        np.abs(d.disturb(picture, np.random.default_rng(k), 32).astype(float) - clean).mean()
        for k in range(60)
    ]
    assert 3 < np.median(differences) < 30
    assert max(differences) < 90


def test_a_shift_of_the_crop_is_small(picture: np.ndarray) -> None:
    marked = np.zeros_like(picture)
    marked[31:33, 31:33] = 255
    for k in range(30):
        moved = d.misalign(marked, np.random.default_rng(k)).sum(2).astype(float)
        y, x = ((moved * axis).sum() / moved.sum() for axis in np.mgrid[:64, :64])
        assert abs(x - 31.5) < 0.07 * 64
        assert abs(y - 31.5) < 0.07 * 64


def test_light_changes_little_and_everywhere() -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    changed = d.relight(grey, random()).astype(float)
    assert 90 < changed.mean() < 170
    assert changed[0].mean() != changed[-1].mean()


def test_softening_takes_detail_away() -> None:
    rough = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for k in range(6):
        soft = d.soften(rough, np.random.default_rng(k))
        assert soft.shape == rough.shape
        assert soft.astype(float).std() < rough.astype(float).std()


def test_compression_keeps_the_colours_in_order() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    coded = d.compress(red, 60)
    assert coded[..., 0].mean() > 180
    assert coded[..., 2].mean() < 20


def test_a_cover_hides_one_block(picture: np.ndarray) -> None:
    covered = d.cover(picture, random())
    changed = (covered != picture).any(2)
    assert 0.005 < changed.mean() < 0.2
    assert np.array_equal(picture, draw_face(64, np.random.default_rng(0)))  # left as it was
