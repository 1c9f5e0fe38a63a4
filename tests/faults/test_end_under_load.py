"""A program that is told to end while visitors draw and join: nothing that was promised is lost."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from mbtiface.contributing import open_contributions
from mbtiface.settings import Settings
from tests.fakes import FakeStudio
from tests.faults.programs import FAKE, program
from tests.faults.visitors import ANSWERS, PATIENCE_S, Crowd, join_query

STEP_S, RENDER_S = "0.0", "0.5"
"""A join draws three pictures after it is counted: long enough to be told to end meanwhile."""


def counted(state_dir: Path) -> int:
    """How many joins the database holds."""
    path = state_dir / "community.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("select coalesce(sum(joined), 0) from community_cells").fetchone()
    return int(row[0])


def test_joins_and_pictures_under_way_are_finished_and_new_ones_sent_away(tmp_path: Path) -> None:
    with program(tmp_path, (*FAKE, STEP_S, RENDER_S), MBTIFACE_PROXIES="private") as started:
        crowd = Crowd(started)
        drawers = [
            threading.Thread(target=crowd.visit, args=(number, crowd.drawing(number)))
            for number in (101, 102, 103)
        ]
        joiners: list[threading.Thread] = []

        def join_once(number: int, query: dict[str, Any]) -> Callable[[httpx.Client, int], bool]:
            def step(browser: httpx.Client, turn: int) -> bool:
                crowd.note(browser.post("join", params=query), joining=True)
                return False

            return step

        with httpx.Client(base_url=started.address, timeout=PATIENCE_S) as browser:
            for number in range(len(ANSWERS)):
                step = join_once(number, join_query(browser, number))
                joiners.append(threading.Thread(target=crowd.visit, args=(number, step)))
        for thread in (*drawers, *joiners):
            thread.start()
        until_counted = threading.Event()
        while counted(tmp_path / "state") < len(ANSWERS):
            until_counted.wait(0.02)
        assert started.end() == 0
        for thread in (*drawers, *joiners):
            thread.join(PATIENCE_S)
        said = started.log()
        left = started.files()
    assert crowd.odd == []
    assert crowd.accepted == len(ANSWERS)
    assert crowd.refused
    assert all(answer.headers["retry-after"] for answer in crowd.refused)
    assert "Traceback" not in said
    assert "ERROR" not in said
    contributions = open_contributions(Settings(state_dir=tmp_path / "state"), FakeStudio())
    assert sum((contributions.counts() or {}).values()) == crowd.accepted
    contributions.close()
    assert left == {"state/community.sqlite"}
