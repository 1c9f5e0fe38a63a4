"""What maps read of impressions: inputs, targets and the table."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.networks.perceptual import PerceptualFeatures
from train.data.labels import axis_scores
from train.data.ratings import NEEDED, Ratings
from train.metrics import impressions
from train.metrics.impressions import Target

FACES = 120


@pytest.fixture
def ratings() -> Ratings:
    rng = np.random.default_rng(0)
    values = {name: 50 + 10 * rng.normal(size=FACES) for name in NEEDED}
    values["trustworthy"] = 0.8 * values["outgoing"] + 3 * rng.normal(size=FACES)
    return Ratings(tuple(f"{k}.png" for k in range(FACES)), values)


def test_features_of_pictures_have_even_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    paths = [tmp_path / f"{k}.png" for k in range(5)]
    for path in paths:
        pixels = rng.integers(0, 255, size=(32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    torch.manual_seed(0)
    found = impressions.picture_features(paths, PerceptualFeatures(), batch=2)
    assert list(found) == [
        "32-px pixels",
        "EfficientNet, 4 x 4 places",
        "EfficientNet, 8 x 8 places",
    ]
    assert found["32-px pixels"].shape == (5, 3 * 32 * 32)
    assert found["EfficientNet, 4 x 4 places"].shape == (5, 16 * (80 + 112))
    stages = np.split(found["EfficientNet, 4 x 4 places"], [16 * 80], axis=1)
    for x in (found["32-px pixels"], *stages):
        np.testing.assert_allclose(x.mean(0), 0, atol=1e-9)
        deviation = x.std(0)
        np.testing.assert_allclose(deviation[deviation > 0], x.shape[1] ** -0.5)


def test_a_column_that_never_changes_says_nothing() -> None:
    x = impressions.even(np.array([[1.0, 7.0], [3.0, 7.0]]))
    np.testing.assert_allclose(x, [[-(0.5**0.5), 0], [0.5**0.5, 0]])


def test_half_whitening_takes_half_of_the_logarithm_of_the_spread() -> None:
    rng = np.random.default_rng(2)
    ws = np.repeat(rng.normal(size=(3000, 1, 3)) * [1.0, 4.0, 9.0], 16, axis=1)
    found = impressions.latent_inputs(ws, np.diag([1.0, 16.0, 81.0]))
    np.testing.assert_allclose(found["latents, mean of the rows"], ws[:, 0])
    spread = np.sort(found["latents, half whitened"].std(0))
    np.testing.assert_allclose(spread, [1, 2, 3], rtol=0.05)
    assert found["latents, coarse, middle and fine apart"].shape == (3000, 9)


def test_what_is_left_of_two_axes_without_each_other(ratings: Ratings) -> None:
    targets = {each.name: each.values for each in impressions.axis_targets(ratings)}
    np.testing.assert_allclose(
        np.stack([targets[letter] for letter in "ENFJ"], axis=1), axis_scores(ratings)
    )
    e, f = targets["E before whitening"], targets["F before whitening"]
    assert np.corrcoef(e, f)[0, 1] > 0.3
    assert np.corrcoef(targets["E without F"], f)[0, 1] == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(targets["F without E"], e)[0, 1] == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(targets["E without F"], e)[0, 1] > 0.5
    # Attributes that the table lacks are left out.
    assert "cute" in impressions.RAW
    assert "cute" not in {each.name for each in impressions.raw_targets(ratings)}


def test_scores_and_where_latents_fall_short() -> None:
    rng = np.random.default_rng(3)
    good, bad = rng.normal(size=(FACES, 3)), rng.normal(size=(FACES, 3))
    targets = [Target("E", 50 + 9 * good[:, 0]), Target("N", rng.normal(size=FACES))]
    folds = np.arange(FACES) % 4
    found = impressions.scores({"pixels": good, "latents": bad}, targets, folds)
    assert found["pixels"]["E"] > 0.9
    assert found["latents"]["E"] < 0.1
    short = impressions.short_of(found, "latents", ["E"])
    assert short == {"E": round(found["pixels"]["E"] - found["latents"]["E"], 3)}
    assert impressions.short_of({"pixels": {"E": 0.1}, "latents": {"E": 0.3}}, "latents", "E") == {}
    table = impressions.as_markdown({"pixels": {"E": 0.456}, "latents": {"E": -0.1}})
    assert table.splitlines() == [
        "| R2 | pixels | latents |",
        "| --- | --- | --- |",
        "| E | 0.46 | -0.10 |",
    ]
