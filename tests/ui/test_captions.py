"""Letters under the frames of a walk."""

import numpy as np
from PIL import Image, ImageColor

from mbtiface.ui.captions import SHOWN, walk_frames
from mbtiface.ui.theme import LIGHT, LIGHT_AXES

SIDE = 256


def pictures(number: int) -> list[Image.Image]:
    return [Image.new("RGB", (SIDE, SIDE), (9, 9, 9 + k)) for k in range(number)]


def band(frame: Image.Image) -> np.ndarray:
    return np.asarray(frame)[SIDE:].astype(int)


def has(frame: Image.Image, colour: str) -> bool:
    return bool((band(frame) == ImageColor.getrgb(colour)).all(-1).any())


def test_the_picture_stands_whole_above_its_letter_and_sides_are_even() -> None:
    for frame, picture in zip(
        walk_frames(pictures(3), "EN", "Start", True), pictures(3), strict=True
    ):
        assert frame.size == (SIDE, 288)
        assert frame.crop((0, 0, SIDE, SIDE)).tobytes() == picture.tobytes()
        assert (band(frame)[0] == ImageColor.getrgb(LIGHT["paper"])).all()


def test_side_by_side_each_frame_has_its_own_letter_alone() -> None:
    start, first, second = walk_frames(pictures(3), "EN", "Start", True)
    assert has(first, LIGHT_AXES["E"])
    assert not has(first, LIGHT_AXES["N"])
    assert has(second, LIGHT_AXES["N"])
    assert has(start, LIGHT["muted"])


def test_one_after_the_other_the_present_letter_is_in_its_colour() -> None:
    start, first, second = walk_frames(pictures(3), "EN", "Start", False)
    assert not has(start, LIGHT_AXES["E"])
    assert has(start, LIGHT["muted"])
    assert has(first, LIGHT_AXES["E"])
    assert has(first, LIGHT["muted"])  # what is still to come
    assert has(second, LIGHT_AXES["N"])
    assert has(second, LIGHT["ink"])  # what has been


def test_a_long_walk_shows_the_letters_around_the_present_one() -> None:
    letters = "E" + "S" * SHOWN + "J"
    frames = walk_frames(pictures(len(letters) + 1), letters, "Start", False)
    assert has(frames[1], LIGHT_AXES["E"])
    assert has(frames[-1], LIGHT_AXES["J"])
    # Nothing runs over the edge.
    paper = ImageColor.getrgb(LIGHT["paper"])
    for frame in frames:
        assert (band(frame)[:, [0, -1]] == paper).all()
