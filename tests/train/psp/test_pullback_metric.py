"""The metric of what is seen, against the distance itself; the coordinates of codes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.networks.perceptual import PerceptualFeatures, feature_distance
from tests.toy_bundle import NUM_WS, W_DIM, toy_generator
from train.faces.population import Population
from train.psp.latent_codes import code_basis
from train.psp.pullback_metric import PIXEL_SIZE, cached_metric, pullback_metric, residuals
from train.psp.reconstruction import Reconstruction


@pytest.fixture(scope="module")
def population() -> Population:
    random = np.random.default_rng(0)
    root = random.normal(size=(W_DIM, W_DIM)) * np.geomspace(1, 0.05, W_DIM)
    return Population(random.normal(size=W_DIM), root @ root.T)


@pytest.fixture(scope="module")
def perceptual() -> PerceptualFeatures:
    torch.manual_seed(0)
    return PerceptualFeatures(stages=2)


def test_residuals_square_to_the_distance(perceptual: PerceptualFeatures) -> None:
    one, other = torch.rand(2, 1, 3, 64, 64) * 2 - 1
    a, b = residuals(one, perceptual), residuals(other, perceptual)
    *features, pixels = [(x - y).square().sum() for x, y in zip(a, b, strict=True)]
    expected = feature_distance(perceptual(one), perceptual(other))[0]
    torch.testing.assert_close(sum(features), expected)
    assert PIXEL_SIZE == 64
    torch.testing.assert_close(pixels, (one - other).square().mean())


def test_the_metric_is_the_mean_of_jacobians(perceptual: PerceptualFeatures) -> None:
    torch.manual_seed(1)
    mixing = torch.randn(4, 3 * 64 * 64) * 0.2

    def render(w: torch.Tensor) -> torch.Tensor:
        return (w @ mixing).tanh().view(-1, 3, 64, 64)

    w = torch.randn(1, 4)

    def flat(x: torch.Tensor) -> torch.Tensor:
        return torch.cat([part.flatten() for part in residuals(render(x[None]), perceptual)])

    # Column by column from differences, in which no gradient takes part.
    steps = 1e-2 * torch.eye(4)
    columns = [(flat(w[0] + step) - flat(w[0] - step)) / 2e-2 for step in steps]
    jacobian = torch.stack(columns, 1)  # [residuals, 4]
    expected = jacobian.T @ jacobian
    estimate = pullback_metric(render, perceptual, w.expand(600, -1), batch=60).float()
    torch.testing.assert_close(estimate, expected, atol=0.2 * expected.max().item(), rtol=0)


def test_a_random_face_is_about_one_away(
    population: Population, perceptual: PerceptualFeatures, tmp_path: Path
) -> None:
    reconstruction = Reconstruction(toy_generator().synthesis, 32)
    faces = torch.randn(40, W_DIM)
    metric = cached_metric(tmp_path, reconstruction, perceptual, faces, population)
    assert metric.shape == (W_DIM, W_DIM)
    random = np.random.default_rng(1)
    steps = random.multivariate_normal(np.zeros(W_DIM), population.covariance, 5000)
    lengths = np.einsum("nd,de,ne->n", steps, metric.double().numpy(), steps)
    assert lengths.mean() == pytest.approx(1, rel=0.1)
    # Kept beside the faces; made once.
    again = cached_metric(tmp_path, reconstruction, perceptual, faces[:0], population)
    assert torch.equal(metric, again)


def test_codes_are_coordinates_of_w(population: Population) -> None:
    basis, inverse = code_basis(population)
    torch.testing.assert_close(basis @ inverse, torch.eye(W_DIM), atol=1e-4, rtol=0)
    random = np.random.default_rng(2)
    steps = random.multivariate_normal(np.zeros(W_DIM), population.covariance, 20000)
    codes = steps @ inverse.double().numpy().T
    assert np.square(codes).mean() == pytest.approx(1, rel=0.05)
    deviations = np.sort(codes.std(0))
    widths = np.sqrt(np.linalg.eigvalsh(population.covariance))
    # Half-way to white: the ratio of the widest to the narrowest is the root of that of w.
    expected = (widths[-1] / widths[0]) ** 0.5
    assert deviations[-1] / deviations[0] == pytest.approx(expected, rel=0.1)


def test_reconstructions_say_which_rows_show() -> None:
    synthesis = toy_generator().synthesis
    reconstruction = Reconstruction(synthesis, 16)
    ws = torch.randn(2, NUM_WS, W_DIM)
    pictures = reconstruction(ws)
    assert pictures.shape == (2, 3, 16, 16)
    changed = ws.clone()
    changed[:, reconstruction.visible :] += 1
    assert torch.equal(reconstruction(changed), pictures)
    changed[:, reconstruction.visible - 1] += 1
    assert not torch.equal(reconstruction(changed), pictures)
