"""facexlib's networks with random weights: the plumbing around them, not what they see."""

import threading
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.faces import facexlib_detector
from mbtiface.faces.alignment import face_quad
from mbtiface.faces.facexlib_detector import (
    SEARCH_PX,
    FacexlibDetector,
    build_detector,
    build_landmarks,
    heatmap_points,
    is_profile,
    load_facexlib,
    weights_here,
)

# A frontal face of 68 landmarks' five: eyes, nose, mouth corners, in a box of 100 px.
POINTS = np.array([[30.0, 40], [70, 40], [50, 60], [35, 80], [65, 80]])


class FixedDetector(nn.Module):
    """Answers as RetinaFace does, and keeps what it was shown."""

    def __init__(self, *rows: np.ndarray) -> None:
        super().__init__()
        self.rows = np.array(rows, dtype=np.float32).reshape(-1, 15)
        self.shown: list[np.ndarray] = []

    def detect_faces(self, bgr: np.ndarray, conf_threshold: float) -> np.ndarray:
        assert not torch.is_grad_enabled()
        self.shown.append(bgr)
        return self.rows[self.rows[:, 4] > conf_threshold]


class FixedLandmarks(nn.Module):
    """Answers with heat maps that peak at given points of 0..1, as the 98 landmarks' network."""

    def __init__(self, points: np.ndarray) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.points = points
        self.shown: list[torch.Tensor] = []

    def forward(self, pixels: torch.Tensor) -> tuple[list[torch.Tensor], None]:
        self.shown.append(pixels)
        maps = torch.zeros(1, 99, 64, 64)
        for at, (x, y) in enumerate((self.points * 64).astype(int)):
            maps[0, at, y, x] = 1
        return [torch.zeros(1), maps], None


def row(x: float, y: float, size: float, score: float = 0.95) -> np.ndarray:
    points = POINTS * size / 100 + (x, y)
    return np.array([x, y, x + size, y + size, score, *points.flatten()])


def test_the_detector_is_shown_bgr_of_moderate_size() -> None:
    network = FixedDetector()
    photo = Image.new("RGB", (1280, 640), (200, 100, 10))
    assert FacexlibDetector(network).find(photo) == ()
    (shown,) = network.shown
    assert shown.shape == (SEARCH_PX // 2, SEARCH_PX, 3)
    assert shown[5, 5].tolist() == [10, 100, 200]


def test_faces_are_in_pixels_of_the_photo_largest_first() -> None:
    network = FixedDetector(row(10, 20, 40), row(200, 100, 100), row(400, 100, 90, score=0.5))
    large, small = FacexlibDetector(network).find(Image.new("RGB", (1280, 640)))
    assert large.box == (400, 200, 600, 400)
    assert small.box == (20, 40, 100, 120)
    np.testing.assert_allclose(large.quad, face_quad(POINTS * 2 + (400, 200)), atol=1e-3)
    assert large.score == pytest.approx(0.95)
    assert large.warnings == ()


def landmarks98() -> np.ndarray:
    """Landmarks of which the eyes' (60 to 75) and the mouth's corners lie as `POINTS` do."""
    points = np.full((98, 2), 0.5)
    points[60:68] = POINTS[0] / 100
    points[68:76] = POINTS[1] / 100
    points[76], points[82] = POINTS[3] / 100, POINTS[4] / 100
    return points


def test_better_landmarks_are_taken_where_they_agree() -> None:
    photo = Image.new("RGB", (400, 300), (200, 100, 10))
    landmarks = FixedLandmarks(landmarks98())
    detector = FacexlibDetector(FixedDetector(row(100, 50, 128)), landmarks)
    (face,) = detector.find(photo)
    (shown,) = landmarks.shown
    assert shown.shape == (1, 3, 256, 256)
    assert (shown[0, :, 9, 9] * 255).round().tolist() == [200, 100, 10]
    # A heat map's pixel is two of the photo here.
    np.testing.assert_allclose(face.quad, face_quad(POINTS * 1.28 + (100, 50)), atol=4)
    assert not np.array_equal(face.quad, face_quad(POINTS * 1.28 + (100, 50)))


def test_landmarks_that_are_lost_are_not_taken() -> None:
    landmarks = FixedLandmarks(np.clip(landmarks98() + np.array([0.25, 0]), 0, 0.99))
    detector = FacexlibDetector(FixedDetector(row(100, 50, 128)), landmarks)
    (face,) = detector.find(Image.new("RGB", (400, 300)))
    np.testing.assert_allclose(face.quad, face_quad(POINTS * 1.28 + (100, 50)), atol=1e-3)


def test_a_turned_head_is_a_profile() -> None:
    assert not is_profile(POINTS)
    turned = POINTS.copy()
    turned[2, 0] = 75
    assert is_profile(turned)
    turn = np.array([[0.0, 1], [-1, 0]])
    assert is_profile(turned @ turn)
    assert not is_profile(POINTS @ turn)


def test_peaks_lean_to_the_larger_neighbour() -> None:
    maps = np.zeros((3, 64, 64), np.float32)
    maps[0, 10, 20], maps[0, 10, 21], maps[0, 9, 20] = 1, 0.5, 0.5
    maps[1, 0, 0] = 1
    maps[2, 63, 63], maps[2, 63, 62] = 1, 0.5
    expected = [[20.75, 10.25], [0.25, 0.25], [63.75, 63.75]]
    points = heatmap_points(maps)
    assert points[0].tolist() == expected[0]
    assert np.abs(points[1:] - expected[1:]).max() <= 0.5
    assert (points >= 0).all()
    assert (points <= 64).all()


def test_without_weights_it_says_so() -> None:
    assert not weights_here()
    with pytest.raises(SourceError, match="detection_Resnet50_Final.pth"):
        load_facexlib()


def test_facexlibs_own_networks_run_and_say_nothing(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(1)
    monkeypatch.setattr(
        facexlib_detector, "LEAST_SCORE", 0.0
    )  # Random weights are sure of nothing.
    detector = FacexlibDetector(build_detector(), build_landmarks())
    photo = Image.fromarray(np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8))
    first, second = detector.find(photo), detector.find(photo)
    assert len(first) > 0
    assert [face.box for face in first] == [face.box for face in second]
    assert all(np.isfinite(face.quad).all() for face in first)
    assert all(face.quad.shape == (4, 2) for face in first)
    assert all(one.area >= other.area for one, other in pairwise(first))
    in_thread: list[int] = []
    thread = threading.Thread(target=lambda: in_thread.append(len(detector.find(photo))))
    thread.start()
    thread.join()
    assert in_thread == [len(first)]
    assert capfd.readouterr() == ("", "")


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(SourceError, match=r"a\.pth does not fit facexlib's network"):
        facexlib_detector._filled(nn.Linear(2, 2), "a.pth", {"weight": torch.zeros(2, 2)})
