"""Ratings to a bundle's averages by the commands themselves, on made-up faces with planted axes."""

import csv
import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mbtiface.faces.loading import load
from mbtiface.faces.studio import Studio
from mbtiface.personality.types import AXES, CODES, GENDERS, LETTERS, axis_of, sign_of
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.manifest import FileSpec
from tests.toy_bundle import NUM_WS, write_toy_bundle
from tests.train.planted_faces import (
    FACES,
    PLANTED,
    POSE,
    W_DIM,
    YOUNG,
    Planted,
    paint,
    ratings_of,
    seen_faces_of,
)
from train.__main__ import main
from train.commands import averages as command
from train.faces import directions, population
from train.faces.means import LEAST_FACES
from train.faces.population import sample_population

MEANS_BEFORE = {
    "age.bias": 28.1406,
    "age.weight": 0.129775,
    "directions": 0.15252,
    "gender.bias": 0.422363,
    "gender.weight": 0.0108056,
    "gender_means": 0.343862,
    "impression.bias": 0.621216,
    "impression.weight": 0.0175921,
    "letter_means": 0.359715,
    "strength": 2.32959,
    "type_counts": 7.5,
    "type_means": 0.443857,
    "young.bias": 0.408447,
    "young.weight": 0.00909611,
}
"""Mean absolute values as they were before types without ratings could be averaged."""


@pytest.fixture(scope="module", autouse=True)
def fewer_samples() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population, "SAMPLES", 20_000)
        yield


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    folder = tmp_path_factory.mktemp("planted")
    bundle = write_toy_bundle(folder / "bundle", faces=False, w_dim=W_DIM)
    from mbtiface.weights.bundle import load_generator

    mapping = load_generator(open_bundle(bundle)).mapping
    people = sample_population(mapping, W_DIM, seed=5)
    values, vectors = np.linalg.eigh(people.covariance)
    to_coordinates = vectors / np.sqrt(values)  # w -> u, columns by rising spread
    to_coordinates = to_coordinates[:, ::-1]
    z = torch.randn(FACES, W_DIM, generator=torch.Generator().manual_seed(6))
    w = mapping(z)[:, 0]
    u = (w.double().numpy() - people.mean) @ to_coordinates
    data = folder / "data"
    data.mkdir()
    files = [f"faces/{k:04}.png" for k in range(FACES)]
    for file, row in zip(files, u, strict=True):
        paint(data / file, row[POSE])
    values_of = ratings_of(u, np.random.default_rng(7))
    with (data / "ratings.csv").open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["file", *values_of])
        for k, file in enumerate(files):
            writer.writerow([file, *(f"{column[k]:.4f}" for column in values_of.values())])
    save_file({"w": w.contiguous()}, data / "latents.safetensors")
    labels = folder / "labels" / "labels.csv"
    return Planted(bundle, data, labels, folder / "averages", people, to_coordinates)


@pytest.fixture(scope="module")
def made(planted: Planted) -> Studio:
    """The studio of the bundle after both commands."""
    ratings = str(planted.data / "ratings.csv")
    assert main(["label", "--ratings", ratings, "--out", str(planted.labels.parent)]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "seen_faces", seen_faces_of(planted))
        assert main(planted.arguments()) == 0
    return load(planted.bundle, "cpu")


