"""Frames as one file: read back by other programs' readers, with what they say of themselves."""

import io
import struct
from collections.abc import Sequence
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image

from mbtiface.errors import InputError
from mbtiface.faces.clips import (
    COLUMNS,
    FORMATS,
    FPS,
    FRAME_MS,
    GAP,
    LAST_MS,
    MIME,
    ClipFormat,
    make_clip,
)
from mbtiface.faces.marking import DESCRIPTION, SOURCE_TYPE

SIZE = (96, 108)
COLOURS = [(200, 40, 40), (40, 160, 60), (50, 70, 200), (230, 210, 60), (20, 20, 20), (240,) * 3]
NEAR = 6
"""Levels that a palette or a video may be off."""


@pytest.fixture(scope="module")
def frames() -> list[Image.Image]:
    return [Image.new("RGB", SIZE, colour) for colour in COLOURS]


def middle(image: Image.Image) -> np.ndarray:
    return np.array(image.convert("RGB").getpixel((SIZE[0] // 2, SIZE[1] // 2)), dtype=int)


def assert_colours(images: Sequence[Image.Image]) -> None:
    assert len(images) == len(COLOURS)
    for image, colour in zip(images, COLOURS, strict=True):
        assert np.abs(middle(image) - colour).max() <= NEAR


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_frames_give_the_same_bytes_that_say_they_are_generated(
    frames: list[Image.Image], format: ClipFormat
) -> None:
    clip = make_clip(frames, format)
    assert clip.data == make_clip(frames, format).data
    assert SOURCE_TYPE.encode() in clip.data
    assert DESCRIPTION.encode() in clip.data
    assert clip.mime == MIME[format]


def test_a_strip_lies_in_rows_on_its_ground(frames: list[Image.Image]) -> None:
    clip = make_clip(frames, "strip", ground=(1, 2, 3))
    strip = Image.open(io.BytesIO(clip.data))
    assert (strip.format, clip.suffix) == ("PNG", "png")
    width, height = SIZE
    assert strip.size == (COLUMNS * (width + GAP) - GAP, 2 * (height + GAP) - GAP)
    boxes = [divmod(number, COLUMNS) for number in range(len(COLOURS))]
    corners = [(column * (width + GAP), row * (height + GAP)) for row, column in boxes]
    assert_colours([strip.crop((x, y, x + width, y + height)) for x, y in corners])
    assert strip.getpixel((width + 1, 0)) == strip.getpixel((strip.width - 1, height + 9))
    assert strip.getpixel((width + 1, 0)) == (1, 2, 3)
    assert make_clip(frames[:2], "strip").data != clip.data


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_a_moving_picture_shows_every_frame_for_its_time_and_for_ever(
    frames: list[Image.Image], format: ClipFormat
) -> None:
    image = Image.open(io.BytesIO(make_clip(frames, format).data))
    assert image.n_frames == len(COLOURS)
    assert image.info["loop"] == 0
    shown, times = [], []
    for number in range(image.n_frames):
        image.seek(number)
        shown.append(image.convert("RGB"))
        times.append(image.info["duration"])
    assert_colours(shown)
    assert times == [FRAME_MS] * (len(COLOURS) - 1) + [LAST_MS]


def test_a_gif_has_the_colours_that_it_must_have() -> None:
    random = np.random.default_rng(0)
    noise = random.integers(0, 120, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    noise[:2, :2] = (255, 0, 255)
    wanted = (255, 0, 255)
    image = Image.open(
        io.BytesIO(make_clip([Image.fromarray(noise)], "gif", colours=[wanted]).data)
    )
    assert image.convert("RGB").getpixel((0, 0)) == wanted
    assert image.info["comment"] == DESCRIPTION.encode()


def boxes(data: bytes) -> list[str]:
    """The names of an MP4 file's boxes in order."""
    names, at = [], 0
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        assert size >= 8
        names.append(name.decode())
        at += size
    assert at == len(data)
    return names


def test_a_video_is_what_phones_play(frames: list[Image.Image]) -> None:
    clip = make_clip(frames, "mp4")
    names = boxes(clip.data)
    assert names[0] == "ftyp"
    # The index in front: it plays before all of it has come.
    assert names.index("moov") < names.index("mdat")
    assert names[-1] == "uuid"
    with av.open(io.BytesIO(clip.data)) as container:
        (stream,) = container.streams
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.width, context.height) == SIZE
        assert context.profile == "High"
        assert container.metadata["comment"] == DESCRIPTION
        pictures = [frame.to_image() for frame in container.decode(stream)]
        seconds = float(stream.duration * stream.time_base)
    assert seconds == pytest.approx(((len(COLOURS) - 1) * FRAME_MS + LAST_MS) / 1000, abs=0.2)
    assert len(pictures) == round(seconds * FPS)
    starts = [round(number * FRAME_MS * FPS / 1000) for number in range(len(COLOURS))]
    assert_colours([pictures[at + 2] for at in starts])
    # Between two frames it fades: no step is the whole way.
    first = [middle(picture) for picture in pictures[: starts[1] + 1]]
    whole = np.abs(np.subtract(*COLOURS[:2])).max()
    assert max(np.abs(after - before).max() for before, after in pairwise(first)) < whole / 2


def test_frames_that_make_no_clip(frames: list[Image.Image]) -> None:
    with pytest.raises(InputError, match="of 0 sizes"):
        make_clip([], "gif")
    with pytest.raises(InputError, match="of 2 sizes"):
        make_clip([frames[0], Image.new("RGB", (8, 8))], "gif")
    with pytest.raises(InputError, match="must be even, but are 9 x 8"):
        make_clip([Image.new("RGB", (9, 8))], "mp4")
    with pytest.raises(InputError, match="Format 'avi' is unknown"):
        make_clip(frames, "avi")
