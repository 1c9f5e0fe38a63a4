"""A table of types with the embedded generator: what StyleGAN2's FFHQ space knows is taken over."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mbtiface.faces.averages import Averages
from mbtiface.personality.types import CODES, GENDERS
from mbtiface.weights.bundle import Bundle, check_tensors, load_generator, open_bundle
from mbtiface.weights.card import CARD
from tests.train.data.picture_files import write_table
from train.commands import averages, label
from train.data.by_eye import seen_faces
from train.faces import population
from train.faces.provenance import OMI, OMI_AGE, OMI_ENCODER

CELLS = [(code, gender) for code in CODES for gender in GENDERS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the embedded bundle with averages of 32 made-up faces, one a cell, without ages."""
    folder = tmp_path_factory.mktemp("embedded")
    embedded = open_bundle("embedded")
    shutil.copytree(embedded.folder, folder / "bundle")
    network = load_generator(embedded)
    z = torch.randn(len(CELLS), network.z_dim, generator=torch.Generator().manual_seed(2))
    (folder / "latents").mkdir()
    save_file({"w": network.mapping(z)}, folder / "latents" / "latents.safetensors")
    names = [f"{at}.jpg" for at in range(len(CELLS))]
    (folder / "latents" / "files.json").write_text(json.dumps(names))
    rows = [(name, *cell) for name, cell in zip(names, CELLS, strict=True)]
    table = write_table(folder / "types.csv", rows, "file,type,gender")
    label.main(label.Config(folder / "labels", csv=table))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population, "SAMPLES", 5000)
        averages.main(
            averages.Config(
                bundle=folder / "bundle",
                labels=folder / "labels" / "labels.csv",
                out=folder / "run",
                latents=folder / "latents",
            )
        )
    return folder


@pytest.fixture(scope="module")
def made(folder: Path) -> Bundle:
    return open_bundle(folder / "bundle")


def test_the_map_of_age_is_the_embedded_one(made: Bundle) -> None:
    tensors = {name: value.float() for name, value in made.tensors("faces").items()}
    check_tensors(tensors, Averages.shapes(18, 512), made.folder)
    own = Averages(tensors)
    embedded = Averages(
        {name: value.float() for name, value in open_bundle("embedded").tensors("faces").items()}
    )
    network = load_generator(made)
    w = network.mapping(torch.randn(50, 512, generator=torch.Generator().manual_seed(9)))
    years = embedded.read("age", w)
    assert years.std() > 5
    torch.testing.assert_close(own.read("age", w), years, atol=0.3, rtol=0)
    torch.testing.assert_close(own.read("young", w), embedded.read("young", w), atol=0.01, rtol=0)
    seen = seen_faces(network.mapping, network.z_dim)
    w = torch.from_numpy(seen.w).float()[:, None].expand(-1, 18, -1)
    refused = own.read("young", w)[:, 0].numpy() >= 0.5
    assert refused[seen.young].mean() > 0.95


def test_directions_leave_the_embedded_map_of_age_alone(made: Bundle) -> None:
    own = Averages({name: value.float() for name, value in made.tensors("faces").items()})
    age = own.weight("age").sum(0).double().numpy()
    for axis in range(4):
        step = own.tensors["directions"][:, axis].mean((0, 1)).double().numpy()
        assert abs(step @ age) < 0.05 * np.linalg.norm(step) * np.linalg.norm(age)


def test_what_is_said_of_omi_is_true(made: Bundle, folder: Path) -> None:
    manifest = made.manifest
    faces = manifest.provenance["faces"]
    assert (faces["source"], faces["age_map"]) == ("typed", "embedded")
    assert faces["young_map"] == "fitted on 420 made-up faces judged by eye"
    assert faces["held_still"] == [
        *("gender", "glasses", "headwear", "age by the embedded bundle's map")
    ]
    assert [each for each in manifest.credits if each.startswith(OMI)] == [OMI_AGE, OMI_ENCODER]
    card = (folder / "bundle" / CARD).read_text("utf-8")
    assert "The map of age is derived from OMI: CC BY-NC-SA 4.0." in card
    assert "averages are derived" not in card
    assert "behind the averages" not in card
    assert "raters" not in card
    assert "The person" not in card  # Measured with directions that are gone.
    assert ".jpg" not in manifest.to_json()
    names = set(manifest.files)
    assert "LICENSE.age-map.txt" in names
    assert "LICENSE.labelled-faces.txt" not in names
    licence = (open_bundle("embedded").folder / "LICENSE.labelled-faces.txt").read_bytes()
    assert (folder / "bundle" / "LICENSE.age-map.txt").read_bytes() == licence
