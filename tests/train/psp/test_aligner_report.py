"""The aligner's figures: distances in px at 256 px, with a detector whose error is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.faces.aligner import Aligner, move_quad
from mbtiface.faces.alignment import square
from mbtiface.faces.finding import FoundFace
from tests.train.psp.drawn_faces import write_faces
from train.psp.aligner_report import Canvas, distances, draw_canvas, measure, nearest

TRUTH = square(np.array([200.0, 200.0]), np.array([64.0, 0.0]))  # side 128
SHIFT = np.array([0.1, 0.0, 0.0, 0.0])  # 0.14 sides to the right


class ShiftedDetector:
    """Finds the face of each canvas, but too far to the left; nothing in white pictures."""

    name = "shifted"
    simple = True

    def __init__(self, canvases: list[Canvas]) -> None:
        self._truths = {id(canvas.image): canvas.truth for canvas in canvases}

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        truth = self._truths[id(image)]
        if image.getpixel((0, 0)) == (255, 255, 255):
            return ()
        quad = move_quad(truth, -SHIFT)
        box = (*quad.min(0).tolist(), *quad.max(0).tolist())
        return (FoundFace(box, quad, 0.9),)


def test_a_shift_is_measured_in_px_at_256_px() -> None:
    moved = TRUTH + np.array([5.0, 0.0])
    figures = distances([moved, TRUTH], [TRUTH, TRUTH])
    assert figures.corners_mean == pytest.approx(5.0)
    assert figures.eyes_mouth_mean == pytest.approx(5.0)
    assert figures.corners_p95 == pytest.approx(10.0)


def test_a_turn_moves_corners_more_than_eyes() -> None:
    turned = move_quad(TRUTH, np.array([0, 0, 0, 0.1]))
    figures = distances([turned], [TRUTH])
    assert figures.corners_mean == pytest.approx(256 * 0.5**0.5 * 2 * np.sin(0.05), abs=0.01)
    assert figures.eyes_mouth_mean < 0.4 * figures.corners_mean


def test_the_nearest_face_counts_unless_it_is_another() -> None:
    far, near = TRUTH + 100, TRUTH + 10
    assert nearest([far, near], TRUTH) is near
    assert nearest([far], TRUTH) is None
    assert nearest([], TRUTH) is None


def test_a_canvas_shows_the_face_where_it_says(tmp_path: Path) -> None:
    paths = [tmp_path / f"{k}.png" for k in range(2)]
    write_faces(paths, 256)
    random = np.random.default_rng(0)
    for number in range(6):
        canvas = draw_canvas(paths, number, random)
        axes = np.stack([canvas.truth[3] - canvas.truth[0], canvas.truth[1] - canvas.truth[0]])
        eyes = [canvas.truth[0] + np.array([x, 0.475]) @ axes for x in (0.375, 0.625)]
        skin = canvas.truth[0] + np.array([0.5, 0.6]) @ axes
        assert all(max(canvas.image.getpixel(tuple(eye.round()))) < 100 for eye in eyes)
        assert max(canvas.image.getpixel(tuple(skin.round()))) > 100


def test_detector_and_aligner_are_measured_side_by_side(tmp_path: Path) -> None:
    grey, white = (Image.new("RGB", (400, 400), color) for color in ("grey", "white"))
    canvases = [Canvas(image, TRUTH, move_quad(TRUTH, -2 * SHIFT)) for image in (grey, white)]
    answers = iter([SHIFT, 0 * SHIFT] * 20)  # a first look, a second look

    def network(crop: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(next(answers))[None].float()

    values = measure(Aligner(network, 32), ShiftedDetector(canvases), canvases, tmp_path / "g.png")
    assert (values["pictures"], values["detected"], values["detected_but_not_refined"]) == (2, 1, 0)
    assert values["detector"]["alone"]["corners_mean"] == pytest.approx(0.14 * 256, abs=0.01)
    for stage in ("once", "twice", "refined"):
        assert values["detector"][stage]["corners_mean"] == pytest.approx(0, abs=0.01)
    assert values["rough_squares"]["refined"]["corners_mean"] == pytest.approx(0.14 * 256, abs=0.01)
    with Image.open(tmp_path / "g.png") as grid:
        assert grid.height > 100
