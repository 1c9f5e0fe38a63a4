"""A photo as people have it -> an upright RGB picture of moderate size, or the reason why not."""

import threading
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from mbtiface.errors import PhotoError

LONGER_SIDE_PX = 2048
"""Most pixels of the longer side that a photo keeps: a face needs 256 of them."""
MAX_PIXELS = 64_000_000
"""Largest picture decoded: phones make 50 megapixels; each costs up to eight bytes on the way."""
MAX_PIXELS_JPEG = 128_000_000
"""The same for baseline JPEG, which is reduced while it is read."""
GROUND = (236, 236, 236)
"""What shows through transparent parts: a neutral light grey, as behind a portrait."""

# A JPEG is halved while it is read as long as this many pixels of the longer side are left.
_DRAFT_PX = LONGER_SIDE_PX * 3 // 4
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")
_ACCEPTED = "Use JPEG, PNG, WebP, GIF, HEIC, AVIF, TIFF or BMP."
# Orientation of EXIF -> what makes the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# How files begin that are no photos for us, though people take them for such.
_REFUSED = {
    b"%PDF": "PDF document",
    b"8BPS": "Photoshop document",
    b"\x00\x00\x01\x00": "icon",
    b"\xff\x4f\xff\x51": "JPEG 2000 picture",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000 picture",
    b"\xff\x0a": "JPEG XL picture",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL picture",
    b"\x1aE\xdf\xa3": "video",
}
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")

# One photo at a time: bounds the memory, and makes the warning filters (global in Python) ours.
_decoding = threading.Lock()


def open_photo(source: Path | bytes, max_bytes: int) -> Image.Image:
    """Read a photo: RGB, upright, without metadata, at most 2048 px on the longer side.

    Of an animation the first frame is taken; transparent parts become light grey.

    Raises:
        PhotoError: `empty`, `too_large`, `too_many_pixels`, `not_a_picture`, `truncated` or
            `unsupported`.
    """
    data = _read(source, max_bytes)
    kind = _recognize(data)
    with _decoding, warnings.catch_warnings():
        # What Pillow warns of (odd metadata, many pixels) is either refused below or harmless.
        warnings.simplefilter("ignore")
        try:
            return _decode(data, kind)
        except PhotoError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_many_pixels() from error
        except Exception as error:
            raise PhotoError(
                "truncated",
                f"This {kind} file is damaged or cut off and cannot be read. "
                "Save or send it again, or use another photo.",
            ) from error


def _read(source: Path | bytes, max_bytes: int) -> bytes:
    """Return the bytes of a photo; a file is not read if its size is wrong already."""
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size == 0:
            raise PhotoError("empty", "The file is empty (0 bytes). Choose another photo.")
        if size > max_bytes:
            raise PhotoError(
                "too_large",
                f"The file has {size / 1e6:.1f} MB, but at most {max_bytes / 1e6:.1f} MB are "
                "accepted. Make the photo smaller, or choose another one.",
            )
        return source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        raise PhotoError(
            "not_a_picture",
            f"The file cannot be read ({error.strerror or error}). Choose another photo.",
        ) from error


def _recognize(data: bytes) -> str:
    """Return the format of a file by its first bytes."""
    for beginning, name in _REFUSED.items():
        if data.startswith(beginning):
            raise _unsupported(name)
    if data[4:8] == b"ftyp":
        return _recognize_boxes(data)
    kinds = {
        b"\xff\xd8\xff": "JPEG",
        b"\x89PNG\r\n\x1a\n": "PNG",
        b"GIF8": "GIF",
        b"II*\x00": "TIFF",
        b"MM\x00*": "TIFF",
        b"BM": "BMP",
    }
    for beginning, kind in kinds.items():
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b""):
        return "WEBP"
    if b"<svg" in data[:4096].lower():
        raise _unsupported("SVG drawing")
    if any(kind.startswith(data) for kind in kinds):
        raise PhotoError(
            "truncated", "The file is cut off after a few bytes. Send it again, or use another."
        )
    raise PhotoError(
        "not_a_picture", f"The file is not a picture, whatever its name ends with. {_ACCEPTED}"
    )


