"""A way that fails is switched off with a warning, and the next one does the work."""

import logging
import threading
from collections.abc import Callable

import pytest

from mbtiface.errors import InputError
from mbtiface.faces.fallback import FirstThatWorks


def failing(error: Exception) -> Callable[[], str]:
    def make() -> str:
        raise error

    return make


def refuse(name: str) -> str:
    if name == "fast":
        raise RuntimeError("unknown instruction")
    return f"drawn by {name}"


def two_ways() -> FirstThatWorks[str]:
    return FirstThatWorks("Rendering", [("fast", lambda: "fast"), ("plain", lambda: "plain")])


def test_the_first_way_does_the_work_and_no_other_is_made() -> None:
    made: list[str] = []
    ways = FirstThatWorks(
        "Rendering", [(name, lambda n=name: made.append(n) or n) for name in "ab"]
    )
    assert ways.run(lambda way: way * 2) == "aa"
    assert ways.run(lambda way: way * 3) == "aaa"
    assert made == ["a"]


def test_a_way_that_cannot_be_made_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    ways = [("fast", failing(ImportError("libfast.so"))), ("plain", lambda: "plain")]
    assert FirstThatWorks("Rendering", ways).current == "plain"
    assert "Rendering by fast failed and is switched off; plain takes over." in caplog.text
    assert "ImportError: libfast.so" in caplog.text


def test_a_way_that_fails_once_is_never_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    ways = two_ways()
    assert ways.run(refuse) == "drawn by plain"
    assert ways.run(lambda way: way) == "plain"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_the_last_way_says_what_is_wrong() -> None:
    with pytest.raises(OSError, match="second"):
        FirstThatWorks(
            "Rendering", [("a", failing(OSError("1"))), ("b", failing(OSError("second")))]
        )


def test_an_input_that_cannot_be_used_is_no_failure_of_the_way() -> None:
    ways = two_ways()

    def complain(way: str) -> str:
        raise InputError("not finite")

    with pytest.raises(InputError, match="not finite"):
        ways.run(complain)
    assert ways.current == "fast"


def test_threads_that_fail_together_give_up_one_way() -> None:
    ways = FirstThatWorks("Rendering", [(name, lambda n=name: n) for name in ("fast", "b", "c")])
    both_failing = threading.Barrier(2)
    answers: list[str] = []

    def call(way: str) -> str:
        if way == "fast":
            both_failing.wait(30)
        return refuse(way)

    threads = [threading.Thread(target=lambda: answers.append(ways.run(call))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == ["drawn by b"] * 2
