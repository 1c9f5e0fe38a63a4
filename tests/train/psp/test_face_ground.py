"""Faces on grounds: the face stays where it is, the ground is another each time."""

import numpy as np
import pytest

from train.psp import face_ground
from train.psp.face_ground import GROUNDS, on_ground

SIDE, SIZE = 64, 96
MATRIX = np.array([[1.0, 0, -16.0], [0, 1.0, -16.0]])  # the face in the middle, as large as it is
FACE = np.full((SIDE, SIDE, 3), (200, 100, 50), np.uint8)
OTHER = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


@pytest.mark.parametrize("kind", GROUNDS)
def test_the_middle_of_the_face_is_kept(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_ground, "GROUNDS", {kind: 1.0})
    for seed in range(5):
        picture = on_ground(FACE, lambda: OTHER, MATRIX, SIZE, np.random.default_rng(seed))
        assert (picture.shape, picture.dtype) == ((SIZE, SIZE, 3), np.uint8)
        middle = picture[42:54, 42:54].astype(int)
        assert np.abs(middle - FACE[0, 0]).max() <= 12  # an edge may be very soft


@pytest.mark.parametrize("kind", ["other", "plain", "texture"])
def test_nothing_of_the_face_lies_beyond_its_frame(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_ground, "GROUNDS", {kind: 1.0})
    random = np.random.default_rng(3)
    one = on_ground(FACE, lambda: OTHER, MATRIX, SIZE, random)
    random = np.random.default_rng(3)
    two = on_ground(255 - FACE, lambda: OTHER, MATRIX, SIZE, random)
    outside = np.ones((SIZE, SIZE), bool)
    outside[15:81, 15:81] = False
    assert np.array_equal(one[outside], two[outside])
    assert not np.array_equal(one, two)


def test_the_seam_does_not_tell_where_the_frame_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_ground, "GROUNDS", {"plain": 1.0})
    edges = []
    for seed in range(30):
        picture = on_ground(FACE, lambda: OTHER, MATRIX, SIZE, np.random.default_rng(seed))
        row = np.abs(picture[48].astype(int) - FACE[0, 0]).max(1)
        edges.append(int(np.argmax(row < 20)))  # first column of the face
    assert np.std(edges) > 2
    assert min(edges) >= 16


def test_the_same_draw_gives_the_same_picture() -> None:
    pictures = [
        on_ground(FACE, lambda: OTHER, MATRIX, SIZE, np.random.default_rng(7)) for _ in range(2)
    ]
    assert np.array_equal(*pictures)
