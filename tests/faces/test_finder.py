import threading

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mbtiface.errors import SourceError
from mbtiface.faces.alignment import square_quad
from mbtiface.faces.finder import FaceFinder, photo_warnings
from mbtiface.faces.finding import Detector, FoundFace, distinct
from mbtiface.faces.inversion import WARNINGS
from tests.faces.portraits import ASTRONAUT_QUAD, portrait


class TwoFaces:
    """A detector that sees two faces in whatever it is shown."""

    name = "two faces"
    simple = False

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        quad = square_quad(0.5, 0.5, 0.8, 0, *image.size)
        return (
            FoundFace((0, 0, 9, 9), quad, 0.9, ("profile",)),
            FoundFace((20, 20, 25, 25), quad, 0.9),
        )


def load_two_faces(device: str) -> Detector:
    assert device == "cpu"
    return TwoFaces()


def load_nothing(device: str) -> Detector:
    raise SourceError("The weights cannot be fetched.")


def test_the_better_detector_is_awaited_where_its_weights_are() -> None:
    finder = FaceFinder(weights_here=lambda: True, load=load_two_faces)
    assert (finder.name, finder.simple) == ("OpenCV cascade", True)
    faces = finder.find(portrait())
    assert (finder.name, finder.simple) == ("two faces", False)
    assert [face.warnings for face in faces] == [("several_faces", "profile"), ("several_faces",)]


def test_without_its_weights_the_simpler_one_answers() -> None:
    finder = FaceFinder(weights_here=lambda: False, load=load_nothing)
    (face,) = finder.find(portrait())
    assert face.warnings == ()
    assert (finder.name, finder.simple) == ("OpenCV cascade", True)


def test_a_download_keeps_nobody_waiting() -> None:
    arrived = threading.Event()

    def load_late(device: str) -> Detector:
        arrived.wait(60)
        return TwoFaces()

    finder = FaceFinder(weights_here=lambda: False, load=load_late)
    assert len(finder.find(portrait())) == 1
    assert finder.simple
    arrived.set()
    assert finder._thread is not None
    finder._thread.join(10)
    assert len(finder.find(portrait())) == 2
    assert not finder.simple


def test_loading_starts_once_and_in_the_background() -> None:
    threads = []

    def load(device: str) -> Detector:
        threads.append(threading.current_thread())
        return TwoFaces()

    finder = FaceFinder(weights_here=lambda: True, load=load)
    finder.warm_up()
    finder.warm_up()
    finder.find(portrait())
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_offline_facexlib_is_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    finder = FaceFinder()
    assert len(finder.find(portrait())) == 1
    assert finder._thread is not None
    finder._thread.join(30)
    assert not finder._thread.is_alive()
    assert finder.simple
    assert capfd.readouterr().out == ""


def enlarged() -> tuple[Image.Image, np.ndarray]:
    return portrait().resize((1024, 1024), Image.Resampling.LANCZOS), ASTRONAUT_QUAD * 2


def test_a_good_photo_has_no_warnings() -> None:
    assert photo_warnings(*enlarged()) == ()
    assert photo_warnings(portrait(), ASTRONAUT_QUAD) == ()


def test_light_and_sharpness_are_judged() -> None:
    photo, quad = enlarged()
    assert photo_warnings(photo.point(lambda level: level * 0.25), quad) == ("dark",)
    assert photo_warnings(photo.point(lambda level: level * 2.5), quad) == ("bright",)
    assert photo_warnings(photo.filter(ImageFilter.GaussianBlur(6)), quad) == ("blurred",)


def test_a_tiny_face_is_not_called_blurred_too() -> None:
    small = portrait().resize((256, 256))
    assert photo_warnings(small, ASTRONAUT_QUAD / 2) == ("tiny",)


def test_less_light_alone_is_no_blur() -> None:
    photo, quad = enlarged()
    assert photo_warnings(photo.point(lambda level: 40 + level * 0.5), quad) == ()


def test_every_warning_has_a_name_that_pages_know() -> None:
    photo, quad = enlarged()
    given = {"tiny", "dark", "bright", "blurred", "profile", "covered", "several_faces"}
    assert given <= set(WARNINGS)
    assert set(photo_warnings(photo.point(lambda level: 0), quad)) <= given


def test_of_faces_over_each_other_the_surer_stays() -> None:
    quad = np.zeros((4, 2))
    unsure = FoundFace((0, 0, 12, 12), quad, 0.5)
    sure = FoundFace((1, 1, 11, 11), quad, 0.9)
    large = FoundFace((10, 0, 40, 30), quad, 0.6)
    assert distinct([unsure, sure, large]) == (large, sure)
