"""`averages` of a table of types: no ratings, planted axes, a generator that is not FFHQ's."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mbtiface.faces.loading import load
from mbtiface.faces.studio import ADULT_AGE, Studio
from mbtiface.personality.types import AXES, CODES, GENDERS
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.card import CARD
from mbtiface.weights.manifest import read_manifest
from mbtiface.weights.writing import write_manifest
from tests.toy_bundle import NUM_WS, write_toy_bundle
from tests.train.data.picture_files import write_table
from tests.train.planted_faces import W_DIM
from train.__main__ import main
from train.data.labels import code_of
from train.faces import population
from train.faces.population import sample_population

FACES = 400
GENDER, AGE, HEIGHT = 4, 5, 6
"""Whitened coordinates of w that stand for them; the first four stand for the axes."""
NOBODY = ("ENFP", "female")
"""A type that no woman of the table has."""


class People:
    """Made-up people on disk, with the truth behind them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundle = write_toy_bundle(folder / "bundle", faces=False, w_dim=W_DIM)
        self.mapping = load_generator(open_bundle(self.bundle)).mapping
        people = sample_population(self.mapping, W_DIM, seed=5)
        values, vectors = np.linalg.eigh(people.covariance)
        self.mean, self.to_u = people.mean, (vectors / np.sqrt(values))[:, ::-1]
        z = torch.randn(FACES, W_DIM, generator=torch.Generator().manual_seed(6))
        w = self.mapping(z)[:, 0]
        u = self.coordinates(w)
        self.rows = [
            (
                f"people/{at:03}.jpg",
                code_of(row[: len(AXES)]),
                GENDERS[int(row[GENDER] > 0)],
                round(float(np.clip(40 + 10 * row[AGE], 18, 100)), 1),
                round(170 + 9 * row[HEIGHT], 1),
            )
            for at, row in enumerate(u)
        ]
        run = folder / "latents"
        run.mkdir()
        save_file({"w": w[:, None].repeat(1, NUM_WS, 1)}, run / "latents.safetensors")
        names = [Path(row[0]).name for row in self.rows]
        (run / "files.json").write_text(json.dumps(names))

    def coordinates(self, w: torch.Tensor) -> np.ndarray:
        return (w.double().numpy() - self.mean) @ self.to_u

    def average(
        self, out: Path, rows: Sequence[Sequence[object]], columns: int, *more: str
    ) -> tuple[int, Path]:
        """Label some people by the first columns and average them: exit status and bundle."""
        header = ",".join(("file", "type", "gender", "age", "height")[:columns])
        table = [row[:columns] for row in rows]
        out.mkdir()
        write_table(out / "t.csv", table, header)
        assert main(["label", "--csv", str(out / "t.csv"), "--out", str(out / "labels")]) == 0
        shutil.copytree(self.bundle, out / "bundle")
        arguments = ["--bundle", out / "bundle", "--labels", out / "labels" / "labels.csv"]
        arguments += ["--latents", self.folder / "latents", "--out", out / "run", *more]
        return main(["averages", *map(str, arguments)]), out / "bundle"


@pytest.fixture(scope="module", autouse=True)
def fewer_samples() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population, "SAMPLES", 20_000)
        yield


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def aged(people: People) -> Studio:
    """Types, ages and heights of all but the women whose type nobody is to have."""
    rows = [row for row in people.rows if row[1:3] != NOBODY]
    status, bundle = people.average(people.folder / "aged", rows, 5)
    assert status == 0
    return load(bundle, "cpu")


def test_directions_move_their_axis_and_no_column_of_the_table(
    aged: Studio, people: People
) -> None:
    for gender in GENDERS:
        for k, axis in enumerate(AXES):
            step = aged.averages.direction(axis, gender).mean(0).double().numpy() @ people.to_u
            assert step[k] / np.linalg.norm(step) > 0.9
            assert np.abs(step[[GENDER, AGE, HEIGHT]]).max() < 0.25 * step[k]
    held = aged.manifest.provenance["faces"]["held_still"]
    assert held == ["gender", "age", "height"]
    assert aged.manifest.provenance["faces"]["averages_adjusted_for"] == ["age", "height"]
    assert set(aged.manifest.metrics["faces"]["r2"]) == {*AXES, *held}


def test_age_is_read_and_the_young_are_refused_by_it(aged: Studio, people: People) -> None:
    z = torch.randn(300, W_DIM, generator=torch.Generator().manual_seed(11))
    ws = people.mapping(z)
    truth = 40 + 10 * people.coordinates(ws[:, 0])[:, AGE]
    age = aged.averages.read("age", ws)[:, 0].numpy()
    assert np.abs(age - truth).mean() < 3
    young = aged.averages.read("young", ws)[:, 0].numpy()
    near = np.abs(age - ADULT_AGE) < 0.2
    assert ((young >= 0.5) == (age <= ADULT_AGE))[~near].all()
    assert (age < ADULT_AGE - 0.2).any()
    for seed in range(20):
        assert aged.age(aged.sample(seed, psi=1.0)) >= ADULT_AGE
    said = aged.manifest.provenance["faces"]
    assert said["age_map"] == "fitted"
    assert said["young_map"] == "the map of age in another unit: 0.5 at 22 years"


