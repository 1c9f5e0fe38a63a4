"""Work in two ranks: what somebody waits for comes before what is fetched ahead."""

import threading
import time
from concurrent.futures import CancelledError

import pytest

from mbtiface.errors import BusyError
from mbtiface.faces.drawing_queue import DrawingQueue


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


def busy_queue(gate: threading.Event, limit: int = 10) -> DrawingQueue:
    """One thread, held up until the gate opens."""
    queue = DrawingQueue(1, limit)
    started = threading.Event()

    def hold() -> None:
        started.set()
        gate.wait(10)

    queue.submit(hold)
    started.wait(10)
    return queue


def test_what_is_waited_for_comes_first(gate: threading.Event) -> None:
    queue, drawn = busy_queue(gate), []
    futures = [queue.submit(lambda n=n: drawn.append(n), ahead=n < 3) for n in range(6)]
    gate.set()
    for future in futures:
        future.result(10)
    assert drawn == [3, 4, 5, 0, 1, 2]


def test_hurried_work_is_done_once_and_early(gate: threading.Event) -> None:
    queue, drawn = busy_queue(gate), []
    futures = [queue.submit(lambda n=n: drawn.append(n), ahead=True) for n in range(4)]
    queue.hurry(futures[3])
    queue.hurry(futures[3])
    gate.set()
    for future in futures:
        future.result(10)
    assert queue.submit(lambda: "idle").result(10) == "idle"
    assert drawn == [3, 0, 1, 2]
    queue.hurry(futures[3])
    assert queue.submit(lambda: len(drawn)).result(10) == 4


def test_the_bound_counts_what_runs_and_frees_what_ended(gate: threading.Event) -> None:
    queue = busy_queue(gate, limit=2)
    waiting = queue.submit(lambda: 1)
    with pytest.raises(BusyError, match="2 pictures are waiting"):
        queue.submit(lambda: 2)
    gate.set()
    assert waiting.result(10) == 1
    assert queue.submit(lambda: 3).result(10) == 3


def test_what_is_fetched_ahead_takes_no_place_from_what_is_waited_for(
    gate: threading.Event,
) -> None:
    queue = busy_queue(gate, limit=3)
    ahead = [queue.submit(lambda: "ahead", ahead=True) for _ in range(3)]
    with pytest.raises(BusyError, match="3 pictures are waiting"):
        queue.submit(lambda: "one too many", ahead=True)
    waited_for = [queue.submit(lambda: "now") for _ in range(2)]
    gate.set()
    assert [future.result(10) for future in ahead + waited_for] == ["ahead"] * 3 + ["now"] * 2


def test_nothing_is_fetched_ahead_while_somebody_waits(gate: threading.Event) -> None:
    queue = busy_queue(gate)
    early = queue.submit(lambda: "early", ahead=True)
    waited_for = queue.submit(lambda: "now")
    with pytest.raises(BusyError, match="Others are waiting"):
        queue.submit(lambda: "late", ahead=True)
    gate.set()
    assert (waited_for.result(10), early.result(10)) == ("now", "early")
    assert queue.submit(lambda: "quiet again", ahead=True).result(10) == "quiet again"


def test_hurried_work_counts_as_waited_for(gate: threading.Event) -> None:
    queue = busy_queue(gate)
    queue.hurry(queue.submit(lambda: None, ahead=True))
    with pytest.raises(BusyError, match="Others are waiting"):
        queue.submit(lambda: None, ahead=True)
    gate.set()


def test_an_error_reaches_the_one_who_waits_and_the_thread_goes_on() -> None:
    queue = DrawingQueue(1, 2)
    for _ in range(4):
        with pytest.raises(ZeroDivisionError):
            queue.submit(lambda: 1 / 0).result(10)
    assert queue.submit(lambda: "after").result(10) == "after"


def test_several_threads_work_at_the_same_time() -> None:
    queue = DrawingQueue(2, 4)
    barrier = threading.Barrier(2, timeout=10)
    started = time.monotonic()
    for future in [queue.submit(barrier.wait) for _ in range(2)]:
        future.result(10)
    assert time.monotonic() - started < 10


def test_the_end_waits_for_what_runs_and_drops_what_waits(gate: threading.Event) -> None:
    queue, drawn = busy_queue(gate), []
    running = threading.Timer(0.2, gate.set)
    waiting = queue.submit(lambda: drawn.append("waiting"))
    running.start()
    queue.close(10)
    assert gate.is_set()
    assert drawn == []
    with pytest.raises(CancelledError):
        waiting.result(0)
    with pytest.raises(CancelledError):
        queue.submit(lambda: drawn.append("late"))


def test_the_end_does_not_wait_longer_than_it_may(gate: threading.Event) -> None:
    queue = busy_queue(gate)
    queue.close(0.05)
    assert not gate.is_set()
    gate.set()
