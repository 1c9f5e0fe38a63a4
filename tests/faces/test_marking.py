"""The mark is seen on every ground, and every file says in its metadata what it is."""

import io

import numpy as np
import pytest
from PIL import Image

from mbtiface.faces.marking import DESCRIPTION, MARK, SOURCE_TYPE, encode, mark, sans


def corner(image: Image.Image) -> np.ndarray:
    """The part where the mark stands, as floats [height, width, 3]."""
    size = image.width
    return np.asarray(image.crop((0, size - size // 8, size // 2, size)), dtype=float)


@pytest.mark.parametrize("size", [256, 512, 1024])
@pytest.mark.parametrize("ground", ["black", "white", "gray", "#C09070"])
def test_the_mark_is_readable_on_any_ground(size: int, ground: str) -> None:
    marked = mark(Image.new("RGB", (size, size), ground))
    grey = corner(marked).mean(axis=2)
    assert grey.max() - grey.min() > 90


def test_only_the_bottom_left_corner_changes() -> None:
    plain = Image.effect_noise((512, 512), 60).convert("RGB")
    changed = np.abs(np.asarray(mark(plain), float) - np.asarray(plain, float)).max(axis=2) > 0
    rows, columns = np.nonzero(changed)
    assert rows.min() > 512 * 0.9
    assert columns.max() < 512 * 0.5
    assert columns.min() < 512 * 0.06


def test_the_mark_grows_with_the_picture() -> None:
    small, large = (mark(Image.new("RGB", (n, n), "#806040")) for n in (256, 1024))
    assert np.abs(np.asarray(large.resize((256, 256)), float) - np.asarray(small)).mean() < 1.5


def test_the_picture_given_stays_as_it_was() -> None:
    plain = Image.new("RGB", (256, 256), "black")
    mark(plain)
    assert plain.getextrema() == ((0, 0), (0, 0), (0, 0))


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_every_file_says_what_it_is(format: str) -> None:
    data = encode(Image.new("RGB", (64, 64), "gray"), format)
    read = Image.open(io.BytesIO(data))
    assert read.format == format.upper()
    assert read.getexif()[0x010E] == DESCRIPTION
    assert SOURCE_TYPE.encode() in data


def test_a_jpeg_keeps_its_colours_at_full_resolution() -> None:
    read = Image.open(io.BytesIO(encode(Image.new("RGB", (64, 64), "gray"))))
    assert [layer[1:3] for layer in read.layer] == [(1, 1)] * 3


def test_the_typeface_has_every_sign_of_the_mark() -> None:
    missing = sans(20, 500).getmask("\ue000").getbbox()
    assert all(sans(20, 500).getmask(sign).getbbox() != missing for sign in MARK)
