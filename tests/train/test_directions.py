"""Directions of the axes: the least unusual step that changes one reading and no other."""

import numpy as np
import pytest
import torch

from mbtiface.networks.mapping import MappingNetwork
from train.faces import directions, population
from train.faces.directions import Evidence, RatedFaces
from train.faces.population import Population, sample_population
from train.faces.ridge import LinearMap

DIMS, AXES, COVARIATES = 20, 4, 5


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def people(rng: np.random.Generator) -> Population:
    root = rng.normal(size=(DIMS, DIMS))
    return Population(rng.normal(size=DIMS), root @ root.T / DIMS + 0.1 * np.eye(DIMS))


def unusual(step: np.ndarray, people: Population) -> float:
    return float(np.sqrt(step @ np.linalg.inv(people.covariance) @ step))


def test_length_in_deviations(rng: np.random.Generator, people: Population) -> None:
    steps = rng.normal(size=(2, 3, DIMS))
    lengths = people.distance(steps)
    assert lengths.shape == (2, 3)
    assert lengths[1, 2] == pytest.approx(unusual(steps[1, 2], people))


def test_least_unusual_step(rng: np.random.Generator, people: Population) -> None:
    read = LinearMap(rng.normal(size=(DIMS, AXES + COVARIATES)), np.zeros(AXES + COVARIATES))
    nobody = RatedFaces(np.zeros((0, DIMS)), np.zeros((0, AXES)), np.zeros((0, COVARIATES)))
    certain = np.zeros((AXES + COVARIATES,) * 2)
    steps = directions.least_unusual(Evidence(nobody, people, read, certain))
    # Without chance in the maps there is nothing to correct.
    corrected = directions.noise_corrected(Evidence(nobody, people, read, certain))
    np.testing.assert_allclose(corrected, steps, atol=1e-9)
    assert steps.shape == (AXES, DIMS)
    # One unit on its own axis, nothing on the others and on the covariates.
    np.testing.assert_allclose(steps @ read.weight, np.eye(AXES, AXES + COVARIATES), atol=1e-9)
    # Any other step that does the same is further from the population.
    free = np.linalg.svd(read.weight.T)[2][AXES + COVARIATES :]  # changes no reading
    for k, step in enumerate(steps):
        for size in [0.3] * 20 + [0.01] * 30:
            other = step + rng.normal(size=len(free)) * size @ free
            np.testing.assert_allclose(other @ read.weight, steps[k] @ read.weight, atol=1e-9)
            assert unusual(other, people) > unusual(step, people)


def planted(rng: np.random.Generator, faces: int) -> tuple[RatedFaces, np.ndarray]:
    """Latents that hold axes and covariates in known directions; axes go with covariates."""
    covariates = rng.normal(size=(faces, COVARIATES))
    scores = rng.normal(size=(faces, AXES)) + 0.5 * covariates[:, :AXES]
    basis = np.linalg.qr(rng.normal(size=(DIMS, DIMS)))[0]
    noise = rng.normal(size=(faces, DIMS)) * 0.3
    w = scores @ basis[:AXES] + covariates @ basis[AXES : AXES + COVARIATES] + noise
    return RatedFaces(w, scores, covariates), basis


def test_regression_separates_what_the_difference_of_means_mixes(rng: np.random.Generator) -> None:
    faces, basis = planted(rng, 2000)
    w, scores = faces.w, faces.scores
    people = Population(w.mean(0), np.cov(w.T))
    read = LinearMap(np.zeros((DIMS, AXES + COVARIATES)), np.zeros(AXES + COVARIATES))
    evidence = Evidence(faces, people, read, np.zeros((AXES + COVARIATES,) * 2))
    cleaned = directions.regression(evidence)
    np.testing.assert_allclose(cleaned, basis[:AXES], atol=0.04)
    mixed = directions.difference_of_means(evidence)
    leaked = mixed @ basis[AXES : AXES + COVARIATES].T
    assert np.diag(leaked).min() > 0.2
    above, below = scores[:, 2] > 0, scores[:, 2] <= 0
    np.testing.assert_allclose(mixed[2], (w[above].mean(0) - w[below].mean(0)) / 2)


