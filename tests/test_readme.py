"""The README is the Space's card: what it says must fit what is installed and what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
FRONT, BODY = TEXT.removeprefix("---\n").split("\n---\n", 1)
CARD = dict(line.split(": ", 1) for line in FRONT.splitlines() if re.match(r"\w+: ", line))


def test_the_space_runs_the_pinned_gradio() -> None:
    pins = (ROOT / "requirements.txt").read_text("utf-8")
    assert f"gradio=={CARD['sdk_version']}\n" in pins


def test_the_card_starts_the_app_and_keeps_the_mark_out_of_the_title() -> None:
    assert (CARD["sdk"], CARD["app_file"]) == ("gradio", "app.py")
    assert "MBTI" not in CARD["title"]
    assert len(CARD["short_description"]) <= 60


def test_every_picture_is_there() -> None:
    for file in (ROOT / "README.md", ROOT / "train" / "README.md"):
        pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", file.read_text("utf-8"))
        assert pictures
        for picture in pictures:
            assert (file.parent / picture).is_file(), picture
