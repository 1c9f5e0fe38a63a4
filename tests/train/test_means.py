"""Averages of types and letters: what is taken out, what is kept, how thin cells are shrunk."""

import numpy as np
import pytest

from mbtiface.personality.types import CODES, LETTERS
from train.faces import means

DIMS, FACES = 6, 400


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_planted_covariate_is_removed_and_the_axis_stays(rng: np.random.Generator) -> None:
    age = rng.normal(size=FACES)
    scores = rng.normal(size=(FACES, 4))
    scores[:, 0] += 0.8 * age  # The old look outgoing here.
    of_age, of_axis = rng.normal(size=DIMS), rng.normal(size=(4, DIMS))
    noise = 0.05 * rng.normal(size=(FACES, DIMS))
    w = 3 + scores @ of_axis + np.outer(age, of_age) + noise
    adjusted = means.adjust(w, scores, age[:, None] + 40)
    # Every face as it would be at the mean age.
    expected = 3 + scores @ of_axis + age.mean() * of_age + noise
    np.testing.assert_allclose(adjusted, expected, atol=0.05)
    np.testing.assert_allclose(adjusted.mean(0), w.mean(0))
    # Left out of the regression, the axis would be taken for age.
    naive = np.linalg.lstsq(np.column_stack([np.ones(FACES), age]), w, rcond=None)[0][1]
    assert np.abs(naive - of_age).max() > 0.2


def test_signs_of_all_types() -> None:
    signs = means.code_signs()
    assert signs[CODES.index("ENTP")].tolist() == [1, 1, -1, -1]
    assert signs[CODES.index("ISFJ")].tolist() == [-1, -1, 1, 1]
    assert len({tuple(row) for row in signs}) == 16


def test_shrinkage_formula(rng: np.random.Generator) -> None:
    codes = means.code_signs()
    # One type has no face, one has a single face, the others many.
    kinds = np.concatenate([np.repeat(np.arange(2, 16), 20), [1]])
    signs = codes[kinds]
    w = rng.normal(size=(len(kinds), DIMS)) + signs @ rng.normal(size=(4, DIMS))
    prior = 7.0
    types, counts = means.shrunk_types(w, signs, prior)
    assert counts.tolist() == [0, 1] + [20] * 14
    midpoint, effects = means.letter_effects(w, signs)
    for kind in range(16):
        predicted = midpoint + sum(codes[kind, k] * effects[k] for k in range(4))
        own = w[kinds == kind]
        expected = (own.sum(0) + prior * predicted) / (len(own) + prior)
        np.testing.assert_allclose(types[kind], expected)
    plain, _ = means.shrunk_types(w, signs, 0)
    np.testing.assert_allclose(plain[5], w[kinds == 5].mean(0))
    np.testing.assert_allclose(plain[0], midpoint + codes[0] @ effects)


@pytest.mark.parametrize("prior", [0, 3])
def test_imagined_faces_make_up_what_a_type_lacks_to_eight(
    rng: np.random.Generator, prior: int
) -> None:
    codes = means.code_signs()
    kinds = np.concatenate([np.repeat(np.arange(2, 16), 20), [1, 1]])
    signs = codes[kinds]
    w = rng.normal(size=(len(kinds), DIMS))
    types, counts = means.shrunk_types(w, signs, prior)
    midpoint, effects = means.letter_effects(w, signs)
    assert counts[:2].tolist() == [0, 2]
    np.testing.assert_allclose(types[0], midpoint + codes[0] @ effects)
    own = w[kinds == 1].sum(0) + 6 * (midpoint + codes[1] @ effects)
    np.testing.assert_allclose(types[1], own / 8)


def test_letter_effects_are_fitted_together(rng: np.random.Generator) -> None:
    signs = np.where(rng.normal(size=(FACES, 4)) > 0, 1, -1)
    signs[:, 1] = np.where(rng.uniform(size=FACES) < 0.8, signs[:, 0], -signs[:, 0])
    effects = rng.normal(size=(4, DIMS))
    midpoint, fitted = means.letter_effects(2 + signs @ effects, signs)
    np.testing.assert_allclose(midpoint, 2, atol=1e-9)
    np.testing.assert_allclose(fitted, effects, atol=1e-9)


@pytest.mark.parametrize(("own", "least", "most"), [(0.0, 200, 1000), (3.0, 0, 10)])
def test_prior_by_cross_validation(
    rng: np.random.Generator, own: float, least: int, most: int
) -> None:
    """Types that are no more than their letters ask for a strong prior, others for none."""
    signs = np.where(rng.normal(size=(FACES, 4)) > 0, 1, -1)
    types = (signs > 0) @ [8, 4, 2, 1]
    special = own * rng.normal(size=(16, DIMS))
    w = signs @ rng.normal(size=(4, DIMS)) + special[types] + rng.normal(size=(FACES, DIMS))
    prior = means.choose_prior(w, signs, np.arange(FACES) % 10, np.eye(DIMS))
    assert least <= prior <= most


def test_all_averages_of_a_gender(rng: np.random.Generator) -> None:
    scores = rng.normal(size=(FACES, 4))
    w = rng.normal(size=(FACES, DIMS))
    made = means.gender_means(w, scores, prior_count=5)
    np.testing.assert_allclose(made.gender, w.mean(0))
    assert made.type_counts.sum() == FACES
    for letter, axis, sign in (("E", 0, 1), ("S", 1, -1), ("F", 2, 1), ("P", 3, -1)):
        inside = scores[:, axis] * sign > 0
        row = LETTERS.index(letter)
        np.testing.assert_allclose(made.letters[row], w[inside].mean(0))
        assert made.letter_counts[row] == inside.sum()
    entp = (np.sign(scores) == [1, 1, -1, -1]).all(1)
    assert made.type_counts[CODES.index("ENTP")] == entp.sum()


def test_raw_means_are_plain_and_none_is_of_a_few_faces(rng: np.random.Generator) -> None:
    scores = np.tile(means.code_signs(), (20, 1)) * rng.uniform(0.1, 2, size=(320, 4))
    male = np.arange(320) < 160
    w = rng.normal(size=(320, DIMS))
    male[16 * 10] = True  # One woman's face less, of the first type: nine are left.
    found, counts = means.raw_types(w, scores, male)
    assert counts[1].tolist() == [11] + [10] * 15
    inside = (np.arange(320) % 16 == 3) & ~male
    np.testing.assert_allclose(found[0, 3], w[inside].mean(0))
    male[16 * 11] = male[16 * 12] = True  # Seven are left.
    found, counts = means.raw_types(w, scores, male)
    assert counts[0].tolist() == [0] + [10] * 15
    assert not found[0, 0].any()
