"""The README's screenshots: each tab on a phone and on a desktop, small enough to be looked at."""

from pathlib import Path

import pytest
from PIL import Image

from tests.browser.visiting import VIEWS
from tests.program_files import ROOT
from tests.screenshots import CARD_SIZE, FOLDER, SCALE, WAYS

LIMIT = 200_000
SCREENS = ("start", "survey", "result", "types", "match", "morph")


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.mark.parametrize(("view", "language"), WAYS)
def test_every_screen_is_there_and_small(view: str, language: str) -> None:
    width, height = VIEWS[view]
    for screen in SCREENS:
        path = FOLDER / f"{view}-{language}-{screen}.jpg"
        assert path.stat().st_size < LIMIT
        assert size(path) == (width * SCALE[view], height * SCALE[view])
    assert size(FOLDER / f"card-{language}.jpg") == CARD_SIZE


def test_the_readme_shows_each_tab_and_nothing_that_is_not_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for screen in SCREENS[1:]:
        assert f"(docs/screens/phone-ko-{screen}.jpg)" in readme
    shown = {part.split(")")[0] for part in readme.split("](docs/")[1:]}
    assert not [name for name in shown if not (ROOT / "docs" / name).exists()]
