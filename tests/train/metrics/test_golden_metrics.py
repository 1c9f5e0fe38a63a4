"""The arithmetic of metrics against the reference's numbers (golden 08)."""

import pytest
import torch

from tests.golden_files import Golden, assert_near, read_golden
from train.metrics.frechet import Moments, frechet_distance, moments
from train.metrics.inception_score import inception_score
from train.metrics.kernel_distance import kernel_distance, kernel_distance_over
from train.metrics.latent_paths import lerp, slerp, trimmed_mean
from train.metrics.picture_bytes import cut_bytes, grid_bytes, metric_bytes
from train.metrics.precision_recall import precision_recall


@pytest.fixture(scope="module")
def golden() -> Golden:
    return read_golden("08_metrics.safetensors")


def test_moments(golden: Golden) -> None:
    for name in ("real", "gen"):
        found = moments(golden[f"{name}_features"])
        assert_near(found.mean, golden[f"{name}_mean"], 1e-12)
        assert_near(found.covariance, golden[f"{name}_cov"], 1e-12)


def test_frechet_distance(golden: Golden) -> None:
    stored = [Moments(golden[f"{name}_mean"], golden[f"{name}_cov"]) for name in ("real", "gen")]
    measured = [moments(golden[f"{name}_features"]) for name in ("real", "gen")]
    expected = golden.config["fid"]
    assert frechet_distance(*stored) == pytest.approx(expected, rel=1e-8)
    assert frechet_distance(*measured) == pytest.approx(expected, rel=1e-8)


def test_frechet_distance_of_fewer_pictures_than_features(golden: Golden) -> None:
    case = golden.config["fid_rank_deficient"]
    real = moments(golden["real_features"][: case["n_real"]])
    generated = moments(golden["gen_features"][: case["n_gen"]])
    assert frechet_distance(real, generated) == pytest.approx(case["value"], rel=1e-6)


def test_kernel_distance_of_whole_sets(golden: Golden) -> None:
    case = golden.config["kid_full"]
    real, generated = golden["real_features"], golden["gen_features"]
    found = kernel_distance(real[: case["n"]], generated[: case["n"]])
    assert found == pytest.approx(case["value"], abs=1e-5)


def test_kernel_distance_of_subsets(golden: Golden) -> None:
    subsets = list(zip(golden["kid_real_subsets"], golden["kid_gen_subsets"], strict=True))
    assert len(subsets) == golden.config["kid_subsets"]["num_subsets"]
    found = kernel_distance_over(golden["real_features"], golden["gen_features"], subsets)
    assert found == pytest.approx(golden.config["kid_subsets"]["value"], abs=1e-5)


def test_precision_and_recall(golden: Golden) -> None:
    cases = golden.config["precision_recall"]
    assert len(cases) == 4
    for case in cases:
        real = golden["real_features"][: case["n_real"]]
        generated = golden["gen_features"][: case["n_gen"]]
        found = precision_recall(real, generated, case["nhood_size"])
        assert found.precision == pytest.approx(case["precision"], abs=1e-6)
        assert found.recall == pytest.approx(case["recall"], abs=1e-6)


def test_inception_score(golden: Golden) -> None:
    probabilities = golden["is_logits"].softmax(1)
    assert_near(probabilities, golden["is_probs"], 1e-6)
    for case in golden.config["inception_score"]:
        found = inception_score(probabilities, case["num_splits"])
        assert found.mean == pytest.approx(case["mean"], rel=1e-5)
        assert found.deviation == pytest.approx(case["std"], rel=1e-5, abs=1e-7)


def test_steps_between_latents(golden: Golden) -> None:
    a, b, t = golden["slerp_a"], golden["slerp_b"], golden["slerp_t"]
    assert_near(slerp(a, b, t), golden["slerp"], 1e-6)
    assert_near(lerp(a, b, t), golden["lerp"], 1e-6)


def test_trimmed_mean_of_path_lengths(golden: Golden) -> None:
    case, distances = golden.config["ppl"], golden["ppl_dist"]
    assert trimmed_mean(distances) == pytest.approx(case["value"], rel=1e-6)
    kept = (distances >= case["lo"]) & (distances <= case["hi"])
    assert trimmed_mean(distances) == pytest.approx(distances[kept].double().mean().item())


def test_bytes_of_pictures(golden: Golden) -> None:
    pictures = golden["conv_x"]
    assert torch.equal(metric_bytes(pictures), golden["conv_metric_uint8"])
    assert torch.equal(grid_bytes(pictures)[0, 0], golden["conv_grid_uint8"])
    assert torch.equal(cut_bytes(pictures)[0, 0], golden["conv_psp_uint8"])
