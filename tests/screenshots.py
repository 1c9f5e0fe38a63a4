"""Take the README's screenshots of the real page: `python -m tests.screenshots`.

The app runs with the embedded bundle and a state folder of its own; answers, start and address are
fixed, so that the same page gives the same pictures.
"""

import io
import sys
import tempfile
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.visiting import ANSWERS, open_visit
from tests.install_browser import HELP, find_browser
from tests.ui.fake_page import served

FOLDER = Path(__file__).parent.parent / "docs" / "screens"
WAYS = (("phone", "ko"), ("desktop", "en"))
SCALE = {"phone": 2, "desktop": 1}
IN_THE_MIDDLE = 6
"""Questions answered before the survey's picture is taken."""
ADDRESS = "your-space.hf.space"
"""What stands on the card."""
CARD_SIZE = (540, 675)
QUALITY = 85
SETTLED = """() => document.fonts.status === "loaded" && document.getAnimations().every(
  (one) => one.playState === "finished") && [...document.images].every((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return !one.checkVisibility() || bottom < 0 || top > innerHeight || one.naturalWidth > 0;
  })"""


def main() -> int | str:
    """Take all of them; returns an exit status or the message to leave with."""
    path = find_browser()
    if path is None:
        return HELP
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as state,
        served("app", MBTIFACE_STATE_DIR=state, HF_HUB_OFFLINE="1", SPACE_HOST=ADDRESS) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for view, language in WAYS:
            walk(browser, address, view, language)
            card(address, language)
        browser.close()
    return 0


def walk(browser: Browser, address: str, view: str, language: str) -> None:
    """Walk through the tabs once and take a picture of each."""
    visit = open_visit(
        browser, address, view, language, reduced_motion="reduce", device_scale_factor=SCALE[view]
    )
    page = visit.page

    def take(name: str) -> None:
        page.mouse.move(0, 0)
        page.wait_for_load_state("networkidle")
        page.wait_for_function(SETTLED)
        write(page, f"{view}-{language}-{name}")

    take("start")
    visit.start()
    for number, option in enumerate(ANSWERS):
        if number == IN_THE_MIDDLE:
            visit.face()
            take("survey")
        visit.answer(option, key=True)
    page.wait_for_function(
        "/size=(512|1024)/.test(document.querySelector('.mf-mine > div').dataset.shown)"
    )
    take("result")
    for tab, face in (("types", ".mf-tile img"), ("match", ".mf-place img"), ("morph", ".mf-face")):
        page.locator(f"#tab-{tab}-button").click()
        page.locator(f"#tab-{tab} {face}").first.wait_for()
        take(tab)
    page.context.close()


def write(page: Page, name: str) -> None:
    """Write what is seen as a JPEG."""
    (FOLDER / f"{name}.jpg").write_bytes(page.screenshot(type="jpeg", quality=QUALITY))


def card(address: str, language: str) -> None:
    """Write the result card, reduced."""
    query = {"form": "quick", "answers": ANSWERS, "lang": language}
    answer = httpx.get(f"{address}card.png", params=query, timeout=60).raise_for_status()
    image = Image.open(io.BytesIO(answer.content)).resize(CARD_SIZE, Image.Resampling.LANCZOS)
    image.save(FOLDER / f"card-{language}.jpg", quality=QUALITY)


if __name__ == "__main__":
    sys.exit(main())
