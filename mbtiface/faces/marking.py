"""The one place where a generated picture gets its visible mark and its metadata.

Everything that leaves the program (page, API, downloads) passes through `mark` and `encode`.
"""

import io
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from PIL.PngImagePlugin import PngInfo

MARK = "AI-generated"
FONT_FILE = Path(__file__).parents[2] / "assets" / "fonts" / "MbtifaceSans.subset.woff2"
MARK_PX = 11
"""Text size in a picture of 256 px."""
OPACITY = 0.7
DESCRIPTION = "AI-generated face; no photograph of a person. Faces do not show personality."
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about=""'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    f' Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}">'
    '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
    f"{DESCRIPTION}</rdf:li></rdf:Alt></dc:description>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()
IMAGE_DESCRIPTION = 0x010E  # EXIF tag number
MIME = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
Format = Literal["jpeg", "png", "webp"]


def mark(image: Image.Image) -> Image.Image:
    """Return a copy of an RGB picture with "AI-generated" at the bottom left.

    The text is 11 px at 256 and grows with the square root of the width, since larger pictures
    are shown at more pixels an inch; light on a soft dark glow, so that it reads on any ground.
    """
    size = max(9, round(MARK_PX * (image.width / 256) ** 0.5))
    place = (round(size * 0.75), image.height - round(size * 0.7))
    font = sans(size, 500)
    glow = Image.new("L", image.size, 0)
    width = max(1, round(size / 14))
    ImageDraw.Draw(glow).text(place, MARK, font=font, anchor="ls", fill=255, stroke_width=width)
    glow = glow.filter(ImageFilter.GaussianBlur(size / 10)).point(lambda level: round(0.7 * level))
    text = Image.new("L", image.size, 0)
    ImageDraw.Draw(text).text(place, MARK, font=font, anchor="ls", fill=round(255 * OPACITY))
    marked = image.convert("RGB")
    marked.paste((20, 18, 16), mask=glow)
    marked.paste((255, 255, 255), mask=text)
    return marked


@lru_cache(maxsize=64)
def sans(size: int, weight: int) -> ImageFont.FreeTypeFont:
    """Return the page's own typeface at a pixel size and a weight of 45..930."""
    font = ImageFont.truetype(FONT_FILE, size)
    font.set_variation_by_axes([weight])
    return font


def encode(image: Image.Image, format: Format = "jpeg") -> bytes:
    """Return the picture as a file that says in XMP and EXIF that it is generated.

    `jpeg` is quality 88 without chroma subsampling, `webp` quality 88, `png` lossless.
    """
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[IMAGE_DESCRIPTION] = DESCRIPTION
    if format == "png":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        image.save(buffer, "png", pnginfo=info, exif=exif)
    elif format == "webp":
        image.save(buffer, "webp", quality=88, method=2, exif=exif, xmp=XMP)
    else:
        image.save(buffer, "jpeg", quality=88, subsampling=0, exif=exif, xmp=XMP)
    return buffer.getvalue()
