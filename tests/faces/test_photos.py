"""Photos as people have them: the right picture, or the right reason why not."""

import functools
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from mbtiface.errors import PhotoError
from mbtiface.faces.photos import GROUND, LONGER_SIDE_PX, open_photo
from tests.program_files import ROOT

LIMIT = 20_000_000
MAX_MEMORY_MB = 1500
RED, GREEN, BLUE, WHITE = (220, 30, 40), (40, 180, 60), (30, 50, 200), (245, 245, 245)


def scene(width: int = 120, height: int = 80) -> Image.Image:
    """Four colours, one a corner: no two orientations look alike."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(WHITE, (width // 2, height // 2, width, height))
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Colours in the middle of the quarters: upper left, upper right, lower left, lower right."""
    width, height = image.size
    places = ((1, 1), (3, 1), (1, 3), (3, 3))
    return [image.getpixel((width * x // 4, height * y // 4)) for x, y in places]


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heic(image: Image.Image, orientation: int = 1) -> bytes:
    """HEIC as phones write it: pixels as the sensor lies, the turn in the container and in EXIF."""
    container = pillow_heif.HeifFile()
    added = container.add_frombytes("RGB", image.size, image.tobytes())
    added.info["exif"] = exif(orientation).tobytes()
    file = io.BytesIO()
    container.save(file, quality=95)
    return file.getvalue()


def assert_scene(image: Image.Image, tolerance: int = 12) -> None:
    assert_corners(image, [RED, GREEN, BLUE, WHITE], tolerance)


def assert_corners(
    image: Image.Image, expected: list[tuple[int, ...]], tolerance: int = 12
) -> None:
    assert image.mode == "RGB"
    assert not image.info
    assert not dict(image.getexif())
    difference = np.abs(np.array(corners(image)) - np.array(expected)).max()
    assert difference <= tolerance, f"{corners(image)} is not {expected}"


def exif(orientation: int) -> Image.Exif:
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "A maker"
    return notes


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


def test_reading_heic_leaves_pillow_as_it_was() -> None:
    data = heic(scene())
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


def sixteen_bit_png(pixels: np.ndarray) -> bytes:
    """A PNG of two bytes a value, which Pillow reads but does not write."""
    import struct
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + checksum

    height, width = pixels.shape[:2]
    rows = (pixels.astype(">u2") * 257).tobytes()
    step = width * 6
    lines = b"".join(b"\0" + rows[at : at + step] for at in range(0, len(rows), step))
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


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


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect width="5"/></svg>'
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 100


@functools.cache
def refusals() -> dict[str, tuple[bytes, str, str]]:
    """Name of the case -> bytes, expected key, what the message must say."""
    jpeg = encoded(scene(800, 600), "JPEG", quality=95)
    return {
        "no bytes": (b"", "empty", "0 bytes"),
        "text named .jpg": (b"Hello, this is not a picture.\n" * 50, "not_a_picture", "whatever"),
        "zeros": (b"\x00" * 5000, "not_a_picture", "whatever"),
        "half a JPEG": (jpeg[: len(jpeg) // 2], "truncated", "cut off"),
        "a JPEG's first bytes": (jpeg[:40], "truncated", "cut off"),
        "two bytes of a JPEG": (jpeg[:2], "truncated", "cut off"),
        "half a PNG": (encoded(noise(), "PNG")[:9000], "truncated", "cut off"),
        "half a WebP": (encoded(noise(), "WEBP")[:3000], "truncated", "cut off"),
        "half a HEIC": (heic(noise())[:3000], "truncated", "cut off"),
        "half a TIFF": (encoded(noise(), "TIFF")[:9000], "truncated", "cut off"),
        "SVG": (SVG, "unsupported", "SVG"),
        "PDF": (b"%PDF-1.7\n" + b"0" * 500, "unsupported", "PDF"),
        "video": (MP4, "unsupported", "video"),
        "over the limit": (jpeg + b"\x00" * LIMIT, "too_large", "20.0 MB"),
        "bomb": (bomb(20000, 20000), "too_many_pixels", "megapixels"),
        "small bomb": (bomb(10000, 8000), "too_many_pixels", "10000 x 8000"),
    }


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (80, 90, 3), np.uint8))


def bomb(width: int, height: int) -> bytes:
    """A PNG of very many equal pixels in few bytes."""
    return encoded(Image.new("1", (width, height)), "PNG")


@pytest.mark.parametrize("name", refusals())
def test_a_photo_that_cannot_be_used_says_why(name: str) -> None:
    data, key, words = refusals()[name]
    with pytest.raises(PhotoError, match=words) as caught:
        open_photo(data, LIMIT)
    assert caught.value.key == key


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(300_000_000_000)  # Holes: no such file could be read.
    with pytest.raises(PhotoError, match="300000.0 MB"):
        open_photo(path, LIMIT)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="No such file"):
        open_photo(tmp_path / "none.jpg", LIMIT)


def samples() -> dict[str, bytes]:
    small = scene(48, 32)
    animation = {"save_all": True, "append_images": [noise().resize((48, 32))]}
    return {
        "JPEG": encoded(small, "JPEG", exif=exif(6)),
        "progressive": encoded(small, "JPEG", progressive=True),
        "CMYK": encoded(small.convert("CMYK"), "JPEG"),
        "PNG": encoded(noise(), "PNG", exif=exif(5)),
        "palette": encoded(small.quantize(4), "PNG", transparency=1),
        "GIF": encoded(small, "GIF", **animation),
        "WEBP": encoded(small, "WEBP", **animation),
        "AVIF": encoded(small, "AVIF"),
        "TIFF": encoded(small, "TIFF", compression="tiff_lzw", exif=exif(8)),
        "BMP": encoded(small, "BMP"),
        "HEIC": heic(small),
    }


@pytest.mark.parametrize("name", samples())
def test_damaged_files_end_in_a_picture_or_a_reason(name: str) -> None:
    data, random = samples()[name], np.random.default_rng(len(name))
    refused = 0
    for turn in range(60):
        broken = bytearray(data)
        for at in random.integers(0, len(data), 1 + turn % 6):
            broken[at] ^= 1 << random.integers(0, 8)
        if turn % 3 == 0:
            del broken[random.integers(1, len(data)) :]
        try:
            photo = open_photo(bytes(broken), LIMIT)
        except PhotoError:
            refused += 1
            continue
        assert photo.mode == "RGB"
        assert max(photo.size) <= LONGER_SIDE_PX
    assert refused > 0


MEASURE = """
import resource, sys
from pathlib import Path
from mbtiface.errors import PhotoError
from mbtiface.faces.photos import open_photo
try:
    print(open_photo(Path(sys.argv[1]), 2 * 10**8).size)
except PhotoError as error:
    print(error.key)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("name", ["50 MP JPEG", "progressive", "transparent", "grey", "bomb"])
def test_memory_stays_bounded(name: str, tmp_path: Path) -> None:
    size = (8192, 6144)
    data, expected = {
        "50 MP JPEG": lambda: (encoded(scene(*size), "JPEG"), "(2048, 1536)"),
        "progressive": lambda: (encoded(scene(*size), "JPEG", progressive=True), "(2048, 1536)"),
        "transparent": lambda: (encoded(scene(*size).convert("RGBA"), "PNG"), "(2048, 1536)"),
        "grey": lambda: (encoded(Image.new("I;16", size, 7000), "PNG"), "(2048, 1536)"),
        "bomb": lambda: (bomb(20000, 20000), "too_many_pixels"),
    }[name]()
    (tmp_path / "photo").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", MEASURE, str(tmp_path / "photo")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    result, peak_mb = done.stdout.splitlines()
    assert result == expected
    assert int(peak_mb) < MAX_MEMORY_MB, f"{name}: {peak_mb} MB"
    assert not done.stderr
