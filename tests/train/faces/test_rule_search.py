"""The search for a rule: its shortcut against the long way, and what its table leaves out."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from train.data import labels as labels_module
from train.data.labels import axis_scores
from train.data.ratings import NEEDED, Ratings
from train.faces import ridge, rule_search

FACES, DIMS = 200, 10
RULE = {
    "EI": {"outgoing": 1},
    "SN": {"memorable": 1, "typical": -1},
    "TF": {"trustworthy": 1, "dominant": -1},
    "JP": {"alert": 1},
}


@pytest.fixture(scope="module")
def w() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(FACES, DIMS))


@pytest.fixture(scope="module")
def ratings(w: np.ndarray) -> Ratings:
    rng = np.random.default_rng(1)
    values = {name: 50 + 10 * rng.normal(size=FACES) for name in NEEDED}
    values["outgoing"] = 50 + 10 * w[:, 0] + 5 * rng.normal(size=FACES)
    values["smart"] = 50 + 8 * w[:, 1] + 3 * rng.normal(size=FACES)
    values["dorky"] = 50 + 8 * w[:, 1] - 7 * w[:, 2] + 3 * rng.normal(size=FACES)
    values["liberal"] = values["outgoing"] + 3 * w[:, 3]
    files = tuple(f"{k}.png" for k in range(FACES))
    return Ratings(files, values)


def test_a_candidate_costs_less_and_says_the_same(
    ratings: Ratings, w: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rule_search.search(ratings, w, RULE)
    for each in (found[0], found[len(found) // 2], found[-1]):
        monkeypatch.setattr(labels_module, "RULE", RULE | {"SN": each.terms})
        scores = axis_scores(ratings)
        best = np.full(4, -np.inf)
        for alpha in ridge.ALPHAS:
            predicted = ridge.nested_predictions(w, scores, ratings.folds, [alpha] * 4)
            best = np.maximum(best, ridge.r2(scores, predicted))
        np.testing.assert_allclose(each.r2, best, atol=1e-6)
        raw = rule_search.cleaned(ratings, labels_module.raw_scores(ratings))
        expected = np.corrcoef(raw.T)[1, [0, 2, 3]]
        np.testing.assert_allclose(each.correlations, expected, atol=1e-9)


def test_what_faces_show_comes_first_and_nothing_counts_twice(
    ratings: Ratings, w: np.ndarray
) -> None:
    found = rule_search.search(ratings, w, RULE)
    assert set(found[0].terms) & {"smart", "dorky"}
    assert all(a.r2[1] >= b.r2[1] for a, b in pairwise(found))
    used = {name for each in found for name in each.terms}
    assert not used & {"outgoing", "trustworthy", "dominant", "alert", *rule_search.LOOKS}
    assert {"memorable", "typical", "smart"} <= used


def test_a_sum_and_its_opposite_count_once() -> None:
    sums = list(rule_search.candidates(["a", "b", "c"]))
    assert len(sums) == 3 + 3 * 2 + 4
    assert {"a": 1, "b": -1} in sums
    assert {"a": -1, "b": 1} not in sums


def test_the_table_leaves_out_what_is_another_axis(ratings: Ratings, w: np.ndarray) -> None:
    found = rule_search.search(ratings, w, RULE)
    liberal = next(each for each in found if each.text == "liberal")
    assert liberal.correlations[0] > 0.5
    lines = rule_search.as_markdown(found, limit=0.5, rows=5).splitlines()
    assert lines[0].startswith("| N | R2 E | R2 N | R2 F | R2 J | sum | with E |")
    assert len(lines) == 7
    assert all(not line.startswith("| liberal |") for line in lines)
    row = replace(found[0], terms={"dorky": -1, "smart": 1})
    assert rule_search.as_markdown([row], 1, 1).splitlines()[2].startswith("| - dorky + smart |")
