"""Samples of a bundle as a dataset: exact latents, adults, mixed rows, and going on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.errors import InputError, SourceError
from mbtiface.faces.loading import load
from mbtiface.faces.studio import ADULT_AGE
from tests.toy_bundle import NUM_WS, RESOLUTION, W_DIM, write_toy_bundle
from tests.train.toy_made import LAST_CROSSOVER, prepare_config
from train.commands.prepare import main
from train.data.made_faces import PART, YOUNG_LIMIT, MadeFaces, draw, to_rows


def test_pictures_are_those_of_their_latents(toy_made: MadeFaces) -> None:
    studio = load(toy_made.folder.parent / "bundle")
    w, crossover = toy_made.latents(NUM_WS)
    assert w.shape == (PART, 2, W_DIM)
    ws = to_rows(w[:8], crossover[:8], NUM_WS)
    for index, expected in enumerate(studio.render(ws, size=RESOLUTION)):
        errors = []
        for other in (index, index + 1):
            with Image.open(toy_made.picture(other)) as kept:
                difference = np.asarray(kept).astype(int) - np.asarray(expected).astype(int)
            errors.append(np.abs(difference).mean())
        assert errors[0] < 0.5 * errors[1]  # what a JPEG of high quality changes


def test_some_faces_have_rows_of_two_latents(toy_made: MadeFaces) -> None:
    w, crossover = toy_made.latents(NUM_WS)
    mixed = crossover < NUM_WS
    assert 0.2 < mixed.float().mean() < 0.4
    assert set(crossover[mixed].tolist()) == set(range(1, LAST_CROSSOVER + 1))
    ws = to_rows(w, crossover, NUM_WS)
    index = int(mixed.nonzero()[0])
    row = int(crossover[index])
    assert torch.equal(ws[index, :row], w[index, :1].expand(row, -1))
    assert torch.equal(ws[index, row:], w[index, 1:].expand(NUM_WS - row, -1))
    assert torch.equal(ws[~mixed], w[~mixed][:, :1].expand(-1, NUM_WS, -1))


def test_faces_are_adults_of_every_truncation(toy_made: MadeFaces) -> None:
    studio = load(toy_made.folder.parent / "bundle")
    w, crossover = toy_made.latents(NUM_WS)
    ws = to_rows(w, crossover, NUM_WS)
    assert float(studio.averages.read("age", ws).min()) >= ADULT_AGE
    assert float(studio.averages.read("young", ws).max()) < YOUNG_LIMIT
    distance = (w[:, 0] - studio.mapping.w_avg).norm(dim=1)
    assert distance.quantile(0.95) > 2 * distance.quantile(0.05)


def test_a_face_depends_on_index_and_seed_alone(toy_made: MadeFaces) -> None:
    studio = load(toy_made.folder.parent / "bundle")
    w, crossover = toy_made.latents(NUM_WS)
    for index in (0, 3, 499):
        face = draw(studio, index, 3, LAST_CROSSOVER)
        assert torch.equal(face.w, w[index])
        assert face.crossover == int(crossover[index])
    assert not torch.equal(draw(studio, 0, 4, LAST_CROSSOVER).w, w[0])


def test_running_again_goes_on(toy_made: MadeFaces, tmp_path: Path) -> None:
    shutil.copytree(toy_made.folder.parent, tmp_path / "copy")
    folder = tmp_path / "copy"
    made = MadeFaces(folder / "made")
    first = made.picture(0).read_bytes()
    (folder / "made" / "latents-00000.safetensors").unlink()  # as if killed in the middle
    made.picture(1).write_bytes(b"half")
    assert made.parts() == 0
    main(prepare_config(folder))
    assert made.parts() == 1
    assert made.picture(0).read_bytes() == first
    assert made.picture(1).read_bytes() == toy_made.picture(1).read_bytes()
    stamp = made.picture(2).stat().st_mtime_ns
    main(prepare_config(folder))
    assert made.picture(2).stat().st_mtime_ns == stamp


def test_another_run_does_not_add_to_it(toy_made: MadeFaces, tmp_path: Path) -> None:
    shutil.copytree(toy_made.folder.parent, tmp_path / "copy")
    with pytest.raises(SourceError, match="another seed"):
        main(prepare_config(tmp_path / "copy", seed=4))


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    main(prepare_config(tmp_path, dry_run=True))
    assert not list(tmp_path.iterdir())


def test_folders_without_faces(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no prepared faces.*train prepare"):
        MadeFaces(tmp_path).latents(NUM_WS)
    (tmp_path / "latents-00000.safetensors").write_bytes(b"no tensors")
    with pytest.raises(SourceError, match="is damaged"):
        MadeFaces(tmp_path).latents(NUM_WS)


def test_a_bundle_without_an_age_map_gives_none(tmp_path: Path) -> None:
    write_toy_bundle(tmp_path / "bundle", faces=False)
    with pytest.raises(InputError, match=r"faces\.safetensors"):
        main(prepare_config(tmp_path))
