"""Datasets that cannot be trained on: each says what is wrong, and where."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mbtiface.errors import InputError, SourceError
from tests.train.data.picture_files import (
    write_index,
    write_pictures,
    write_table,
    write_typed,
    zipped,
)
from train.data.picture_dataset import PictureDataset

NAMES = ["a.png", "b.png", "c.png"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "set", NAMES)
    return tmp_path / "set"


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="neither a folder of pictures nor a zip.*train prepare"):
        PictureDataset.open(tmp_path / "none")
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(SourceError, match="holds no pictures"):
        PictureDataset.open(tmp_path)
    (tmp_path / "set.zip").write_bytes(b"no zip")
    with pytest.raises(SourceError, match="set.zip cannot be read as a zip"):
        PictureDataset.open(tmp_path / "set.zip")


def test_unreadable_pictures(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(b"")
    (folder / "c.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match="cannot be read as pictures: b.png, c.png"):
        PictureDataset.open(folder)
    (folder / "c.png").unlink()
    (folder / "b.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="b.png of .* cannot be read as a picture"):
        PictureDataset.open(folder)
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)).save(
        folder / "b.jpg"
    )
    (folder / "b.png").unlink()
    (folder / "b.jpg").write_bytes((folder / "b.jpg").read_bytes()[:-300])
    with pytest.raises(SourceError, match="b.jpg of .* cannot be read as a picture .*truncated"):
        PictureDataset.open(folder)


def test_damaged_zips(folder: Path, tmp_path: Path) -> None:
    packed = zipped(folder, tmp_path / "set.zip")
    content = bytearray(packed.read_bytes())
    content[content.rindex(b"IDAT", 0, content.index(b"b.png")) + 8] ^= 0xFF
    packed.write_bytes(content)
    with pytest.raises(SourceError, match="a.png"):
        PictureDataset.open(packed)
    packed.write_bytes(content[:-50])
    with pytest.raises(SourceError, match="set.zip cannot be read as a zip"):
        PictureDataset.open(packed)


def test_sizes(folder: Path) -> None:
    write_pictures(folder, ["d.png", "e.png"], 16)
    with pytest.raises(SourceError, match=r"mixes sizes: 3 pictures have 32 x 32 px, but d.png"):
        PictureDataset.open(folder)
    for name in NAMES:
        (folder / name).unlink()
    assert PictureDataset.open(folder).size == 16
    with pytest.raises(InputError, match="pictures of 16 px, fewer than the 32 asked for"):
        PictureDataset.open(folder, 32)
    with pytest.raises(InputError, match="Size 12 is no power of two"):
        PictureDataset.open(folder, 12)
    with pytest.raises(InputError, match="Size 2 is no power of two from 4 on"):
        PictureDataset.open(folder, 2)


def test_pictures_of_no_usual_size(tmp_path: Path) -> None:
    write_pictures(tmp_path, NAMES, 48)
    with pytest.raises(SourceError, match="pictures of 48 px, which is no power of two"):
        PictureDataset.open(tmp_path)
    assert PictureDataset.open(tmp_path, 16).size == 16


def test_labels_of_another_dataset(folder: Path, tmp_path: Path) -> None:
    write_index(folder, [["a.png", 0], ["gone.png", 1], ["lost.png", 1]])
    with pytest.raises(SourceError, match="another dataset: it names 2 files .*gone.png, lost.png"):
        PictureDataset.open(folder)
    table = write_typed(tmp_path / "t.csv", [*NAMES, "gone.png"])
    with pytest.raises(SourceError, match="1 named, but not there: gone.png"):
        PictureDataset.open(folder, table=table)
    write_table(folder / "files.csv", [("gone.png", "x", "", "")], "file,photo,type,gender")
    with pytest.raises(SourceError, match="files.csv of .* is of another dataset.*gone.png"):
        PictureDataset.open(folder)


def test_labels_that_are_missing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="3 of 3 pictures have no label of type: a.png, b.png"):
        PictureDataset.open(folder, labels="type")
    table = write_typed(tmp_path / "t.csv", NAMES[:2])
    with pytest.raises(SourceError, match="1 of 3 pictures have no label of gender: c.png"):
        PictureDataset.open(folder, labels="gender", table=table)
    genders = write_table(tmp_path / "g.csv", [(n, "male") for n in NAMES], "file,gender")
    assert PictureDataset.open(folder, labels="gender", table=genders).c_dim == 2
    with pytest.raises(SourceError, match="lacks type"):
        PictureDataset.open(folder, labels="type-gender", table=genders)


def test_an_index_that_does_not_fit(folder: Path) -> None:
    write_index(folder, [[name, at] for at, name in enumerate(NAMES)])
    with pytest.raises(SourceError, match="numbers beyond the 2 classes of gender: c.png"):
        PictureDataset.open(folder, labels="gender")
    assert PictureDataset.open(folder).c_dim == 0
    for text in ('{"labels": [["a.png"]]}', "no json", "[]", '{"labels": 7}'):
        (folder / "dataset.json").write_text(text)
        with pytest.raises(SourceError, match="must hold .'labels'"):
            PictureDataset.open(folder)


def test_a_relation_that_does_not_fit(folder: Path) -> None:
    rows = [(name, name, "XXXX", "male") for name in NAMES]
    write_table(folder / "files.csv", rows, "file,photo,type,gender")
    with pytest.raises(SourceError, match="does not fit its pictures .'XXXX' is unknown"):
        PictureDataset.open(folder)


def test_unknown_arguments(folder: Path) -> None:
    with pytest.raises(InputError, match="Labels 'mood' are unknown. Use one of none, type"):
        PictureDataset.open(folder, labels="mood")
    with pytest.raises(InputError, match="Split 'test' is unknown. Use one of all, train, held"):
        PictureDataset.open(folder, split="test")
    with pytest.raises(InputError, match="Gender 'both' is unknown"):
        PictureDataset.open(folder, only="both")
    with pytest.raises(SourceError, match="no picture of the split 'all' and gender 'male'"):
        PictureDataset.open(folder, only="male")


def test_a_cache_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SourceError, match="cannot be written .*name another folder, or none"):
        PictureDataset.open(folder, cache=tmp_path / "file")
