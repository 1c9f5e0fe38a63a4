"""The README is the Space's card: what it says must fit what is installed and what is there."""

import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

from huggingface_hub import RepoCard
from huggingface_hub.utils import filter_repo_objects

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


DOCUMENTED = set(
    "title emoji colorFrom colorTo sdk python_version sdk_version suggested_hardware app_file "
    "app_build_command app_port base_path fullWidth header short_description models datasets tags "
    "thumbnail pinned hf_oauth hf_oauth_expiration_minutes hf_oauth_scopes disable_embedding "
    "startup_duration_timeout custom_headers preload_from_hub license".split()
)
"""Keys of the Hub's "Spaces Configuration Reference", and `license`, which every card may have."""
NEEDED = set(
    "title emoji colorFrom colorTo sdk sdk_version python_version app_file license models tags "
    "short_description suggested_hardware startup_duration_timeout pinned".split()
)
COLOURS = set("red yellow green blue indigo purple pink gray".split())
HARDWARE = {"cpu-basic", "cpu-upgrade", "t4-small", "l4x1", "a10g-small", "a100-large"}
LARGEST_IN_GIT = 10 * 10**6
"""Bytes; above them a file must be stored otherwise on the Hub."""


def card() -> dict[str, Any]:
    return RepoCard.load(ROOT / "README.md").data.to_dict()


def test_the_card_is_complete_and_has_no_key_that_the_hub_does_not_know() -> None:
    found = card()
    assert set(found) <= DOCUMENTED
    assert set(found) >= NEEDED
    assert {found["colorFrom"], found["colorTo"]} <= COLOURS
    assert found["suggested_hardware"] in HARDWARE
    assert re.fullmatch(r"\d+(m|h)", found["startup_duration_timeout"])
    assert re.fullmatch(r"3\.\d+", found["python_version"])
    assert found["pinned"] is False
    assert len(found["emoji"]) == 1


def test_the_upload_command_sends_the_app_and_no_file_that_git_refuses() -> None:
    (command,) = re.findall(r"^hf upload .*", BODY, re.MULTILINE)
    words = shlex.split(command)
    named = {
        option: [value for name, value in pairwise(words) if name == f"--{option}"]
        for option in ("include", "exclude")
    }
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    sent = set(
        filter_repo_objects(
            tracked, allow_patterns=named["include"], ignore_patterns=named["exclude"]
        )
    )
    needed = [file for file in tracked if file.startswith(("mbtiface/", "assets/"))]
    assert sent >= {"app.py", "requirements.txt", "README.md", "LICENSE", *needed}
    assert not [file for file in sent if file.startswith(("tests/", "train/", "."))]
    large = [file for file in sent if (ROOT / file).stat().st_size >= LARGEST_IN_GIT]
    assert not large


def test_binary_files_are_no_text_to_git() -> None:
    suffixes = {path.suffix for path in (ROOT / "assets").rglob("*") if path.is_file()}
    attributes = (ROOT / ".gitattributes").read_text("utf-8")
    for suffix in suffixes - {".css", ".js", ".json", ".md", ".txt"}:
        assert f"*{suffix} binary" in attributes


def test_every_setting_of_the_space_is_read() -> None:
    settings = (ROOT / "mbtiface" / "settings.py").read_text("utf-8")
    for name in set(re.findall(r"MBTIFACE_[A-Z_]+", BODY)):
        assert f'"{name}"' in settings, name


def test_every_picture_is_there() -> None:
    for file in (ROOT / "README.md", ROOT / "train" / "README.md"):
        pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", file.read_text("utf-8"))
        assert pictures
        for picture in pictures:
            assert (file.parent / picture).is_file(), picture
