"""Loose crops: their numbers lead to the face, and depend on the sample's number alone."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mbtiface.errors import SourceError
from mbtiface.faces.aligner import LOOSE, believable, move_quad
from tests.train.psp.drawn_faces import write_faces
from train.psp import aligner_samples
from train.psp.aligner_samples import CropSamples, draw_numbers, frame, read_small

SIZE = 64


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{k}.png" for k in range(6)]
    write_faces(paths, 128)
    return paths


def samples(paths: list[Path], seed: int = 1) -> CropSamples:
    return CropSamples(paths.__getitem__, 0, len(paths), SIZE, seed)


def test_a_sample_depends_on_its_number_and_the_seed(paths: list[Path]) -> None:
    one, again, other = samples(paths)[5], samples(paths)[5], samples(paths, 2)[5]
    assert np.array_equal(one[0], again[0])
    assert np.array_equal(one[1], again[1])
    assert not np.array_equal(one[1], other[1])


def test_the_numbers_lead_to_the_face(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligner_samples, "weathered", lambda crop, random: crop)
    usual = frame(SIZE).mean(0) + (frame(SIZE) - frame(SIZE).mean(0)) / LOOSE
    for number in range(12):
        crop, numbers = samples(paths)[number]
        truth = move_quad(usual, numbers.astype(float))
        # Between the eyes, on the cheeks, there is skin; the eyes themselves are dark.
        axes = np.stack([truth[3] - truth[0], truth[1] - truth[0]])
        skin, left, right = (
            truth[0] + np.array(place) @ axes
            for place in ((0.5, 0.6), (0.375, 0.475), (0.625, 0.475))
        )
        light = [crop[round(y), round(x)].astype(int).max() for x, y in (skin, left, right)]
        assert light[0] > 100
        assert max(light[1:]) < 100


def test_errors_lie_within_what_is_believed() -> None:
    random = np.random.default_rng(0)
    drawn = np.array([draw_numbers(random) for _ in range(2000)])
    assert all(believable(numbers) for numbers in drawn)
    assert np.abs(drawn.mean(0)).max() < 0.03
    assert np.degrees(np.abs(drawn[:, 3])).max() > 50


def test_pictures_are_halved_only_while_large_enough(paths: list[Path]) -> None:
    assert read_small(paths[0], 64).shape[0] == 64
    assert read_small(paths[0], 65).shape[0] == 128
    expected = cv2.imread(str(paths[0]))[..., ::-1]
    assert np.array_equal(read_small(paths[0], 128), expected)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no")
    with pytest.raises(SourceError, match="cannot be read"):
        read_small(tmp_path / "a.jpg", 64)
