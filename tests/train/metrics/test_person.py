"""The person's distances along a walk."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from train.metrics.person import CORNERS_A_FACE, LETTERS, Person, measure_person


class Studio:
    """Faces that are one number; pictures are that number."""

    def sample(self, seed: int, psi: float) -> torch.Tensor:
        return torch.full((2, 3), float(seed))

    def sequence(self, w: torch.Tensor, letters: str, by: str, strength: Any) -> torch.Tensor:
        self.by = [*getattr(self, "by", []), by]
        return torch.stack([w + 0.05 * step for step in range(len(letters) + 1)])

    def morph(self, w: torch.Tensor, axes: dict[str, float], by: str, strength: Any) -> Any:
        assert all(abs(value) == 1 for value in axes.values())
        return w + 2.0

    def drift(self, w: torch.Tensor, start: torch.Tensor) -> float:
        return 2 * float((w - start)[0, 0])

    def render(self, w: torch.Tensor, size: int) -> list[float]:
        return [float(each[0, 0]) for each in w]


def test_every_frame_is_compared_with_the_start() -> None:
    identity: Any = SimpleNamespace(embed=lambda values: np.array(values)[:, None])
    studio: Any = Studio()
    found = measure_person(studio, identity, [1, 2])
    assert studio.by == ["male", "female"]
    expected = [0.05 * step for step in range(1, len(LETTERS) + 1)]
    np.testing.assert_allclose(found.frames, [expected, expected], rtol=1e-5)
    np.testing.assert_allclose(found.corners, np.full((2, CORNERS_A_FACE), 2.0), rtol=1e-5)
    np.testing.assert_allclose(found.frame_drifts, 2 * found.frames, rtol=1e-5)
    np.testing.assert_allclose(found.corner_drifts, 2 * found.corners, rtol=1e-5)


def test_figures_are_shares_of_faces_under_the_threshold() -> None:
    frames = np.array([[0.1, 0.5], [0.1, 0.7]])
    drifts = np.array([[0.2, 0.9], [0.2, 1.7]])
    corners = np.array([[0.5, 0.7], [0.2, 0.2]])
    figures = Person(frames, corners, drifts, np.array([[1.8, 0.95], [0.4, 1.2]])).figures()
    assert figures["moves within the drift's limit"] == 5
    assert figures["of them the same person"] == 0.8
    assert figures["moves that the drift calls another person"] == 2
    assert figures["of them another person"] == 0.5
    assert figures["every frame the same person"] == 0.5
    assert figures["extreme results the same person"] == 0.75
    assert figures["faces"] == 2
