"""The benchmark of waits, on the made-up studio: it measures every wait, and nothing twice."""

import pytest
from playwright.sync_api import Browser

from tests.benchmarks.page_visit import Waits, morph_waits, slow_page, survey_waits
from tests.benchmarks.ui import UiOptions, UiReport

pytestmark = pytest.mark.browser
TRIP_MS = 50.0


def test_each_wait_is_measured_over_the_network_asked_for(browser: Browser, address: str) -> None:
    waits = Waits()
    with slow_page(browser, address, TRIP_MS) as page:
        survey_waits(page, 4, 0.5, waits)
    with slow_page(browser, address, TRIP_MS) as page:
        morph_waits(page, 2, waits)
    assert (len(waits.strip), len(waits.release), len(waits.drag)) == (2, 2, 16)
    assert (len(waits.answer_ahead), len(waits.answer_at_once)) == (2, 2)
    assert min(waits.strip + waits.release) >= TRIP_MS
    assert min(waits.drag + waits.answer_ahead + waits.answer_at_once) > 0
    text = UiReport(waits, UiOptions(round_trip_ms=TRIP_MS), (0.0, 0.0)).markdown()
    assert "50 ms round trip" in text
    assert text.count("\n|") == 7