def test_a_type_that_nobody_has_is_what_its_letters_predict(
    aged: Studio, people: People, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    code, gender = NOBODY
    assert aged.type_count(code, gender) == 0
    assert aged.type_count(code, "male") > 0
    read = aged.impression(aged.type_mean(code, gender))
    for axis, letter in zip(AXES, code, strict=True):
        assert read[axis] * (1 if letter in "ENFJ" else -1) > 0.5
    rows = [row for row in people.rows if row[1:3] != NOBODY]
    status, _ = people.average(tmp_path / "again", rows, 3, "--trained-on-adults")
    assert status == 0
    assert "no face at all: ENFP female (0). Their averages are what their letters" in caplog.text
    assert "without pictures pose and side light are not held still" in caplog.text


def test_manifest_and_card_name_neither_omi_nor_a_face(aged: Studio, people: People) -> None:
    manifest = aged.manifest
    card = (people.folder / "aged" / "bundle" / CARD).read_text("utf-8")
    assert manifest.credits == ("Made up for the tests.",)
    assert manifest.provenance["seed"] == 0
    faces = sum(row[1:3] != NOBODY for row in people.rows)
    assert manifest.provenance["faces"]["labelled_faces"] == faces
    assert f"rest on {faces} photos" in card
    assert "a map fitted on the ages of the labelled faces" in card
    for text in (card, manifest.to_json()):
        assert "OMI" not in text
        assert "Impressions" not in text
        assert ".jpg" not in text
        assert "raters" not in text
    assert "type_ratings" not in manifest.metrics["faces"]
    assert set(manifest.metrics["faces"]["bootstrap"]) > set(GENDERS)


def test_without_ages_children_cannot_be_told_unless_there_are_none(
    people: People, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    status, bundle = people.average(tmp_path / "refused", people.rows, 3)
    assert status == 1
    assert "Add a column `age` in years" in caplog.text
    assert "faces.safetensors" not in open_bundle(bundle).manifest.files
    assert not (tmp_path / "refused" / "run").exists()


def test_ages_that_the_latents_do_not_show_make_no_map(
    people: People, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ages = np.random.default_rng(2).uniform(18, 80, FACES).round(1)
    rows = [(*row[:3], age) for row, age in zip(people.rows, ages, strict=True)]
    status, _ = people.average(tmp_path / "refused", rows, 4)
    assert status == 1
    assert "The latents do not show the ages given" in caplog.text
    status, bundle = people.average(tmp_path / "said", rows, 4, "--trained-on-adults")
    assert status == 0
    studio = load(bundle, "cpu")
    assert studio.age(studio.sample(3, psi=1.0)) == 40
    assert not studio.averages.tensors["age.weight"].any()
    assert "Nothing here tells a child from an adult" in (bundle / CARD).read_text("utf-8")


def test_types_that_faces_do_not_show_are_called_chance(
    people: People, tmp_path: Path, aged: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    dealt = np.random.default_rng(5).permutation(FACES)
    rows = [
        (row[0], people.rows[at][1], *row[2:]) for row, at in zip(people.rows, dealt, strict=True)
    ]
    status, bundle = people.average(tmp_path / "dealt", rows, 4)
    assert status == 0
    assert "held-out faces do not show EI, SN, TF, JP" in caplog.text
    assert "Not seen in faces: EI, SN, TF, JP." in (bundle / CARD).read_text("utf-8")
    assert aged.manifest.metrics["faces"]["r2"]["EI"] > 0.3
    assert "Not seen" not in (people.folder / "aged" / "bundle" / CARD).read_text("utf-8")


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        (lambda row, _: row[2] == "male", "Too few labelled faces: no male face at all. The app"),
        (
            lambda row, seen: row[2] == "female" and row[1][1] == "N" and seen >= 7,
            "Too few labelled faces: N female (7). The app shows",
        ),
    ],
)
def test_each_letter_needs_faces_of_both_genders(
    people: People,
    tmp_path: Path,
    left_out: Callable[[tuple, int], bool],
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = []
    for row in people.rows:
        seen = sum(each[2] == "female" and each[1][1] == "N" for each in kept)
        if not left_out(row, seen):
            kept.append(row)
    assert people.average(tmp_path / "few", kept, 5)[0] == 1
    assert message in caplog.text
    assert not (tmp_path / "few" / "run").exists()


def test_new_faces_drop_the_figures_of_older_ones(people: People, tmp_path: Path) -> None:
    status, bundle = people.average(tmp_path / "new", people.rows, 4)
    assert status == 0
    measured = {"moves": {"layers": {}}, "fairness": {"worse": []}}
    manifest = read_manifest(bundle)
    write_manifest(bundle, replace(manifest, metrics={**manifest.metrics, **measured}))
    again = ["averages", "--bundle", str(bundle), "--latents", str(people.folder / "latents")]
    again += ["--labels", str(tmp_path / "new" / "labels" / "labels.csv")]
    assert main([*again, "--out", str(tmp_path / "new" / "run")]) == 0
    assert set(measured) < set(read_manifest(bundle).metrics)
    assert main([*again, "--out", str(tmp_path / "other"), "--step", "1.2"]) == 0
    assert not set(measured) & set(read_manifest(bundle).metrics)
    assert read_manifest(bundle).metrics["faces"]["prior_count"]


def test_types_without_a_face_do_not_stop_the_counts(aged: Studio) -> None:
    counted = sum(aged.type_count(code, "female") for code in CODES)
    assert counted == aged.letter_count("E", "female") + aged.letter_count("I", "female")
