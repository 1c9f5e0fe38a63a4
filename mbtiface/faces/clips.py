"""Frames into one file that moves or lies side by side. Pure: pictures in, bytes out.

Every file says that it is generated: XMP where the format has a place for it, and a comment. The
same frames give the same bytes.
"""

import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from PIL import Image

from mbtiface.errors import InputError
from mbtiface.faces.marking import DESCRIPTION, IMAGE_DESCRIPTION, XMP, encode

Colour = tuple[int, int, int]
ClipFormat = Literal["strip", "gif", "webp", "mp4"]
FORMATS: tuple[ClipFormat, ...] = get_args(ClipFormat)
MIME: Mapping[str, str] = {
    "strip": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
}
SUFFIX: Mapping[str, str] = {"strip": "png", "gif": "gif", "webp": "webp", "mp4": "mp4"}
FRAME_MS = 800
"""How long a frame stands; in a video its cross-fade into the next is part of it."""
LAST_MS = 1600
FADE_MS = 250
FPS = 24
COLUMNS = 5
"""Frames in a row of a strip; more go on below."""
GAP = 4
"""Pixels between them."""
BT709, LIMITED = 1, 1
"""FFmpeg's numbers of the colour space and of the range that players expect of H.264."""
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""Names a box of XMP in an MP4 file (XMP specification, part 3)."""


@dataclass(frozen=True)
class Clip:
    """A file made of frames."""

    data: bytes
    format: ClipFormat

    @property
    def mime(self) -> str:
        """Media type."""
        return MIME[self.format]

    @property
    def suffix(self) -> str:
        """End of the file's name, without the dot."""
        return SUFFIX[self.format]


def make_clip(
    frames: Sequence[Image.Image],
    format: ClipFormat,
    ground: Colour = (255, 255, 255),
    colours: Sequence[Colour] = (),
) -> Clip:
    """Join marked frames, RGB, all of one size, into a file.

    Args:
        frames: at least one; for `mp4` of even sides.
        format: `strip` (PNG, side by side), `gif`, `webp` (both go on for ever) or `mp4`.
        ground: what a strip shows between its frames.
        colours: up to 32 that the palette of a GIF must have, however little of them is seen.

    Raises:
        InputError: no frames, frames of several sizes or of odd sides, or an unknown format.
    """
    sizes = {frame.size for frame in frames}
    if len(sizes) != 1:
        raise InputError(f"A clip's frames are of {len(sizes)} sizes, but must be of one.")
    if format == "strip":
        return Clip(_strip(frames, ground), format)
    if format == "gif":
        return Clip(_gif(frames, colours), format)
    if format == "webp":
        return Clip(_webp(frames), format)
    if format == "mp4":
        return Clip(_mp4(frames), format)
    raise InputError(f"Format {format!r} is unknown. Use {', '.join(FORMATS)}.")


def _strip(frames: Sequence[Image.Image], ground: Colour) -> bytes:
    width, height = frames[0].size
    columns = min(COLUMNS, len(frames))
    rows = -(-len(frames) // columns)
    strip = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP), ground)
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        strip.paste(frame, (column * (width + GAP), row * (height + GAP)))
    return encode(strip, "png")


def _durations(frames: Sequence[Image.Image]) -> list[int]:
    return [FRAME_MS] * (len(frames) - 1) + [LAST_MS]


def _gif(frames: Sequence[Image.Image], colours: Sequence[Colour]) -> bytes:
    # One palette for all: with a palette each, a still background would flicker.
    width, height = frames[0].size
    sheet = Image.new("RGB", (width // 2, height // 2 * len(frames)))
    for number, frame in enumerate(frames):
        sheet.paste(frame.reduce(2), (0, number * (height // 2)))
    palette = sheet.quantize(256 - len(colours), Image.Quantize.MEDIANCUT)
    found = (palette.getpalette() or [])[: 3 * (256 - len(colours))]
    palette.putpalette(found + [level for colour in colours for level in colour])
    dithered = [
        frame.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames
    ]
    buffer = io.BytesIO()
    dithered[0].save(
        buffer,
        "gif",
        save_all=True,
        append_images=dithered[1:],
        duration=_durations(frames),
        loop=0,
        comment=DESCRIPTION.encode(),
    )
    return _with_xmp(buffer.getvalue())


def _with_xmp(gif: bytes) -> bytes:
    """Add the packet as an application extension, which Pillow does not write."""
    # The "magic trailer" leads readers that take the packet for sub-blocks to its end.
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    palette = 3 * 2 ** ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0
    head = 13 + palette
    return gif[:head] + b"\x21\xff\x0bXMP DataXMP" + XMP + trailer + gif[head:]


def _webp(frames: Sequence[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[IMAGE_DESCRIPTION] = DESCRIPTION
    frames[0].save(
        buffer,
        "webp",
        save_all=True,
        append_images=list(frames[1:]),
        duration=_durations(frames),
        loop=0,
        quality=84,
        method=2,
        exif=exif,
        xmp=XMP,
    )
    return buffer.getvalue()


def _mp4(frames: Sequence[Image.Image]) -> bytes:
    """H.264, yuv420p, the index in front: what phones play, and play before all of it is there."""
    import av  # here: 30 MB of codecs that only a video needs
    from av.video.reformatter import ColorRange, Colorspace

    width, height = frames[0].size
    if width % 2 or height % 2:
        raise InputError(f"A video's sides must be even, but are {width} x {height}.")
    shots = _shots(frames)
    count = sum(times for _, times in shots)
    buffer = io.BytesIO()
    # Room kept in front for the index; FFmpeg's `faststart` would need the file a second time.
    options = {"moov_size": str(4096 + 32 * count)}
    with av.open(buffer, "w", format="mp4", options=options) as container:
        container.metadata["comment"] = DESCRIPTION
        stream = container.add_stream("libx264", rate=FPS)
        # With x264's macroblock tree some of a hundred videos came out with other bytes (AVX-512).
        stream.options = {
            "preset": "veryfast",
            "crf": "19",
            "profile": "high",
            "x264-params": "mbtree=0",
        }
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.thread_count = 1  # the cut into slices, and so the bytes, follow the threads
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED
        number = 0
        for picture, times in shots:
            frame = av.VideoFrame.from_image(picture).reformat(
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            for _ in range(times):
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                container.mux(stream.encode(frame))
                number += 1
        container.mux(stream.encode())
    packet = XMP_UUID + XMP
    return buffer.getvalue() + (8 + len(packet)).to_bytes(4, "big") + b"uuid" + packet


def _shots(frames: Sequence[Image.Image]) -> list[tuple[Image.Image, int]]:
    """Pictures of the video and how often each is shown: a frame held, then faded into the next."""
    fade = round(FADE_MS * FPS / 1000)
    hold = round(FRAME_MS * FPS / 1000) - fade
    shots: list[tuple[Image.Image, int]] = []
    for frame, following in itertools.pairwise(frames):
        shots.append((frame, hold))
        for step in range(1, fade + 1):
            shots.append((Image.blend(frame, following, step / (fade + 1)), 1))
    return [*shots, (frames[-1], round(LAST_MS * FPS / 1000))]
