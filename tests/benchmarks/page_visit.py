"""One visit in Chromium over a slow network: how long a hand waits for the face to answer.

The times are taken inside the page, so that driving the browser from outside is not in them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, CDPSession, Page

from mbtiface.personality.types import AXES

VIEW = {"width": 390, "height": 844}
LIMIT_MS = 60_000
MEASURING = (
    f"const LIMIT_MS = {LIMIT_MS};"
    + """
window.measuring = (() => {
  performance.setResourceTimingBufferSize(10_000);
  const frame = () => new Promise(requestAnimationFrame);
  const until = async (what, ready) => {
    const end = performance.now() + LIMIT_MS;
    while (!ready()) {
      if (performance.now() > end) throw new Error(`waited too long for ${what}`);
      await frame();
    }
  };
  const slider = (axis) => document.querySelector(`.mf-morph .mf-axis input[name=${axis}]`);
  const film = () => document.querySelector('.mf-morph .mf-film');
  const strips = (axis) => performance.getEntriesByType('resource').filter(
    ({ name, responseEnd }) =>
      name.includes('/strip?') && name.includes(`axis=${axis}`) && responseEnd);
  const event = (kind) => new Event(kind, { bubbles: true });

  // From a finger's landing until the whole strip has come.
  const touch = async (axis) => {
    const before = strips(axis).length;
    const started = performance.now();
    slider(axis).dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    await until("the strip", () => strips(axis).length > before);
    return strips(axis).at(-1).responseEnd - started;
  };

  // From each input event until the frame after which its face stands on the screen.
  const drag = async (axis, values) => {
    const times = [];
    for (const value of values) {
      slider(axis).value = value;
      const started = performance.now();
      slider(axis).dispatchEvent(event('input'));
      await until("the film", () => film() && !film().hidden && +film().dataset.value === +value);
      times.push(performance.now() - started);
    }
    return times;
  };

  // From the finger's leaving until the sharp face has taken the film's place.
  const release = async (axis) => {
    const face = document.querySelector('.mf-morph .mf-face img:not(.mf-ghost)');
    const old = face.src;
    const started = performance.now();
    slider(axis).dispatchEvent(event('change'));
    await until("the sharp face", () => face.src !== old && face.complete);
    return performance.now() - started;
  };

  // From a click on an answer until its face is on the page.
  const answer = async (option) => {
    const figure = document.querySelector('#mf-survey > .mf-survey-face');
    const survey = document.querySelector('#mf-survey');
    const [old, question] = [figure.dataset.shown, survey.dataset.question];
    const started = performance.now();
    document.querySelector(`.mf-target[data-option='${option}']`).click();
    await until("the next face", () => figure.dataset.shown !== old);
    const waited = performance.now() - started;
    const { dataset } = survey;
    await until("the next question",
      () => dataset.question !== question || dataset.screen === 'result');
    return waited;
  };

  return { touch, drag, release, answer };
})();
"""
)


@dataclass
class Waits:
    """Milliseconds of each kind of wait, in the order they came."""

    strip: list[float] = field(default_factory=list)
    drag: list[float] = field(default_factory=list)
    release: list[float] = field(default_factory=list)
    answer_ahead: list[float] = field(default_factory=list)
    answer_at_once: list[float] = field(default_factory=list)


@contextmanager
def slow_page(browser: Browser, address: str, round_trip_ms: float) -> Iterator[Page]:
    """Open the page on a phone whose network takes so long for a trip there and back."""
    context = browser.new_context(viewport=VIEW, has_touch=True, locale="ko-KR")
    page = context.new_page()
    page.set_default_timeout(LIMIT_MS)
    page.goto(f"{address}?lang=ko")
    page.locator("#tab-morph-button").wait_for()
    network: CDPSession = context.new_cdp_session(page)
    network.send("Network.enable")
    unlimited = {"downloadThroughput": -1, "uploadThroughput": -1}
    # Chromium adds the latency once to each request: a whole round trip.
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": round_trip_ms, **unlimited},
    )
    page.evaluate(MEASURING)
    yield page
    context.close()


def morph_waits(page: Page, rounds: int, waits: Waits) -> None:
    """Touch, drag and release each slider in turn, each time from another face."""
    page.locator("#tab-morph-button").click()
    page.locator(".mf-morph .mf-face img").first.wait_for()
    page.wait_for_load_state("networkidle")
    for number in range(rounds):
        axis = AXES[(number + 1) % len(AXES)]  # the first one's strip came with the tab
        waits.strip.append(page.evaluate("axis => measuring.touch(axis)", axis))
        side = 1 if number % 2 else -1
        # Each time to another place: a face that was there before has its strip.
        last = 8 - number // len(AXES) % 7
        values = [round(side * step / 10, 1) for step in range(1, last + 1)]
        given = {"axis": axis, "values": values}
        waits.drag += page.evaluate("({axis, values}) => measuring.drag(axis, values)", given)
        waits.release.append(page.evaluate("axis => measuring.release(axis)", axis))
        page.wait_for_load_state("networkidle")


def survey_waits(page: Page, questions: int, reading_s: float, waits: Waits) -> None:
    """Answer questions, every other one after reading it, the others at once."""
    page.locator("#tab-survey-button").click()
    page.locator("[data-do=start]").click()
    page.locator(".mf-target").first.wait_for()
    for number in range(questions):
        read = number % 2 == 0
        if read:
            time.sleep(reading_s)
        option = (0, 4, 1, 3)[number % 4]
        found = page.evaluate("option => measuring.answer(option)", option)
        (waits.answer_ahead if read else waits.answer_at_once).append(found)
