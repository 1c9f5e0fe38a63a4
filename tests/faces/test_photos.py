"""Photos as people have them become right pictures."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from mbtiface.faces.photos import GROUND, LONGER_SIDE_PX, open_photo
from tests.faces.photo_samples import (
    BLUE,
    GREEN,
    LIMIT,
    RED,
    WHITE,
    assert_corners,
    assert_scene,
    corners,
    encoded,
    exif,
    heic,
    scene,
    sixteen_bit_png,
)

# What was done to the upright picture before it was stored, by the meaning of the eight values:
# where the stored row 0 and column 0 lie in the upright picture (EXIF 2.3, table of tag 0x0112).
STORED = {
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels.swapaxes(0, 1)[::-1],
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels.swapaxes(0, 1)[:, ::-1],
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_becomes_upright(orientation: int, kind: str) -> None:
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](np.asarray(scene()))))
    photo = open_photo(encoded(stored, kind, exif=exif(orientation)), LIMIT)
    assert photo.size == (120, 80)
    assert_scene(photo)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_becomes_upright_once(orientation: int) -> None:
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](np.asarray(scene()))))
    photo = open_photo(heic(stored, orientation), LIMIT)
    assert photo.size == (120, 80)
    assert_scene(photo)


def test_reading_heic_leaves_pillow_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    data = heic(scene())
    # imageio, which other tests load, makes pillow-heif a plugin of this whole process.
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])
    openers = {name: opener for name, opener in Image.OPEN.items() if name != "HEIF"}
    monkeypatch.setattr(Image, "OPEN", openers)
    open_photo(data, LIMIT)
    with pytest.raises(Image.UnidentifiedImageError):
        Image.open(io.BytesIO(data))


def test_cmyk() -> None:
    assert_scene(open_photo(encoded(scene().convert("CMYK"), "JPEG", quality=95), LIMIT))


def test_another_colour_space_is_converted() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert_scene(open_photo(encoded(scene(), "PNG", icc_profile=srgb), LIMIT), 0)
    # The same with red and green lights exchanged, under another name.
    table = srgb[:400].replace(b"rXYZ", b"?").replace(b"gXYZ", b"rXYZ").replace(b"?", b"gXYZ")
    exchanged = (table + srgb[400:]).replace("sRGB".encode("utf-16-be"), b"\0M\0i\0n\0e")
    photo = open_photo(encoded(scene(), "PNG", icc_profile=exchanged), LIMIT)
    swapped = [(green, red, blue) for red, green, blue in (RED, GREEN, BLUE, WHITE)]
    assert_corners(photo, swapped, 3)


def test_a_damaged_colour_profile_is_passed_over() -> None:
    assert_scene(open_photo(encoded(scene(), "PNG", icc_profile=b"no profile" * 20), LIMIT), 0)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey(kind: str) -> None:
    levels = np.repeat(np.array([[1000, 20000, 40000, 65000]], np.uint16), 30, axis=1)
    photo = open_photo(encoded(Image.fromarray(np.repeat(levels, 80, axis=0)), kind), LIMIT)
    expected = [round(level / 257) for level in (1000, 20000, 40000, 65000)]
    assert np.abs(np.asarray(photo)[40, 15::30, 0].astype(int) - expected).max() <= 1


def test_sixteen_bit_colour() -> None:
    assert_scene(open_photo(sixteen_bit_png(np.asarray(scene())), LIMIT), 1)


def test_palette() -> None:
    assert_scene(open_photo(encoded(scene().quantize(4), "PNG"), LIMIT))


def test_palette_with_transparency() -> None:
    image = scene().quantize(4)
    index = image.getpixel((5, 5))
    photo = open_photo(encoded(image, "PNG", transparency=index), LIMIT)
    assert_corners(photo, [GROUND, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_alpha_shows_the_ground(kind: str) -> None:
    image = scene().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 60, 40))
    half = Image.new("RGBA", (60, 40), (0, 0, 0, 128))
    image.paste(half, (60, 40))
    photo = open_photo(encoded(image, kind, lossless=True), LIMIT)
    assert_corners(photo, [GROUND, GREEN, BLUE, (118, 118, 118)])


def test_grey_with_alpha() -> None:
    image = Image.new("LA", (40, 40), (90, 255))
    image.paste((0, 0), (0, 0, 20, 20))
    photo = open_photo(encoded(image, "PNG"), LIMIT)
    assert_corners(photo, [GROUND, (90,) * 3, (90,) * 3, (90,) * 3], 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_first_frame_of_an_animation(kind: str) -> None:
    others = [Image.new("RGB", (120, 80), color) for color in (BLUE, GREEN)]
    data = encoded(scene(), kind, save_all=True, append_images=others, duration=100, quality=95)
    assert_scene(open_photo(data, LIMIT))


@pytest.mark.parametrize("mode", ["L", "1"])
def test_greyscale(mode: str) -> None:
    image = scene().convert("L").convert(mode, dither=Image.Dither.NONE)
    photo = open_photo(encoded(image, "PNG" if mode == "1" else "JPEG"), LIMIT)
    grey = [(level,) * 3 for level in corners(image)]
    assert_corners(photo, grey, 4)


def test_tiff_and_bmp_and_avif() -> None:
    assert_scene(open_photo(encoded(scene(), "TIFF", compression="tiff_lzw"), LIMIT), 0)
    assert_scene(open_photo(encoded(scene(), "BMP"), LIMIT), 0)
    assert_scene(open_photo(encoded(scene(), "AVIF", quality=95), LIMIT))


@pytest.mark.parametrize("size", [(4032, 3024), (3024, 4032), (8192, 6144)])
def test_large_photos_are_reduced(size: tuple[int, int]) -> None:
    photo = open_photo(encoded(scene(*size), "JPEG"), LIMIT)
    assert LONGER_SIDE_PX / 2 < max(photo.size) <= LONGER_SIDE_PX
    assert photo.width / photo.height == pytest.approx(size[0] / size[1], rel=0.01)
    assert_scene(photo)


def test_panorama() -> None:
    photo = open_photo(encoded(scene(12000, 1000), "JPEG"), LIMIT)
    assert photo.width <= LONGER_SIDE_PX
    assert photo.width / photo.height == pytest.approx(12, rel=0.02)
    assert_scene(photo)


def test_a_line_of_pixels() -> None:
    assert open_photo(encoded(Image.new("RGB", (9000, 1), RED), "PNG"), LIMIT).size == (2048, 1)


def test_a_file_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "photo.txt"
    path.write_bytes(encoded(scene(), "PNG"))
    assert_scene(open_photo(path, LIMIT), 0)