def test_what_the_commands_write(made: Studio, planted: Planted) -> None:
    report = json.loads((planted.labels.parent / "report.json").read_text("utf-8"))
    assert sum(sum(cell.values()) for cell in report["counts"].values()) == FACES
    np.testing.assert_allclose(report["correlation"], np.eye(4), atol=2e-3)
    figures = json.loads((planted.run / "report.json").read_text("utf-8"))
    assert min(figures["r2"][axis] for axis in AXES) > 0.6
    assert set(figures["leakage"]) == set(directions.METHODS)
    table = (planted.run / "directions.md").read_text("utf-8")
    assert table.count("\n") == 2 + len(AXES) * len(directions.METHODS)
    assert set(figures["bootstrap"]) == {*GENDERS, "resamples", "level", "pairs_apart"}
    assert set(figures["type_ratings"]) == set(GENDERS)
    config = json.loads((planted.run / "config.json").read_text("utf-8"))
    assert "dry_run" not in config
    manifest = open_bundle(planted.bundle).manifest
    assert "faces.safetensors" in manifest.files
    raw = load_file(planted.bundle / "raw_means.safetensors")
    assert raw["type_means"].shape == (2, 16, W_DIM)
    counts = raw["type_counts"]
    assert not ((counts > 0) & (counts < LEAST_FACES)).any()
    assert manifest.provenance["seed"] == 0
    assert manifest.provenance["faces"]["labelled_faces"] == FACES
    assert manifest.metrics["faces"]["r2"] == figures["r2"]
    assert any("One Million Impressions" in credit for credit in manifest.credits)


def test_rated_faces_give_what_they_always_gave(made: Studio) -> None:
    found = {name: float(made.averages.tensors[name].abs().mean()) for name in MEANS_BEFORE}
    assert found == pytest.approx(MEANS_BEFORE, rel=2e-3)
    rated = made.manifest.provenance["faces"]
    assert not {"source", "age_map", "young_map"} & set(rated)


@pytest.mark.parametrize("gender", ["female", "male", "both"])
def test_directions_are_the_planted_axes(made: Studio, planted: Planted, gender: str) -> None:
    for k, axis in enumerate(AXES):
        step = made.averages.direction(axis, gender)
        assert torch.equal(step[6], step[5])
        u = step.mean(0).double().numpy() @ planted.to_coordinates
        cosine = u[k] / np.linalg.norm(u)
        assert cosine > 0.97, f"{axis}: {cosine:.3f}"


def test_a_unit_reads_one_and_leaves_the_others(made: Studio) -> None:
    w = made.gender_mean("female")
    before = made.impression(w)
    for axis in AXES:
        after = made.impression(made.morph(w, {axis: 1.0}, "both", strength=1.0))
        change = {each: after[each] - before[each] for each in AXES}
        assert change.pop(axis) == pytest.approx(1.0, abs=0.02)
        assert max(map(abs, change.values())) < 0.15
        age = made.age(made.morph(w, {axis: 1.0}, "both", strength=1.0)) - made.age(w)
        assert abs(age) < 1.5


def test_strength_is_the_length_asked_for(made: Studio, planted: Planted) -> None:
    for axis in AXES:
        w = torch.zeros(NUM_WS, W_DIM)
        step = made.morph(w, {axis: 1.0}, "both")[:6].mean(0).double().numpy()
        length = float(planted.people.distance(step))
        assert length == pytest.approx(command.Config.step, rel=0.05)


@pytest.mark.parametrize("gender", ["female", "male"])
def test_averages_are_the_letters_they_say(made: Studio, gender: str) -> None:
    for letter in LETTERS:
        read = made.impression(made.letter_mean(letter, gender))
        assert read[axis_of(letter)] * sign_of(letter) == pytest.approx(1.0, abs=0.5)
    for axis_number, axis in enumerate(AXES):
        toward = [made.impression(made.type_mean(code, gender))[axis] for code in CODES]
        signs = [sign_of(code[axis_number]) for code in CODES]
        assert all(value * sign > 0.2 for value, sign in zip(toward, signs, strict=True))
    counted = sum(made.type_count(code, gender) for code in CODES)
    assert counted == made.letter_count("E", gender) + made.letter_count("I", gender)


def test_age_and_youth_are_read(made: Studio, planted: Planted) -> None:
    z = torch.randn(400, W_DIM, generator=torch.Generator().manual_seed(11))
    from mbtiface.weights.bundle import load_generator

    ws = load_generator(open_bundle(planted.bundle)).mapping(z)
    u = (ws[:, 0].double().numpy() - planted.people.mean) @ planted.to_coordinates
    age = made.averages.read("age", ws)[:, 0].numpy()
    true_age = 35 + 8 * u[:, len(AXES) + PLANTED.index("age")]
    assert np.corrcoef(age, true_age)[0, 1] > 0.9
    assert np.abs(age - true_age).mean() < 4
    refused = made.averages.read("young", ws)[:, 0].numpy() >= 0.5
    young = u[:, YOUNG] > 0.8
    assert refused[young].mean() > 0.85
    assert refused[~young].mean() < 0.5


