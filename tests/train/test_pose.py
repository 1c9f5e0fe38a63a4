"""How a face is turned, read from its picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mbtiface.errors import SourceError
from train.faces.pose import SIDE_PX, pose_scores, read_grey


def turned_faces(turns: np.ndarray, lights: np.ndarray) -> np.ndarray:
    """A bright oval shifted sideways by pixels, and a ramp of light from one side."""
    y, x = np.mgrid[-1 : 1 : SIDE_PX * 1j, -1 : 1 : SIDE_PX * 1j]
    ovals = [np.exp(-8 * ((x - turn) ** 2 + 0.5 * y**2)) for turn in turns]
    return np.stack([oval + light * x for oval, light in zip(ovals, lights, strict=True)])


def test_a_mirrored_picture_has_the_opposite_sign() -> None:
    rng = np.random.default_rng(0)
    pictures = rng.uniform(size=(12, 8, 8))
    scores = pose_scores(np.concatenate([pictures, pictures[:, :, ::-1]]), 3)
    assert scores.shape == (24, 3)
    np.testing.assert_allclose(scores[:12], -scores[12:], atol=1e-9)
    np.testing.assert_allclose(np.square(scores).mean(0), 1)


def test_symmetric_pictures_score_zero() -> None:
    pictures = turned_faces(np.array([0, 0, 0.2, -0.1]), np.zeros(4))
    scores = pose_scores(pictures, 1)[:, 0]
    assert np.abs(scores[:2]).max() < 1e-9
    assert scores[2] * scores[3] < 0
    assert abs(scores[2]) > abs(scores[3]) > 0.1


def test_turn_and_light_are_told_apart() -> None:
    rng = np.random.default_rng(1)
    turns, lights = rng.normal(size=60) * 0.15, rng.normal(size=60) * 0.3
    scores = pose_scores(turned_faces(turns, lights), 2)
    design = np.column_stack([scores, np.ones(60)])
    for cause in (turns, lights):
        fitted = design @ np.linalg.lstsq(design, cause, rcond=None)[0]
        assert np.corrcoef(fitted, cause)[0, 1] > 0.97
    assert abs(np.corrcoef(scores.T)[0, 1]) < 0.2


def test_pictures_are_read_grey_and_small(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 3), dtype=np.uint8)
    pixels[:, 32:, 1] = 255  # the right half green
    (tmp_path / "a").mkdir()
    Image.fromarray(pixels).save(tmp_path / "a" / "1.png")
    (grey,) = read_grey(tmp_path, ("a/1.png",))
    assert grey.shape == (SIDE_PX, SIDE_PX)
    assert grey[:, :16].max() == 0
    np.testing.assert_allclose(grey[:, 16:], 150 / 255, atol=1 / 255)


def test_pictures_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(SourceError, match="a.png cannot be read as a picture"):
        read_grey(tmp_path, ("a.png",))
    with pytest.raises(SourceError, match=r"b.png cannot be read .* folder of aligned pictures"):
        read_grey(tmp_path, ("b.png",))