def _recognize_boxes(data: bytes) -> str:
    """Tell HEIC, AVIF and videos apart: all three begin with a box that lists brands."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[at : at + 4] for at in range(8, max(length, 12), 4) if at != 12]
    # Either may call itself `mif1` first and say later what it is.
    if any(brand in _AVIF_BRANDS for brand in brands):
        return "AVIF"
    if any(brand in _HEIF_BRANDS for brand in brands):
        return "HEIC"
    raise _unsupported("video")


def _unsupported(name: str) -> PhotoError:
    return PhotoError("unsupported", f"The file is a {name}, which cannot be used. {_ACCEPTED}")


def _too_many_pixels(size: tuple[int, int] | None = None) -> PhotoError:
    megapixels = "too many" if size is None else f"{size[0]} x {size[1]}"
    return PhotoError(
        "too_many_pixels",
        f"The picture has {megapixels} pixels, but at most {MAX_PIXELS / 1e6:.0f} megapixels can "
        "be read. Make it smaller, or choose another photo.",
    )


def _decode(data: bytes, kind: str) -> Image.Image:
    """Decode bytes of a known kind; errors of the decoders pass through."""
    image = _open_heif(data) if kind == "HEIC" else Image.open(BytesIO(data), formats=_FORMATS)
    reducible = kind == "JPEG" and not image.info.get("progressive")
    if image.width * image.height > (MAX_PIXELS_JPEG if reducible else MAX_PIXELS):
        raise _too_many_pixels(image.size)
    scale = min(1.0, _DRAFT_PX / max(image.size))
    image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    image.load()
    profile = image.info.get("icc_profile")
    upright = _UPRIGHT.get(_orientation(image))
    image = _shrink(_eight_bits(image))
    image = _flatten(_to_srgb(image, profile))
    if upright is not None:
        image = image.transpose(upright)
    return Image.fromarray(np.asarray(image))  # A picture of pixels alone: no metadata at all.


def _open_heif(data: bytes) -> Image.Image:
    """Open HEIC without making pillow-heif a plugin of every `Image.open` of the process.

    It applies the container's rotation itself and resets EXIF's.
    """
    from pillow_heif import open_heif

    container = open_heif(BytesIO(data), convert_hdr_to_8bit=True)
    width, height = container.size  # Known before a pixel is decoded.
    if width * height > MAX_PIXELS:
        raise _too_many_pixels((width, height))
    image: Image.Image = container.to_pillow()
    return image


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 where EXIF is damaged: pixels count more than notes on them."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 (the parser raises anything on damaged notes)
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale deeper grey pictures to eight bits; Pillow would cut them off at 255."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float32))
        low, high = float(values.min()), float(values.max())
        # The file does not say which value is white: 16 bits if it looks so, else the brightest.
        low, high = (
            (0, 65535) if image.mode == "I" and 0 <= low < 256 < high < 65536 else (low, high)
        )
        return Image.fromarray(((values - low) * (255 / max(high - low, 1e-6))).astype(np.uint8))
    return image


def _shrink(image: Image.Image) -> Image.Image:
    """Make a picture's longer side at most 2048 px, transparency kept."""
    transparent = image.mode in ("PA", "LA", "RGBa", "La") or "transparency" in image.info
    if transparent:
        image = image.convert("RGBA")
    elif image.mode in ("P", "1", "RGBX"):
        image = image.convert("RGB")
    scale = LONGER_SIDE_PX / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the colour space that a file names (phones: Display P3; print: CMYK)."""
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image  # A damaged or foreign profile: colours as the numbers say.


def _flatten(image: Image.Image) -> Image.Image:
    """Make a picture RGB, transparent parts filled with the ground."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (*GROUND, 255))
    return Image.alpha_composite(ground, image).convert("RGB")
