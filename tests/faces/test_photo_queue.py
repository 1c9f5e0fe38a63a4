"""Photos in work: bounded, stopped within a step, and nothing of them left behind."""

import gc
import io
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import wait

import numpy as np
import pytest
from PIL import Image

from mbtiface.errors import BusyError, PhotoError
from mbtiface.faces.inversion import Inversion
from mbtiface.faces.inversion_request import InversionRequest
from mbtiface.faces.photo_queue import WAITING_PER_SLOT, PhotoQueue, StoppedError
from tests.fakes import FakeStudio


def photo(seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (60, 80, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue()


class HeldStudio(FakeStudio):
    """Waits in the middle of each photo until it is let go; counts."""

    step_s = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.at_once = self.most = self.begun = 0

    def invert(self, *values: object, **named: object) -> Inversion:
        with self.lock:
            self.at_once += 1
            self.begun += 1
            self.most = max(self.most, self.at_once)
        self.gate.wait(10)
        try:
            return super().invert(*values, **named)
        finally:
            with self.lock:
                self.at_once -= 1


def test_steps_and_the_upright_photo_are_told() -> None:
    steps: list[tuple[int, int]] = []
    sizes: list[tuple[int, int]] = []
    queue = PhotoQueue(FakeStudio(), 1, 10**6)
    inversion = queue.submit(
        photo(),
        InversionRequest(refine_steps=3),
        lambda done, total: steps.append((done, total)),
        lambda image: sizes.append(image.size),
    ).result(10)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert sizes == [(80, 60)]
    assert inversion.w.shape == (18, 512)


def test_a_few_at_once_a_few_waiting_and_no_more() -> None:
    studio = HeldStudio()
    queue = PhotoQueue(studio, 2, 10**6)
    futures = [queue.submit(photo(n), InversionRequest()) for n in range(2 * WAITING_PER_SLOT + 2)]
    with pytest.raises(BusyError):
        queue.submit(photo(), InversionRequest())
    studio.gate.set()
    wait(futures, 20)
    assert studio.most == 2
    assert queue.submit(photo(), InversionRequest()).result(10)


def test_work_stops_within_a_step() -> None:
    stop, begun = threading.Event(), threading.Event()
    seen: list[int] = []

    def on_step(done: int, total: int) -> None:
        seen.append(done)
        begun.set()

    queue = PhotoQueue(FakeStudio(), 1, 10**6)
    future = queue.submit(photo(), InversionRequest(refine_steps=100), on_step, stop=stop)
    assert begun.wait(10)
    stop.set()
    with pytest.raises(StoppedError):
        future.result(10)
    assert len(seen) < 50


def test_work_that_was_stopped_while_it_waited_does_not_begin() -> None:
    studio, stop = HeldStudio(), threading.Event()
    queue = PhotoQueue(studio, 1, 10**6)
    first = queue.submit(photo(), InversionRequest())
    second = queue.submit(photo(1), InversionRequest(), stop=stop)
    stop.set()
    studio.gate.set()
    first.result(10)
    with pytest.raises(StoppedError):
        second.result(10)
    assert studio.begun == 1


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(PhotoError) as caught:
        PhotoQueue(FakeStudio(), 1, 100).submit(photo(), InversionRequest()).result(10)
    assert caught.value.key == "too_large"


@pytest.fixture
def collector_back() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.usefixtures("collector_back")
@pytest.mark.parametrize("refused", [False, True])
def test_nothing_of_a_photo_stays_in_memory(refused: bool) -> None:
    """A waiting thread once held on to the last work and its result until the next one came."""
    gc.collect()
    gc.disable()  # an idle program does not collect
    opened: list[weakref.ref[Image.Image]] = []
    queue = PhotoQueue(FakeStudio(), 1, 10**6)
    request = InversionRequest(face=5 if refused else 0)
    future = queue.submit(photo(), request, on_open=lambda image: opened.append(weakref.ref(image)))
    if refused:
        error = future.exception(10)
        assert isinstance(error, PhotoError)
    else:
        aligned = weakref.ref(future.result(10).aligned)
        del future
        assert aligned() is None
    assert opened[0]() is None
