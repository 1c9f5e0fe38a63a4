"""Folders of aligned faces: listed by name, read, and refused by name."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from mbtiface.errors import SourceError
from train.psp.pictures import list_pictures, read_batch, read_images, read_rgb, to_tensor


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A black and a red picture, 64 px, and a file that is none."""
    for name, colour in (("b.png", (255, 0, 0)), ("a.PNG", (0, 0, 0))):
        Image.new("RGB", (64, 64), colour).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_pictures_are_listed_by_name_and_read(folder: Path) -> None:
    paths = list_pictures(folder)
    assert [path.name for path in paths] == ["a.PNG", "b.png"]
    assert read_rgb(paths[1])[63, 5].tolist() == [255, 0, 0]
    images = read_images(paths, 32)
    assert [image.size for image in images] == [(32, 32)] * 2
    for tensor in (to_tensor(images), read_batch(paths, 32)):
        assert tensor.shape == (2, 3, 32, 32)
        assert tensor[1, :, 5, 5].tolist() == [1.0, -1.0, -1.0]


def test_a_dataset_lists_the_pictures_of_its_numbered_folders(tmp_path: Path) -> None:
    for name in ("00001/img00001000.png", "00000/img00000007.webp", "other/img1.png"):
        (tmp_path / name).parent.mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    (tmp_path / "files.csv").write_text("file,photo\n")
    assert [path.name for path in list_pictures(tmp_path)] == [
        "img00000007.webp",
        "img00001000.png",
    ]


def test_a_batch_may_be_enlarged(folder: Path) -> None:
    pictures = read_batch(list_pictures(folder), 80)
    assert pictures.shape == (2, 3, 80, 80)
    assert torch.equal(pictures[1, :, 79, 0], torch.tensor([1.0, -1.0, -1.0]))


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures"):
        list_pictures(tmp_path)
    with pytest.raises(SourceError, match="holds no pictures"):
        list_pictures(tmp_path / "nowhere")
    wide = tmp_path / "wide.png"
    Image.new("L", (64, 32)).save(wide)
    with pytest.raises(SourceError, match=r"wide.png is 64 x 32 px; aligned faces are square"):
        read_images([wide], 32)
    small = tmp_path / "small.png"
    Image.new("RGB", (16, 16)).save(small)
    with pytest.raises(SourceError, match=r"small.png has 16 px a side, but needs 32 or more"):
        read_images([small], 32)
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    with pytest.raises(SourceError, match=r"text.jpg cannot be read as a picture"):
        read_images([text], 32)
