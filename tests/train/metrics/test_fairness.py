"""Groups, their errors and what is said of those that fare worse."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.networks.perceptual import PerceptualFeatures
from train.data.ratings import Ratings
from train.faces.directions import METHODS, RatedFaces
from train.faces.population import Population
from train.metrics import fairness
from train.metrics.fairness import FaceErrors, Group

FACES, DIMS = 240, 12


def test_groups_are_as_the_raters_saw_them() -> None:
    values = {
        "gender": np.array([0.0, 80, 40, 100, 10, 90]),
        "age": np.array([21.0, 30, 44.9, 45, 60, 29]),
        "skin-color": np.array([1.0, 2, 3, 4, 5, 6]),
    }
    ratings = Ratings(tuple("abcdef"), values)
    found = {each.name: np.flatnonzero(each.inside).tolist() for each in fairness.groups(ratings)}
    assert found == {
        "women": [0, 2, 4],
        "men": [1, 3, 5],
        "under 30": [0, 5],
        "30 to 45": [1, 2],
        "45 and older": [3, 4],
        "skin lightest third": [0, 1],
        "skin middle third": [2, 3],
        "skin darkest third": [4, 5],
    }


def test_errors_face_by_face() -> None:
    def render(w: torch.Tensor, size: int | None) -> list[Image.Image]:
        return [Image.new("RGB", (size or 0,) * 2, (int(v),) * 3) for v in w[:, 0, 0]]

    torch.manual_seed(0)
    originals = [Image.new("RGB", (32, 32), (value,) * 3) for value in (0, 51, 255)]
    w = torch.tensor([0.0, 0.0, 0.0])[:, None, None].expand(-1, 4, 2)
    found = fairness.face_errors(w, originals, render, PerceptualFeatures(stages=1), batch=2)
    assert found.l1 == pytest.approx([0, 0.4, 2], abs=1e-6)
    assert found.l2 == pytest.approx([0, 0.16, 4], abs=1e-6)
    assert found.features[0] == pytest.approx(0, abs=1e-6)
    assert found.features[2] > 0


def planted(rng: np.random.Generator, odd: np.ndarray) -> RatedFaces:
    """In odd faces what the first axis looks like is also what ages them."""
    scores, covariates = rng.normal(size=(FACES, 4)), rng.normal(size=(FACES, 2))
    w = 0.2 * rng.normal(size=(FACES, DIMS))
    w[:, :4] += scores
    w[:, 4:6] += covariates
    w[odd, 0] += 1.5 * covariates[odd, 0]
    return RatedFaces(w, scores, covariates)


def test_leakage_of_a_group_is_read_by_its_own_maps() -> None:
    rng = np.random.default_rng(0)
    odd = np.arange(FACES) % 2 == 1
    faces = planted(rng, odd)
    members = [Group("even", ~odd), Group("odd", odd)]
    people = Population(faces.w.mean(0), np.cov(faces.w.T))
    method, alphas, worn = METHODS["least unusual step"], [0.1] * 6, np.zeros((DIMS, 0))

    def measure(of: Sequence[Group]) -> dict[str, float]:
        return fairness.group_leakage(method, faces, of, alphas, worn, people, seed=1)

    found = measure(members)
    assert list(found) == ["all", "even", "odd"]
    assert found["odd"] != found["even"]
    assert all(0 < value < 1 for value in found.values())
    assert measure(members) == found
    # The same faces are the same group, whatever it is called.
    again = measure([*members, Group("odd again", odd)])
    assert again["odd again"] == again["odd"]


def test_who_fares_worse_is_named() -> None:
    errors = FaceErrors(
        np.array([0.2, 0.1, 0.1, 0.1]), np.array([0.1] * 4), np.array([3.0, 3.0, 3.0, 2.0])
    )
    found = np.array([False, True, True, True])
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4, 4))
    predicted = scores.copy()
    predicted[0, 1] += 9
    members = [Group("few", np.array([True, True, False, False]))]
    rows = fairness.table(members, errors, found, {"all": 0.10, "few": 0.11}, scores, predicted)
    assert [row["group"] for row in rows] == ["all", "few"]
    assert rows[0]["L1"] == 0.125
    assert rows[1]["faces"] == 2
    assert [rows[1][f"R2 {letter}"] for letter in "EFJ"] == [1, 1, 1]
    off = 1 - 81 / np.square(scores[:2, 1] - scores[:2, 1].mean()).sum()
    assert rows[1]["R2 N"] == pytest.approx(off, rel=1e-3)
    usual = rows[0]["R2 N"]
    assert fairness.worse(rows) == [
        "few: L1 +20%",
        "few: not found +100%",
        f"few: R2 N {rows[1]['R2 N']} where all have {usual}",
    ]
    lines = fairness.as_markdown(rows).splitlines()
    assert lines[0].startswith("| group | faces | L1 | L2 | feature distance | not found | leakage")
    assert lines[0].endswith("| R2 E | R2 N | R2 F | R2 J |")
    assert lines[3].startswith("| few | 2 | 0.15 | 0.1 | 3.0 | 50.0% | 0.11 | 1.0 |")
    rows = [{**rows[0], "not found": 0.0}, rows[1]]
    assert "few: not found 0.5 where all have 0" in fairness.worse(rows)