def test_leakage_is_measured_on_faces_not_used(rng: np.random.Generator) -> None:
    faces, _ = planted(rng, 600)
    people = Population(faces.w.mean(0), np.cov(faces.w.T))
    alphas = [0.1] * (AXES + COVARIATES)
    nothing = np.zeros((DIMS, 0))
    halves = list(directions.halvings(faces, alphas, nothing, people, seed=1))
    measured = {
        name: directions.leakage(method, halves) for name, method in directions.METHODS.items()
    }
    for moved, lengths in measured.values():
        assert moved.shape == (AXES, AXES + COVARIATES)
        np.testing.assert_allclose(np.diag(moved[:, :AXES]), 1)
        assert (lengths > 0).all()
    worst = {name: np.abs(moved[:, AXES:]).max() for name, (moved, _) in measured.items()}
    assert worst["difference of means"] > 0.2
    assert worst["least unusual step"] < worst["difference of means"] / 2
    halves = list(directions.halvings(faces, alphas, nothing, people, seed=1))
    again = directions.leakage(directions.least_unusual, halves)
    assert np.array_equal(again[0], measured["least unusual step"][0])


def test_what_is_worn_is_held_still_too(rng: np.random.Generator) -> None:
    faces, _ = planted(rng, 600)
    people = Population(faces.w.mean(0), np.cov(faces.w.T))
    worn = rng.normal(size=(DIMS, 2))
    seen: list[np.ndarray] = []

    def method(evidence: Evidence) -> np.ndarray:
        seen.append(directions.least_unusual(evidence))
        return seen[-1]

    alphas = [0.1] * (AXES + COVARIATES)
    directions.leakage(method, list(directions.halvings(faces, alphas, worn, people, seed=1)))
    assert len(seen) == directions.SPLITS
    for steps in seen:
        np.testing.assert_allclose(steps @ worn, 0, atol=1e-9)


def test_population_of_a_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "SAMPLES", 20_000)
    torch.manual_seed(0)
    mapping = MappingNetwork(6, 0, 5, num_ws=3, num_layers=2).eval()
    people = sample_population(mapping, 6, seed=3)
    assert np.array_equal(people.mean, sample_population(mapping, 6, seed=3).mean)
    w = mapping(torch.randn(20_000, 6, generator=torch.Generator().manual_seed(9)))[:, 0].double()
    np.testing.assert_allclose(people.mean, w.mean(0).detach(), atol=0.05)
    np.testing.assert_allclose(people.covariance, torch.cov(w.T).detach(), atol=0.06)


def test_axes_that_share_a_look_are_told_apart_in_spite_of_chance(
    rng: np.random.Generator,
) -> None:
    """Two axes show mostly in one direction of w; few faces make their maps noisy."""
    root = np.diag(np.linspace(2.0, 0.3, DIMS))
    people = Population(np.zeros(DIMS), root @ root)
    truth = rng.normal(size=(DIMS, AXES)) * 0.3
    truth[:, 2] = truth[:, 0] + 0.4 * truth[:, 2]
    w = rng.normal(size=(400, DIMS)) @ root
    scores = w @ truth + rng.normal(size=(400, AXES)) * 3.0
    faces = RatedFaces(w, scores, np.zeros((400, 0)))
    nothing = np.zeros((DIMS, 0))
    halves = list(directions.halvings(faces, [1.0] * AXES, nothing, people, seed=1, count=40))
    shared = {
        name: directions.leakage(directions.METHODS[name], halves)[0][[0, 2], [2, 0]]
        for name in ("least unusual step", "least unusual step, noise-corrected")
    }
    plain, corrected = shared.values()
    assert (np.abs(corrected) < np.abs(plain) - 0.05).all(), shared
