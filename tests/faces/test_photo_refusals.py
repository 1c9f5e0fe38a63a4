"""Photos that cannot be used say why; damaged and huge ones do no harm."""

import functools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mbtiface.errors import PhotoError
from mbtiface.faces.photos import LONGER_SIDE_PX, open_photo
from tests.faces.photo_samples import (
    LIMIT,
    bomb,
    encoded,
    exif,
    heic,
    noise,
    scene,
)
from tests.program_files import ROOT

MAX_MEMORY_MB = 1500

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
import sys
from pathlib import Path
from mbtiface.errors import PhotoError
from mbtiface.faces.photos import open_photo
try:
    print(open_photo(Path(sys.argv[1]), 2 * 10**8).size)
except PhotoError as error:
    print(error.key)
# Not getrusage: its peak includes that of the process that started this one.
lines = Path('/proc/self/status').read_text().splitlines()
print(int(next(line.split()[1] for line in lines if line.startswith('VmHWM'))) // 1024)
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
