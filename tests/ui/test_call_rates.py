"""Calls counted by address, with a clock that the test turns."""

import pytest

from mbtiface.ui.call_rates import CallRates, rate_error


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_minutes_calls_may_come_at_once_and_no_more(clock: Clock) -> None:
    rates = CallRates(3, clock)
    assert [rates.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert rates.take("a") == pytest.approx(20.0)
    assert rates.take("b") == 0.0


def test_who_waits_as_long_as_told_is_answered(clock: Clock) -> None:
    rates = CallRates(60, clock)
    for _ in range(60):
        rates.take("a")
    wait_s = rates.take("a")
    clock.now += wait_s / 2
    assert rates.take("a") == pytest.approx(wait_s / 2)
    clock.now += wait_s / 2
    assert rates.take("a") == 0.0
    assert rates.take("a") > 0.0


def test_a_refused_call_costs_nothing(clock: Clock) -> None:
    rates = CallRates(60, clock)
    for _ in range(200):
        rates.take("a")
    assert rates.take("a") == pytest.approx(1.0)


def test_no_more_than_a_minute_is_saved_up(clock: Clock) -> None:
    rates = CallRates(2, clock)
    rates.take("a")
    clock.now += 86400
    assert [rates.take("a") > 0 for _ in range(3)] == [False, False, True]


def test_many_calls_in_one_request_are_all_counted(clock: Clock) -> None:
    rates = CallRates(10, clock)
    assert rates.take("a", 8) == 0.0
    assert rates.take("a", 4) == pytest.approx(12.0)
    assert rates.take("a", 1000) == 60.0
    assert rates.take("a", 2) == 0.0


def test_none_is_any_number(clock: Clock) -> None:
    rates = CallRates(0, clock)
    assert not any(rates.take("a") for _ in range(10_000))


def test_no_more_addresses_are_remembered_than_allowed(clock: Clock) -> None:
    rates = CallRates(1, clock, max_visitors=100)
    for number in range(1000):
        rates.take(f"visitor {number}")
        rates.take("often")
    assert len(rates._left) == 100
    # Whoever goes on calling is not the one that is forgotten.
    assert rates.take("often") > 0.0


def test_the_error_says_the_limit_and_the_wait() -> None:
    error = rate_error(120, 1.25)
    assert error.wait_s == 1.25
    assert "more than 120 calls a minute. Try again in 1.2 s." in str(error)
