"""Fitting the aligner at toy size: it learns, and goes on where it stopped."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.faces.aligner import move_quad
from mbtiface.faces.alignment import square
from mbtiface.networks.aligner import CropAligner
from tests.train.psp.drawn_faces import write_faces
from train.psp import aligner_fit, aligner_samples, face_ground
from train.psp.aligner_fit import CORNERS, AlignerFit, FitOptions, point_distances
from train.psp.aligner_samples import CropSamples

SIZE = 32


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("faces")
    paths = [folder / f"{k}.png" for k in range(40)]
    write_faces(paths, SIZE)
    return paths


def start(paths: list[Path], folder: Path, steps: int, batch: int = 16) -> AlignerFit:
    torch.manual_seed(0)
    network = CropAligner(SIZE, 16, (24,), (1,), hidden=32)
    samples = CropSamples(paths.__getitem__, 8, len(paths), SIZE, 1)
    held_out = CropSamples(paths.__getitem__, 0, 8, SIZE, 2)
    return AlignerFit(network, samples, held_out, FitOptions(steps, batch), folder)


def test_training_lowers_the_error_on_held_out_faces(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligner_fit, "HELD_OUT_CROPS", 128)
    # On plain grounds and undisturbed, so that a toy learns within seconds.
    monkeypatch.setattr(face_ground, "GROUNDS", {"plain": 1.0})
    monkeypatch.setattr(aligner_samples, "weathered", lambda crop, random: crop)
    fit = start(paths, tmp_path, 200)
    assert fit.run()
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert last["step"] == 200
    assert last["held_out"] < 0.8 * last["held_out_before"]


def test_a_stopped_fit_ends_as_one_in_a_piece(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligner_fit, "HELD_OUT_CROPS", 64)
    for name in ("whole", "pieces"):
        (tmp_path / name).mkdir()
    whole = start(paths, tmp_path / "whole", 4, 4)
    assert whole.run()
    pieces = start(paths, tmp_path / "pieces", 4, 4)
    assert not pieces.run(deadline=time.monotonic() - 1)  # stops after its first step
    assert pieces.step == 1
    again = start(paths, tmp_path / "pieces", 4, 4)
    assert again.step == 1
    assert again.run()
    for name, value in whole.average.network.state_dict().items():
        assert torch.equal(value, again.average.network.state_dict()[name]), name


def test_distances_are_those_of_the_quads() -> None:
    random = torch.Generator().manual_seed(0)
    predicted, truth = torch.rand(2, 3, 4, generator=random) - 0.5
    quad = square(np.zeros(2), np.array([0.5, 0.0]))  # side 1, corners in the order of CORNERS
    assert quad == pytest.approx(np.array(CORNERS))
    measured = point_distances(predicted, truth)
    for k in range(3):
        one, other = (move_quad(quad, each[k].double().numpy()) for each in (predicted, truth))
        side = np.hypot(*(other[3] - other[0]))
        expected = 256 * np.hypot(*(one - other).T) / side
        assert measured[k, :4].numpy() == pytest.approx(expected, rel=1e-4)


def test_distances_of_the_truth_are_none_and_have_a_gradient() -> None:
    numbers = torch.full((1, 4), 0.1, requires_grad=True)
    distances = point_distances(numbers, numbers.detach())
    distances.sum().backward()
    assert distances.max() < 0.05
    assert torch.isfinite(numbers.grad).all()
