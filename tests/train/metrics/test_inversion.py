import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.networks.perceptual import PerceptualFeatures
from train.metrics import inversion
from train.metrics.inversion import Score, as_json, as_markdown, grid, score

SIZE = 32


class FakeIdentity:
    """Embeds a picture as its mean brightness."""

    def embed(self, images) -> np.ndarray:
        values = np.array([[np.asarray(image).mean() / 255] for image in images])
        return np.repeat(values, 128, 1) / 128**0.5


def grey(value: int, size: int = SIZE) -> Image.Image:
    return Image.new("RGB", (size, size), (value,) * 3)


def render(w: torch.Tensor, size: int | None) -> list[Image.Image]:
    """A latent's first number is the brightness of its picture."""
    return [grey(int(value), size or 64) for value in w[:, 0, 0]]


def latents(*values: float) -> torch.Tensor:
    return torch.tensor(values)[:, None, None].expand(-1, 4, 2)


@pytest.fixture(scope="module")
def perceptual() -> PerceptualFeatures:
    torch.manual_seed(0)
    return PerceptualFeatures(stages=1)


def test_scores_are_means_medians_and_shares(perceptual) -> None:
    originals = [grey(0), grey(0), grey(255)]
    w = latents(0.0, 51.0, 0.0)
    seconds = torch.tensor([1.0, 2.0, 9.0])
    found = score("toy", w, seconds, originals, render, perceptual, FakeIdentity(), batch=2)
    assert (found.method, found.faces, found.seconds) == ("toy", 3, 2.0)
    assert found.l2 == pytest.approx((0.0 + 0.4**2 + 2.0**2) / 3, rel=1e-4)
    assert found.identity == pytest.approx(0.2, abs=1e-6)
    assert found.same_person == pytest.approx(2 / 3)
    assert found.feature_distance > 0


def test_without_dlib_identity_is_left_open(perceptual) -> None:
    found = score("toy", latents(0.0), torch.ones(1), [grey(0)], render, perceptual, None)
    assert (found.l2, found.identity, found.same_person) == (0.0, None, None)
    assert found.feature_distance == pytest.approx(0.0, abs=1e-6)
    assert "| toy | 1 | 0.0000 | 0.00 | - | - | 1 |" in as_markdown([found])


def test_table_and_json() -> None:
    row = Score("encoder", 86, 0.123456, 2.345678, 0.4567, 0.95, 0.0312)
    assert as_markdown([row]).splitlines() == [
        "| method | faces | L2 | feature distance | identity | same person | s a face |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| encoder | 86 | 0.1235 | 2.35 | 0.46 | 95% | 0.0312 |",
    ]
    values = as_json([row])["rows"][0]
    assert values["l2"] == 0.1235
    assert values["faces"] == 86
    assert set(values) == set(Score.__dataclass_fields__)


def test_the_grid_has_a_row_a_face_and_a_column_a_method() -> None:
    sheet = grid([[grey(10), grey(20)], [grey(30)]], SIZE)
    step = SIZE + inversion.TILE_GAP
    assert sheet.size == (SIZE + step, SIZE + step)
    assert sheet.getpixel((0, 0)) == (10,) * 3
    assert sheet.getpixel((0, step)) == (20,) * 3
    assert sheet.getpixel((step, 0)) == (30,) * 3
    assert sheet.getpixel((step, step)) == (255,) * 3
