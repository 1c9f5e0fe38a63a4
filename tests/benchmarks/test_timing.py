import itertools

import pytest

from tests.benchmarks.timing import Times, measure, measure_in_turn


def test_median_and_95_of_100_lie_where_counting_puts_them() -> None:
    times = Times(tuple(float(seconds) for seconds in range(101, 0, -1)))
    assert times.p50 == 51  # 50 calls were faster, 50 slower
    assert times.p95 == 96  # 95 were faster, 5 slower
    assert times.least == 1


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert Times((4.0, 1.0, 2.0, 9.0)).p50 == 3.0


def test_one_call_is_median_and_extreme() -> None:
    times = Times((0.25,), (0.5,))
    assert (times.p50, times.p95, times.least, times.cpu_p50) == (0.25, 0.25, 0.25, 0.5)


def test_without_processor_times_there_is_no_median_of_them() -> None:
    assert Times((1.0,)).cpu_p50 is None


@pytest.mark.parametrize(("wall", "cpu"), [((), ()), ((1.0, 2.0), (1.0,))])
def test_times_that_do_not_belong_together_are_refused(
    wall: tuple[float, ...], cpu: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match=f"{len(wall)} wall times and {len(cpu)} processor times"):
        Times(wall, cpu)


def test_later_calls_follow_earlier_ones() -> None:
    both = Times((1.0,), (2.0,)).followed_by(Times((3.0,), (4.0,)))
    assert (both.wall, both.cpu) == ((1.0, 3.0), (2.0, 4.0))


def test_calls_take_turns_and_warm_ups_are_not_noted() -> None:
    made: list[str] = []
    calls = {name: lambda name=name: made.append(name) for name in "ab"}
    times = measure_in_turn(calls, rounds=3, warm_ups=2)
    assert "".join(made) == "ab" * 5
    assert {name: len(each.wall) for name, each in times.items()} == {"a": 3, "b": 3}


def test_a_call_is_timed_from_its_beginning_to_its_end() -> None:
    wall, cpu = iter([10.0, 13.0, 20.0, 24.0]), itertools.count(step=0.5)
    times = measure(lambda: None, 2, wall=lambda: next(wall), cpu=lambda: next(cpu))
    assert times == Times((3.0, 4.0), (0.5, 0.5))
