"""The load benchmark: its visitors on a served page, and what its report says."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.benchmarks.load_report import LoadReport, Phase, minutes
from tests.benchmarks.load_visitors import Asked, Crowd, burst, open_client, saturate, visits
from tests.ui.fake_page import fake_page

OPTIONS = {"visitors": 2, "every_s": 6.0, "at_once": 3, "cycles": 4}
HELD = {"files": ["socket", "socket"], "threads": ["MainThread"], "children": [], "written": []}


def crowd_of(address: str, act: Any) -> list[Asked]:
    async def go() -> list[Asked]:
        async with open_client(address) as client:
            crowd = Crowd(client, b"no photo")
            doing: Coroutine[Any, Any, None] = act(crowd)
            await doing
            return crowd.asked

    return asyncio.run(go())


def test_visitors_ask_for_what_the_page_asks_for() -> None:
    with fake_page() as address:
        asked = crowd_of(address, lambda crowd: visits(crowd, 12, 2.0, 0.5))
        assert {one.kind for one in asked} == {"survey", "ahead", "morph", "gallery", "invert"}
        outcomes = Counter(
            (one.kind == "invert", one.outcome in ("ok", "ahead refused")) for one in asked
        )
        # What is no photo is refused, and counted as what went wrong; nothing else does.
        assert set(outcomes) == {(True, False), (False, True)}
        assert len(crowd_of(address, lambda crowd: burst(crowd, 5))) == 5
        assert {one.kind for one in crowd_of(address, lambda crowd: saturate(crowd, 2, 0.2))} == {
            "morph"
        }


def test_a_server_that_is_away_is_an_error_of_every_request() -> None:
    asked = crowd_of("http://127.0.0.1:9/", lambda crowd: burst(crowd, 3))
    assert [one.outcome for one in asked] == ["ConnectError"] * 3


def report(**changes: Any) -> LoadReport:
    ok = tuple(Asked("morph", n / 100, "ok") for n in range(1, 101))
    visits = Phase(100.0, 5.0, 50.0, (*ok, Asked("ahead", 0.01, "ahead refused")))
    burst = Phase(2.0, 0.1, 2.0, (*ok[:5], *[Asked("morph", 0.02, "HTTP 503")] * 3))
    values: dict[str, Any] = {
        "where": "here",
        "options": OPTIONS,
        "phases": {"visits": visits, "saturated": Phase(10.0, 1.0, 9.0, ok), "burst": burst},
        "memory": [(float(second), 10**9) for second in range(0, 300, 10)],
        "program": {"right": 7, "wrong": [], "seconds": [0.1]},
        "bare_rates": {"1": 15.0, "2": 20.0},
        "left": {"settled": HELD, "last": HELD},
    }
    return LoadReport(**(values | changes))


def test_the_report_tells_times_shares_and_refusals() -> None:
    text = report().markdown()
    assert "app 50 % of a core, visitors 5 %" in text
    assert "| morph     |   100 |      0 |             – |    505 |    950 |" in text
    assert "10.0 a second, 50 % of what a bare process draws" in text
    assert "5 drawn within 2.0 s, 3 refused after 20.0 ms" in text
    assert "7 answers right, 0 wrong or lost" in text
    assert "last against second +0.0 %" in text
    assert "2 open files, 1 thread(s), 0 children" in text
    assert "left over since the first ones: nothing." in text


def test_the_report_names_what_went_wrong() -> None:
    phase = Phase(10.0, 1.0, 1.0, (Asked("morph", 0.1, "HTTP 500"), Asked("morph", 0.1, "ok")))
    phases = dict(report().phases) | {"visits": phase}
    text = report(
        phases=phases, program={"right": 0, "wrong": ["a face is off"], "seconds": []}
    ).markdown()
    assert "1 x HTTP 500" in text
    left = {"settled": HELD, "last": HELD | {"files": ["pipe", "socket", "socket", "socket"]}}
    assert "left over since the first ones: files: pipe, socket." in report(left=left).markdown()
    assert "1 wrong or lost. a face is off." in text


@pytest.mark.parametrize(
    ("until", "expected"), [(0, []), (25, [5.0]), (95, [5.0, 5.0]), (85, [5.0])]
)
def test_memory_is_told_by_the_minute(until: int, expected: list[float]) -> None:
    assert minutes([(float(second), 5) for second in range(0, until, 5)]) == expected
