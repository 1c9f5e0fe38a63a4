from pathlib import Path

import pytest
from PIL import Image

from mbtiface.errors import SourceError
from train.psp.pictures import list_pictures, read_images, to_tensor


def test_pictures_are_listed_by_name_and_read(tmp_path: Path) -> None:
    for name, colour in (("b.png", (255, 0, 0)), ("a.PNG", (0, 0, 0))):
        Image.new("RGB", (64, 64), colour).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    paths = list_pictures(tmp_path)
    assert [path.name for path in paths] == ["a.PNG", "b.png"]
    tensor = to_tensor(read_images(paths, 32))
    assert tensor.shape == (2, 3, 32, 32)
    assert tensor[1, :, 5, 5].tolist() == [1.0, -1.0, -1.0]


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures"):
        list_pictures(tmp_path)
    with pytest.raises(SourceError, match="holds no pictures"):
        list_pictures(tmp_path / "nowhere")
    wide = tmp_path / "wide.png"
    Image.new("L", (64, 32)).save(wide)
    with pytest.raises(SourceError, match="has 64 x 32 pixels, but must be an aligned face"):
        read_images([wide], 32)
    small = tmp_path / "small.png"
    Image.new("RGB", (16, 16)).save(small)
    with pytest.raises(SourceError, match="square, 32 or more"):
        read_images([small], 32)
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    with pytest.raises(SourceError, match=r"text.jpg cannot be read as a picture"):
        read_images([text], 32)
