"""Photo files as people have them, made on the spot, and what the page must make of each.

The picture has four quarters: red, green, blue and yellow, read as text is. So a turned or
mirrored photo, a wrong frame and wrong colours are all told apart.
"""

import io
from dataclasses import dataclass

import pillow_heif
from PIL import Image, ImageFilter

RED, GREEN, BLUE, YELLOW = (214, 60, 52), (58, 160, 80), (52, 84, 190), (232, 200, 70)
TOLERANCE = 60
"""How far a colour may be off after printing inks, palettes and compression."""


@dataclass(frozen=True)
class PhotoFile:
    """A file, and what comes of it."""

    name: str
    data: bytes
    size: tuple[int, int] | None = None
    """Of the upright photo; None where the file is refused."""
    upper_left: tuple[int, int, int] = RED
    error: str = ""
    """The key of the sentence where the file is refused."""


def quarters(width: int = 600, height: int = 400) -> Image.Image:
    """Return the picture of four colours."""
    picture = Image.new("RGB", (width, height), RED)
    half = (width // 2, height // 2)
    for colour, corner in ((GREEN, (half[0], 0)), (BLUE, (0, half[1])), (YELLOW, half)):
        picture.paste(Image.new("RGB", half, colour), corner)
    return picture.filter(ImageFilter.GaussianBlur(2))


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(picture: Image.Image | None = None) -> bytes:
    """Return a plain JPEG, of the four quarters unless another picture is given."""
    return encoded(picture or quarters(), "jpeg", quality=90)


def turned() -> bytes:
    """As a phone held upright writes it: the pixels lie on their side, a note says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(quarters(400, 600).transpose(Image.Transpose.ROTATE_90), "jpeg", exif=exif)


def deep_grey() -> bytes:
    """A PNG of 16 bits, whose upper left quarter is light."""
    levels = quarters().convert("L").point(lambda value: value * 257, "I")
    return encoded(levels.convert("I;16"), "png")


def palette() -> bytes:
    """A PNG of 256 colours, transparent in the upper left quarter."""
    picture = quarters().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 300, 200))
    return encoded(picture.quantize(64), "png")


def moving() -> bytes:
    """A GIF whose second picture is black."""
    first, second = quarters().quantize(64), Image.new("P", (600, 400))
    return encoded(first, "gif", save_all=True, append_images=[second], duration=200)


def heic() -> bytes:
    """A photo as newer phones write it."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(quarters()).save(buffer, quality=90)
    return buffer.getvalue()


def photo_files() -> tuple[PhotoFile, ...]:
    """Return the table of cases."""
    grey = round(0.299 * RED[0] + 0.587 * RED[1] + 0.114 * RED[2])
    return (
        PhotoFile("turned.jpg", turned(), (400, 600)),
        PhotoFile("inks.jpg", encoded(quarters().convert("CMYK"), "jpeg"), (600, 400)),
        PhotoFile("deep.png", deep_grey(), (600, 400), (grey, grey, grey)),
        PhotoFile("palette.png", palette(), (600, 400), (236, 236, 236)),
        PhotoFile("moving.gif", moving(), (600, 400)),
        PhotoFile("photo.webp", encoded(quarters(), "webp"), (600, 400)),
        PhotoFile("IMG_0001.HEIC", heic(), (600, 400)),
        PhotoFile("twelve-megapixels.jpg", jpeg(quarters(4000, 3000)), (2000, 1500)),
        PhotoFile("renamed.jpg", b"no picture at all\n" * 40, error="not_a_picture"),
        PhotoFile("nothing.jpg", b"", error="empty"),
    )


GROUP = jpeg(quarters(1500, 500))
"""A photo in which the studio of these tests finds three faces."""
NOBODY = jpeg(Image.new("RGB", (640, 480), (120, 130, 140)))
"""A photo in which it finds none."""
