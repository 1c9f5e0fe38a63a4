"""Ridge regression against its closed form, and scores that have not seen what they predict."""

import numpy as np
import pytest

from train.faces import ridge

ALPHAS = [0.1, 2.0]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(("faces", "dims"), [(20, 50), (60, 8)])
def test_closed_form(rng: np.random.Generator, faces: int, dims: int) -> None:
    x = rng.normal(size=(faces, dims)) + 3
    y = rng.normal(size=(faces, 2)) - 1
    fitted = ridge.fit(x, y, ALPHAS)
    centred = x - x.mean(0)
    scale = (centred**2).sum() / faces  # mean squared length
    for k, alpha in enumerate(ALPHAS):
        penalty = alpha * scale * np.eye(dims)
        weight = np.linalg.solve(
            centred.T @ centred + penalty, centred.T @ (y[:, k] - y[:, k].mean())
        )
        np.testing.assert_allclose(fitted.weight[:, k], weight, atol=1e-10)
    np.testing.assert_allclose(fitted(x.mean(0)), y.mean(0))


def test_share_of_variance(rng: np.random.Generator) -> None:
    y = rng.normal(size=(50, 3))
    predicted = np.stack([y[:, 0], np.full(50, y[:, 1].mean()), y[:, 2] * 0.5], axis=1)
    assert ridge.r2(y, predicted)[:2] == pytest.approx([1, 0])
    residual = (0.25 * y[:, 2] ** 2).sum() / ((y[:, 2] - y[:, 2].mean()) ** 2).sum()
    assert ridge.r2(y, predicted)[2] == pytest.approx(1 - residual)


def test_strengths_by_cross_validation(rng: np.random.Generator) -> None:
    x = rng.normal(size=(200, 5))
    folds = np.arange(200) % 5
    clear = x @ rng.normal(size=5)
    noise = rng.normal(size=200)
    y = np.stack([clear, noise], axis=1)
    chosen = ridge.choose_alphas(x, y, folds)
    assert chosen[0] == min(ridge.ALPHAS)
    assert chosen[1] == max(ridge.ALPHAS)
    # By hand for the first target.
    scores = []
    for alpha in ridge.ALPHAS:
        predicted = np.zeros((200, 1))
        for fold in range(5):
            inside = folds != fold
            predicted[~inside] = ridge.fit(x[inside], y[inside, :1], [alpha])(x[~inside])
        scores.append(ridge.r2(y[:, :1], predicted)[0])
    assert chosen[0] == ridge.ALPHAS[int(np.argmax(scores))]


def test_nested_predictions_do_not_see_what_they_predict(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(60, 100)), rng.normal(size=(60, 2))
    folds = np.arange(60) % 6
    before = ridge.nested_predictions(x, y, folds)
    changed = y.copy()
    changed[folds == 2] += 100 * rng.normal(size=(10, 2))
    after = ridge.nested_predictions(x, changed, folds)
    assert np.array_equal(before[folds == 2], after[folds == 2])
    assert not np.allclose(before[folds != 2], after[folds != 2])
    # Pure noise with more dimensions than faces is not explained, though a plain fit seems to.
    assert (ridge.r2(y, before) < 0.1).all()
    assert (ridge.r2(y, ridge.fit(x, y, [0.1, 0.1])(x)) > 0.8).all()
