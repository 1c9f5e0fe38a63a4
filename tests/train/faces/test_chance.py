"""Which types really differ: planted differences are found, chance is not taken for one."""

import numpy as np
import pytest

from mbtiface.personality.types import CODES, GENDERS
from train.data.labels import Labels
from train.data.ratings import Ratings
from train.faces import chance

FACES, DIMS = 640, 12
ALPHAS = [0.5] * 4


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def labels(rng: np.random.Generator) -> Labels:
    files = tuple(f"{k}.png" for k in range(FACES))
    scores = rng.normal(size=(FACES, 4))
    return Labels(files, scores, np.arange(FACES) % 2 == 1, np.arange(FACES) // 2 % 10)


def test_distances_by_hand(rng: np.random.Generator) -> None:
    looks, types = rng.normal(size=(200, 3)), rng.integers(0, 16, size=200)
    types[types == 5] = 4  # A type without a face is no distance from anything.
    found = chance.distances(looks, types)
    means = {k: looks[types == k].mean(0) for k in set(types.tolist())}
    inside = looks - np.stack([means[k] for k in types.tolist()])
    inverse = np.linalg.inv(inside.T @ inside / (200 - 16))
    a, b, count = means[1] - means[2], means[1] - looks[types != 1].mean(0), (types == 1).sum()
    other = (types == 2).sum()
    assert found.pairs[1, 2] == pytest.approx(a @ inverse @ a * count * other / (count + other))
    assert found.to_rest[1] == pytest.approx(b @ inverse @ b * count * (200 - count) / 200)
    assert found.to_rest[5] == 0
    assert not found.pairs[5].any()
    np.testing.assert_allclose(found.pairs, found.pairs.T)


def test_rule_of_benjamini_and_hochberg() -> None:
    # The fourth lies under its own limit (0.04), so that the three before it count as well.
    p = np.array([0.9, 0.01, 0.039, 0.033, 0.035])
    assert chance.rejected(p, 0.05).tolist() == [False, True, True, True, True]
    assert not chance.rejected(np.array([0.04, 0.9]), 0.05).any()


def test_few_faces_of_a_gender_are_too_few_to_tell(labels: Labels) -> None:
    assert chance.enough_faces(labels)
    male = np.arange(FACES) < 2 * len(CODES) - 1
    assert not chance.enough_faces(Labels(labels.files, labels.scores, male, labels.folds))


def test_a_planted_axis_parts_the_types_that_it_parts(
    rng: np.random.Generator, labels: Labels
) -> None:
    age = rng.normal(size=(FACES, 1))
    w = rng.normal(size=(FACES, DIMS)) + 5 * age * rng.normal(size=DIMS)
    w[:, 0] += 3 * np.sign(labels.scores[:, 0]) + 4 * labels.male  # E and I alone show.
    figures = chance.bootstrap(w, age, labels, ALPHAS, seed=1, resamples=300)
    assert (figures["resamples"], figures["level"]) == (300, chance.LEVEL)
    for gender in GENDERS:
        assert set(figures[gender]) == set(CODES)
        assert all(figures[gender][code]["apart"] for code in CODES)
        for code in CODES:
            alike = figures[gender][code]["alike"]
            same = [each for each in CODES if each[0] == code[0] and each != code]
            assert len(set(alike) & set(same)) >= 5
            assert not set(alike) - set(same)
            assert all(code in figures[gender][each]["alike"] for each in alike)
        listed = sum(len(figures[gender][code]["alike"]) for code in CODES)
        assert figures["pairs_apart"][gender] == 120 - listed / 2 >= 64


def test_chance_is_not_taken_for_a_difference(rng: np.random.Generator, labels: Labels) -> None:
    w, nothing = rng.normal(size=(FACES, DIMS)), rng.normal(size=(FACES, 1))
    figures = chance.bootstrap(w, nothing, labels, ALPHAS, seed=1, resamples=200)
    assert sum(figures["pairs_apart"].values()) <= 2
    p = np.concatenate(
        [each.to_rest for each in chance.p_values(w, nothing, labels, ALPHAS, 1, 200)]
    )
    assert 0.25 < p.mean() < 0.75


def test_what_a_covariate_alone_makes_is_no_difference(
    rng: np.random.Generator, labels: Labels
) -> None:
    """Here the outgoing are older; what ages a face must not part the types."""
    age = labels.scores[:, :1] + 0.3 * rng.normal(size=(FACES, 1))
    w = rng.normal(size=(FACES, DIMS))
    w[:, 0] += 3 * age[:, 0]
    other = rng.normal(size=(FACES, 1))
    figures = chance.bootstrap(w, other, labels, ALPHAS, seed=1, resamples=200)
    assert min(figures["pairs_apart"].values()) >= 60
    figures = chance.bootstrap(w, age, labels, ALPHAS, seed=1, resamples=200)
    assert sum(figures["pairs_apart"].values()) <= 2


def test_ratings_of_types_in_deviations_of_their_gender(labels: Labels) -> None:
    outgoing = np.where(labels.male, 60, 30) + 10 * labels.scores[:, 0]
    ratings = Ratings(labels.files, {"outgoing": outgoing, "age": outgoing})
    figures = chance.type_ratings(labels, ratings)
    for gender, male in zip(GENDERS, (False, True), strict=True):
        inside = labels.male == male
        chosen = inside & (np.array(labels.codes) == "ENTP")
        expected = (outgoing[chosen].mean() - outgoing[inside].mean()) / outgoing[inside].std()
        assert figures[gender]["ENTP"] == {"outgoing": pytest.approx(expected, abs=0.006)}
        assert figures[gender]["ISTP"]["outgoing"] < -0.4
