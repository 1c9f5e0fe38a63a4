"""Distances of sets of features against independent formulas, and what is refused."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from mbtiface.errors import InputError
from train.metrics import feature_distances
from train.metrics.feature_distances import nearest, squared_distances
from train.metrics.frechet import Moments, frechet_distance, moments
from train.metrics.inception_score import inception_score
from train.metrics.kernel_distance import draw_subsets, kernel_distance, kernel_distance_over
from train.metrics.latent_paths import slerp, trimmed_mean
from train.metrics.picture_bytes import metric_bytes
from train.metrics.precision_recall import precision_recall


def features(count: int, seed: int, shift: float = 0.0, dim: int = 6) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, dim, generator=random) + shift


def test_distances_are_euclidean_in_any_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = features(11, 0), features(7, 1)
    expected = ((a.double()[:, None] - b.double()) ** 2).sum(2)
    whole = torch.cat(list(squared_distances(a, b)))
    torch.testing.assert_close(whole, expected)
    monkeypatch.setattr(feature_distances, "BLOCK", 4)
    blocks = list(squared_distances(a, b))
    assert [len(block) for block in blocks] == [4, 4, 3]
    torch.testing.assert_close(torch.cat(blocks), expected)
    distances, indices = nearest(a, b)
    assert torch.equal(indices, expected.argmin(1))
    torch.testing.assert_close(distances, expected.min(1).values.sqrt())


def test_frechet_distance_is_the_formula_with_a_matrix_root() -> None:
    a, b = moments(features(50, 0)), moments(features(40, 1, shift=0.5) * 2)
    root = sqrtm(a.covariance.numpy() @ b.covariance.numpy()).real
    expected = ((a.mean - b.mean) ** 2).sum() + torch.trace(a.covariance + b.covariance)
    found = frechet_distance(a, b)
    assert found == pytest.approx(expected.item() - 2 * np.trace(root), rel=1e-9)
    assert frechet_distance(b, a) == pytest.approx(found, rel=1e-9)


def test_frechet_distance_of_a_set_to_itself_is_nothing() -> None:
    few = moments(features(5, 0, dim=30))  # fewer pictures than features
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-9)
    point = Moments(torch.zeros(3), torch.zeros(3, 3))
    assert frechet_distance(point, Moments(torch.ones(3), torch.zeros(3, 3))) == 3


def test_kernel_distance_is_the_sum_over_pairs() -> None:
    x, y = features(5, 0).double(), features(4, 1, shift=1.0).double()

    def kernel(a: torch.Tensor, b: torch.Tensor) -> float:
        return float((a @ b / 6 + 1) ** 3)

    within_x = [kernel(x[i], x[j]) for i in range(5) for j in range(5) if i != j]
    within_y = [kernel(y[i], y[j]) for i in range(4) for j in range(4) if i != j]
    across = [kernel(a, b) for a in x for b in y]
    expected = np.mean(within_x) + np.mean(within_y) - 2 * np.mean(across)
    assert kernel_distance(x, y) == pytest.approx(expected)


def test_kernel_distance_has_no_bias_for_few_pictures() -> None:
    small = [kernel_distance(features(20, k), features(20, 1000 + k)) for k in range(200)]
    error = np.std(small) / len(small) ** 0.5
    assert abs(np.mean(small)) < 4 * error
    assert kernel_distance(features(200, 0), features(200, 1, shift=1.0)) > 20 * np.std(small)


def test_subsets_are_drawn_without_repetition_and_again_the_same() -> None:
    subsets = draw_subsets(50, 30, count=3, size=40, seed=1)
    assert len(subsets) == 3
    for real, generated in subsets:
        assert len(set(real.tolist())) == len(set(generated.tolist())) == 30
        assert real.max() < 50
        assert generated.max() < 30
    again = draw_subsets(50, 30, count=3, size=40, seed=1)
    for (real, generated), (same_real, same_generated) in zip(subsets, again, strict=True):
        assert torch.equal(real, same_real)
        assert torch.equal(generated, same_generated)
    x, y = features(50, 0), features(30, 1, shift=0.3)
    expected = np.mean([kernel_distance(x[a], y[b]) for a, b in subsets])
    assert kernel_distance_over(x, y, subsets) == pytest.approx(expected)


def test_precision_tells_bad_pictures_and_recall_missing_ones() -> None:
    real = torch.cat([features(100, 0), features(100, 1, shift=20.0)])
    one_mode = features(100, 2)
    found = precision_recall(real, one_mode)
    assert found.precision > 0.9
    assert 0.3 < found.recall <= 0.5
    far = torch.cat([real[:50], features(50, 3, shift=-50.0)])
    found = precision_recall(real, far)
    assert found.precision == 0.5


def test_inception_score_of_sure_and_of_unsure_classes() -> None:
    sure = torch.eye(4).repeat(5, 1)
    assert inception_score(sure, 1).mean == pytest.approx(4)
    assert inception_score(torch.full((20, 4), 0.25), 2).mean == pytest.approx(1)


def test_slerp_ends_where_it_should() -> None:
    a, b = features(4, 0), features(4, 1) * 3
    ends = [slerp(a, b, torch.full((4, 1), t)) for t in (0.0, 1.0, 0.5)]
    for end, latent in zip(ends[:2], (a, b), strict=True):
        torch.testing.assert_close(end, latent / latent.norm(dim=1, keepdim=True))
    torch.testing.assert_close((ends[2] * ends[0]).sum(1), (ends[2] * ends[1]).sum(1))


def test_trimming_leaves_the_ends_out() -> None:
    distances = torch.arange(101.0)
    assert trimmed_mean(distances) == pytest.approx(50)
    distances[100] = 1e6
    assert trimmed_mean(distances) == pytest.approx(50)
    assert trimmed_mean(distances, percent=0) > 9000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: moments(torch.zeros(1, 4)), "1 rows, but 2 are needed"),
        (lambda: moments(torch.full((3, 4), float("nan"))), "not all finite"),
        (lambda: moments(torch.zeros(4)), "must be \\[n, d\\], but are \\[4\\]"),
        (
            lambda: frechet_distance(moments(torch.ones(3, 4)), moments(torch.ones(3, 5))),
            "4 and 5 features",
        ),
        (lambda: kernel_distance(torch.ones(3, 4), torch.ones(3, 5)), "4 columns and .* ones 5"),
        (lambda: kernel_distance_over(torch.ones(3, 4), torch.ones(3, 4), []), "No subsets"),
        (lambda: precision_recall(torch.ones(3, 4), torch.ones(9, 4)), "3 rows, but 4 are needed"),
        (lambda: inception_score(torch.ones(3, 4), 5), "3 pictures .* into 5 parts"),
        (lambda: trimmed_mean(torch.zeros(0)), "must be \\[n\\], n > 0, but are \\[0\\]"),
        (lambda: metric_bytes(torch.zeros(3, 4, 4)), "\\[3, 4, 4\\], but must be"),
    ],
)
def test_what_cannot_be_measured_is_refused(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
