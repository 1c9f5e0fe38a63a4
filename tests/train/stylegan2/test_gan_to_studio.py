"""The whole way of a maker: photos and a table, a generator of their own, and the studio serves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.faces.loading import load
from mbtiface.faces.studio import Studio
from mbtiface.networks.mapping import random_labels
from mbtiface.personality.types import CODES, GENDERS
from mbtiface.weights.card import CARD
from tests.train.data.picture_files import write_table
from tests.train.stylegan2.toy_gan import CHANGE, SIDE, config, write_discs
from train.commands import averages, bundle, gan, label, prepare, project
from train.data.labels import read_labels
from train.data.ratings import fold_of
from train.faces import population

LICENCE = "Photos of our own, all rights reserved"
ROUNDS = 2
"""Photos of each type and gender."""
CELLS = [(code, gender) for _ in range(ROUNDS) for code in CODES for gender in GENDERS]


def write_photos(studio: Studio, folder: Path) -> Path:
    """Photos that the generator knows, one a cell, and the table of their types."""
    folder.mkdir()
    random = torch.Generator().manual_seed(4)
    z = torch.randn(len(CELLS), studio.mapping.z_dim, generator=random)
    ws = studio.mapping(z, random_labels(studio.mapping, len(CELLS), random))
    names = [f"person {at:02d}.png" for at in range(len(CELLS))]
    for name, image in zip(names, studio.render(ws, size=SIDE), strict=True):
        image.save(folder / name)
    rows = [(name, *cell) for name, cell in zip(names, CELLS, strict=True)]
    return write_table(folder.parent / "types.csv", rows, "file,type,gender")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All commands but `averages`, one after the other, in one folder."""
    folder = tmp_path_factory.mktemp("way")
    write_discs(folder / "discs")
    change = replace(CHANGE, z_dim=16, w_dim=16)
    gan.main(config(folder / "discs", folder / "gan", 2, augment="none", change=change))
    bundle.main(bundle.Config(folder / "mine", gan=folder / "gan", license=LICENCE))
    table = write_photos(load(folder / "mine", "cpu"), folder / "photos")
    prepare.main(
        prepare.Config(
            folder / "faces",
            photos=folder / "photos",
            labels=table,
            size=SIDE,
            aligned=True,
            detector="none",
            least_sharpness=0,
            duplicate_distance=0,
        )
    )
    label.main(label.Config(folder / "labels", csv=table, dataset=folder / "faces"))
    of_project = project.Config(str(folder / "mine"), folder / "faces", folder / "latents")
    project.main(replace(of_project, w_plus=True, steps=3, batch=32))
    return folder


def options(made: Path) -> averages.Config:
    return averages.Config(
        bundle=made / "mine",
        labels=made / "labels" / "labels.csv",
        out=made / "averages",
        data=made / "faces",
        latents=made / "latents",
    )


@pytest.fixture(scope="module")
def studio(made: Path) -> Studio:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population, "SAMPLES", 5000)
        with pytest.raises(SourceError, match="children among its samples .* --trained-on-adults"):
            averages.main(options(made))
        assert not (made / "averages").exists()
        averages.main(replace(options(made), trained_on_adults=True))
    return load(made / "mine", "cpu")


def test_labels_are_those_of_the_pictures_that_photos_became(made: Path) -> None:
    labels = read_labels(made / "labels" / "labels.csv")
    assert labels.files[:2] == ("00000/img00000000.png", "00000/img00000001.png")
    assert labels.codes == [code for code, _ in CELLS]
    assert labels.male.tolist() == [gender == "male" for _, gender in CELLS]
    assert labels.folds.tolist() == [fold_of(f"person {at:02d}.png") for at in range(len(CELLS))]


def test_the_studio_serves_a_survey(studio: Studio) -> None:
    for gender in GENDERS:
        start = studio.gender_mean(gender)
        walk = studio.sequence(start, "ENTPENTJISFPIP", gender=gender)
        assert walk.shape == (15, studio.num_ws, studio.w_dim)
        assert torch.isfinite(walk).all()
        assert all((walk[k] - walk[k - 1]).abs().max() > 0 for k in range(1, 15))
        read = studio.impression(walk[4])
        before = studio.impression(start)
        assert read["EI"] > before["EI"]
        assert read["JP"] < before["JP"]
        for code in CODES:
            assert studio.type_count(code, gender) == ROUNDS
        assert studio.letter_count("E", gender) == 8 * ROUNDS
    pictures = studio.render(walk[:2], size=SIDE)
    assert [picture.size for picture in pictures] == [(SIDE, SIDE)] * 2


def test_samples_are_drawn_and_every_face_reads_as_an_adult(studio: Studio) -> None:
    w = studio.sample(5)
    assert not torch.equal(w, studio.sample(6))
    assert studio.is_adult(w, 0.5)
    assert studio.is_adult(w * 50, 0.5)
    kept = studio.morph(w, {"EI": 1.0}, keep=["age", "gender"])
    assert torch.isfinite(kept).all()
    assert float(studio.averages.read("gender", kept - w)) == pytest.approx(
        float(studio.averages.tensors["gender.bias"]), abs=1e-3
    )


def test_manifest_and_card_say_what_the_faces_are_and_name_nobody(
    studio: Studio, made: Path
) -> None:
    faces = studio.manifest.provenance["faces"]
    assert faces["labelled_faces"] == len(CELLS)
    assert faces["source"] == "typed"
    assert faces["age_map"] == "trained on adults"
    assert faces["young_map"] == "constant: no face reads as young"
    assert "what people say of themselves" in faces["label_rule"]
    assert faces["held_still"] == ["gender", "3 components of pose and side light"]
    assert set(faces["files_sha256"]) == {"labels.csv", "latents.safetensors"}
    assert "n + prior_count is at least 8" in faces["type_mean_rule"]
    assert studio.manifest.credits == ()
    card = (made / "mine" / CARD).read_text("utf-8")
    for text in (card, studio.manifest.to_json()):
        assert "person 0" not in text
        assert "img0000" not in text
        assert str(made) not in text
        assert "OMI" not in text
        assert "Impressions" not in text
    assert LICENCE in card
    assert f"rest on {len(CELLS)} photos whose types are what people say of themselves" in card
    assert "Nothing here tells a child from an adult" in card
    assert "raters" not in card
    assert not list((made / "mine").glob("LICENSE*"))


def test_no_type_of_few_faces_is_shown_plainly(made: Path, studio: Studio) -> None:
    from mbtiface.weights.bundle import open_bundle

    raw = open_bundle(made / "mine").tensors("raw_means")
    assert not raw["type_counts"].any()
    assert not raw["type_means"].any()
    # Two faces of eight count for a quarter at most: types lie near their letters' prediction.
    means = studio.averages.tensors["type_means"][:, :, 0].double().numpy()  # [2, 16, w_dim]
    signs = np.array([[1 if letter in "ENFJ" else -1 for letter in code] for code in CODES])
    design = np.column_stack([np.ones(16), signs])
    for own in means:
        predicted = design @ np.linalg.lstsq(design, own, rcond=None)[0]
        between = np.linalg.norm(own - predicted, axis=1)
        spread = np.linalg.norm(studio.averages.tensors["latent.scale"].double().numpy())
        assert between.max() < 0.5 * spread
