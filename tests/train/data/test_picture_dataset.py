"""Pictures as bytes, labels as one-hot rows, splits, mirror images, and where they may lie."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.personality.types import CODES
from tests.toy_bundle import RESOLUTION
from tests.train.data.picture_files import (
    SIZE,
    TYPED,
    write_index,
    write_pictures,
    write_table,
    write_typed,
    zipped,
)
from train.data import decoded as decoding
from train.data.made_faces import PART, MadeFaces
from train.data.picture_dataset import PictureDataset
from train.data.ratings import fold_of

NAMES = [f"{at // 8:05d}/img{at:08d}.png" for at in range(24)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    write_pictures(folder, NAMES)
    return folder


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_typed(tmp_path_factory.mktemp("table") / "labels.csv", NAMES)


def test_pictures_are_the_files_pixels(folder: Path) -> None:
    dataset = PictureDataset.open(folder)
    assert (len(dataset), dataset.size, dataset.c_dim, dataset.classes) == (24, SIZE, 0, ())
    assert dataset.files == tuple(NAMES)
    expected = write_pictures(folder, NAMES)
    shown = dataset.pictures(np.array([5, 0, 5]))
    assert shown.dtype == torch.uint8
    for at, index in enumerate((5, 0, 5)):
        assert np.array_equal(shown[at].permute(1, 2, 0).numpy(), expected[NAMES[index]])
    assert dataset.labels(np.array([1, 2])).shape == (2, 0)


def test_smaller_pictures_are_means_of_blocks(folder: Path) -> None:
    full, small = PictureDataset.open(folder), PictureDataset.open(folder, 8)
    pixels = full.pictures(np.arange(24)).double()
    means = pixels.unfold(2, 4, 4).unfold(3, 4, 4).mean((4, 5))  # [24, 3, 8, 8]
    assert (small.pictures(np.arange(24)).double() - means).abs().max() <= 0.5


def test_the_second_half_is_mirrored(folder: Path, table: Path) -> None:
    dataset = PictureDataset.open(folder, labels="type-gender", xflip=True, table=table)
    assert len(dataset) == 48
    shown = dataset.pictures(np.array([3, 27, 26]))
    assert torch.equal(shown[1], shown[0].flip(2))
    assert torch.equal(shown[2].flip(2), dataset.pictures(np.array([2]))[0])
    labels = dataset.labels(np.array([3, 27]))
    assert torch.equal(labels[0], labels[1])
    with pytest.raises(InputError, match="numbered 0 to 47; asked for 3 to 48"):
        dataset.pictures(np.array([3, 48]))


@pytest.mark.parametrize(
    ("kind", "classes", "first"),
    [
        ("type", 16, (CODES.index("ENTJ"), CODES.index("INTJ"), CODES.index("ISTP"))),
        ("gender", 2, (0, 1, 0)),
        ("type-gender", 32, (CODES.index("ENTJ"), 16 + CODES.index("INTJ"), CODES.index("ISTP"))),
    ],
)
def test_labels_of_a_table(
    folder: Path, table: Path, kind: str, classes: int, first: tuple[int, ...]
) -> None:
    dataset = PictureDataset.open(folder, labels=kind, table=table)
    assert dataset.c_dim == len(dataset.classes) == classes
    labels = dataset.labels(np.arange(24))
    assert labels.dtype == torch.float32
    assert labels.shape == (24, classes)
    assert labels.sum(1).tolist() == [1] * 24
    assert tuple(labels.argmax(1)[:3].tolist()) == first
    names = [f"{code} {gender}" for code, gender in TYPED]
    assert kind != "type-gender" or [dataset.classes[at] for at in first] == names


def test_splits_are_by_the_names_folds(folder: Path) -> None:
    held_out = PictureDataset.open(folder, split="held-out")
    train = PictureDataset.open(folder, split="train", xflip=True)
    expected = tuple(name for name in NAMES if fold_of(name) < 2)
    assert held_out.files == expected
    assert train.files == tuple(name for name in NAMES if name not in expected)
    assert len(train) == 2 * (24 - len(expected))
    whole = PictureDataset.open(folder)
    at = NAMES.index(train.files[0])
    shown = train.pictures(np.array([0]))
    assert torch.equal(shown, whole.pictures(np.array([at])))
    assert held_out.digest == whole.digest


def test_the_photo_s_name_decides_where_it_is_known(tmp_path: Path) -> None:
    write_pictures(tmp_path, NAMES[:3])
    rows = [(name, f"more/{at}.jpg", "ISTJ", "male") for at, name in enumerate(NAMES[:3])]
    write_table(tmp_path / "files.csv", rows, "file,photo,type,gender")
    held_out = [name for at, name in enumerate(NAMES[:3]) if fold_of(f"{at}.jpg") < 2]
    train = PictureDataset.open(tmp_path, split="train", labels="gender")
    assert train.files == tuple(name for name in NAMES[:3] if name not in held_out)
    assert train.labels(np.array([0])).tolist() == [[0, 1]]


def test_one_gender_alone_and_balance(folder: Path, table: Path) -> None:
    women = PictureDataset.open(folder, only="female", table=table)
    assert women.files == tuple(name for at, name in enumerate(NAMES) if at % 3 != 1)
    rows = [(name, "INTP" if at < 4 else "ENTP", "male") for at, name in enumerate(NAMES)]
    uneven = write_table(table.parent / "uneven.csv", rows, "file,type,gender")
    weights = PictureDataset.open(folder, xflip=True, table=uneven).balanced_weights()
    assert weights.shape == (48,)
    np.testing.assert_allclose(weights[:24], [1 / 16] * 4 + [1 / 80] * 20)
    np.testing.assert_allclose(weights[24:], weights[:24])
    with pytest.raises(SourceError, match="no labels of type or gender"):
        PictureDataset.open(folder).balanced_weights()


def test_a_zip_is_as_good_as_a_folder(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    write_pictures(copy, NAMES)
    write_index(copy, [[name, at % 16] for at, name in enumerate(NAMES)])
    ours = PictureDataset.open(copy, 16, labels="type")
    packed = PictureDataset.open(zipped(copy, tmp_path / "set.zip"), 16, labels="type")
    indices = np.arange(24)
    assert torch.equal(ours.pictures(indices), packed.pictures(indices))
    assert torch.equal(ours.labels(indices), packed.labels(indices))
    assert ours.labels(indices).argmax(1).tolist() == [at % 16 for at in range(24)]
    assert ours.digest == packed.digest == PictureDataset.open(folder).digest
    write_pictures(copy, ["one-more.png"])
    assert PictureDataset.open(copy).digest != ours.digest


def test_decoded_pictures_are_kept_in_a_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = PictureDataset.open(folder, 16).pictures(np.arange(24))
    kept = PictureDataset.open(folder, 16, cache=tmp_path / "cache")
    assert torch.equal(kept.pictures(np.arange(24)), plain)
    (file,) = (tmp_path / "cache").glob("*.uint8")
    assert file.stat().st_size == 24 * 3 * 16 * 16
    stamp = file.stat().st_mtime_ns
    split = PictureDataset.open(folder, 16, split="train", cache=tmp_path / "cache")
    assert file.stat().st_mtime_ns == stamp
    at = NAMES.index(split.files[1])
    assert torch.equal(split.pictures(np.array([1]))[0], plain[at])
    monkeypatch.setattr(decoding, "MEMORY_LIMIT", 0)
    each_time = decoding.decoded(decoding.PictureSource.open(folder), 16, limit=0)
    assert isinstance(each_time, decoding.OnDemand)
    assert np.array_equal(each_time.rows(np.arange(24)), plain.numpy())


def test_pictures_are_copies(folder: Path, tmp_path: Path) -> None:
    for cache in (None, tmp_path):
        dataset = PictureDataset.open(folder, cache=cache)
        first = dataset.pictures(np.array([0]))
        kept = first.clone()
        first.zero_()
        assert torch.equal(dataset.pictures(np.array([0])), kept)


def test_made_faces_open_at_smaller_sizes(toy_made: MadeFaces) -> None:
    dataset = PictureDataset.open(toy_made.folder, RESOLUTION // 2, xflip=True)
    assert len(dataset) == 2 * PART
    assert dataset.files[7] == toy_made.picture(7).relative_to(toy_made.folder).as_posix()
    assert dataset.pictures(np.array([7])).shape == (1, 3, RESOLUTION // 2, RESOLUTION // 2)