def test_the_same_run_goes_on_and_another_is_refused(
    made: Studio, planted: Planted, caplog: pytest.LogCaptureFixture
) -> None:
    before = open_bundle(planted.bundle).manifest
    assert main(planted.arguments("--step", "1.1")) == 1
    assert "holds a run with another step. Give the same options to go on" in caplog.text
    assert open_bundle(planted.bundle).manifest == before
    ratings = str(planted.data / "ratings.csv")
    assert main(["label", "--ratings", ratings, "--out", str(planted.labels.parent)]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "seen_faces", seen_faces_of(planted))
        assert main(planted.arguments()) == 0
    assert open_bundle(planted.bundle).manifest == before


def test_latents_of_a_projection_run(made: Studio, planted: Planted, tmp_path: Path) -> None:
    """The same latents by way of a run give the same averages."""
    before = open_bundle(planted.bundle).manifest
    w = load_file(planted.data / "latents.safetensors")["w"]
    rows = w[:, None].repeat(1, NUM_WS, 1)
    save_file({"w": rows.flip(0).contiguous()}, tmp_path / "latents.safetensors")
    names = [f"{k:04}.png" for k in reversed(range(FACES))]
    (tmp_path / "files.json").write_text(json.dumps(names))
    arguments = planted.arguments("--latents", str(tmp_path))
    arguments[arguments.index("--out") + 1] = str(tmp_path / "run")
    arguments[arguments.index("--bundle") + 1] = str(tmp_path / "bundle")
    shutil.copytree(planted.bundle, tmp_path / "bundle")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "seen_faces", seen_faces_of(planted))
        assert main(arguments) == 0
    after = open_bundle(tmp_path / "bundle").manifest
    assert after.metrics["faces"] == before.metrics["faces"]
    digests = after.provenance["faces"]["files_sha256"]
    assert digests["ratings.csv"] == before.provenance["faces"]["files_sha256"]["ratings.csv"]
    assert digests["latents.safetensors"] == FileSpec.of(tmp_path / "latents.safetensors").sha256


def test_a_dry_run_writes_nothing(
    planted: Planted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ratings = str(planted.data / "ratings.csv")
    before = (planted.bundle / "manifest.json").read_bytes()
    assert main(["label", "--ratings", ratings, "--out", str(tmp_path / "a"), "--dry-run"]) == 0
    assert f'"ratings": "{ratings}"' in caplog.text
    arguments = planted.arguments("--dry-run")
    arguments[arguments.index("--out") + 1] = str(tmp_path / "b")
    assert main(arguments) == 0
    assert '"fine_from": 8' in caplog.text
    assert list(tmp_path.iterdir()) == []
    assert (planted.bundle / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("wrong", ["latents", "labels"])
def test_data_that_does_not_belong_together(
    made: Studio, planted: Planted, tmp_path: Path, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    arguments = planted.arguments()
    arguments[arguments.index("--out") + 1] = str(tmp_path / "run")
    if wrong == "latents":
        data = tmp_path / "data"
        data.mkdir()
        (data / "ratings.csv").write_bytes((planted.data / "ratings.csv").read_bytes())
        save_file({"w": torch.zeros(3, W_DIM)}, data / "latents.safetensors")
        arguments[arguments.index("--data") + 1] = str(data)
        message = f"latents of shape [3, {W_DIM}], expected [{FACES}, w_dim]"
    else:
        lines = planted.labels.read_text("utf-8").splitlines()[:-1]
        (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
        arguments[arguments.index("--labels") + 1] = str(tmp_path / "labels.csv")
        message = "list different faces"
    assert main(arguments) == 1
    assert message in caplog.text
    assert not (tmp_path / "run").exists()
