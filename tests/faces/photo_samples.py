"""Photos in the formats that people have, made by Pillow and pillow-heif; none is stored."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

LIMIT = 20_000_000
"""Bytes that the tests accept."""
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


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (80, 90, 3), np.uint8))


def bomb(width: int, height: int) -> bytes:
    """A PNG of very many equal pixels in few bytes."""
    return encoded(Image.new("1", (width, height)), "PNG")


def sixteen_bit_png(pixels: np.ndarray) -> bytes:
    """A PNG of two bytes a value, which Pillow reads but does not write."""

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
