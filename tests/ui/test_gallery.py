"""The types tab's markup."""

import json
import re
from html import unescape

import pytest

from mbtiface.personality.names import type_name
from mbtiface.personality.types import AXES, CODES, GENDERS, LETTERS
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui import gallery
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeStudio


@pytest.fixture
def page() -> Page:
    settings = Settings()
    return open_page(Services(settings, FakeStudio()), settings)


def types_of(html: str) -> dict[str, dict[str, dict[str, object]]]:
    found = re.search(r'data-types="([^"]*)"', html)
    assert found
    types: dict[str, dict[str, dict[str, object]]] = json.loads(unescape(found.group(1)))
    return types


def test_rows_share_two_letters_and_hold_every_code_once() -> None:
    assert sorted(code for _, row in gallery.ROWS for code in row) == sorted(CODES)
    for name, row in gallery.ROWS:
        assert all(set(name) <= set(code) for code in row)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_type_and_letter_has_a_lazy_face_for_women_and_men(page: Page, language: str) -> None:
    html = gallery.markup(page, language)
    for gender in GENDERS:
        for start in [f"type:{code}" for code in CODES] + [f"letter:{one}" for one in LETTERS]:
            tag = re.search(rf'<img [^>]*data-start="{start}:{gender}"[^>]*>', html)
            assert tag, start
            assert 'loading="lazy"' in tag.group()
            assert f"face?start={start}:{gender}&amp;" in tag.group()
    for code in CODES:
        assert type_name(code, language) in html


def test_the_alternative_text_says_what_a_picture_is(page: Page) -> None:
    html = gallery.markup(page, "en")
    count = FakeStudio().type_count("ENTP", "female")
    assert f'alt="Generated face, average of {count} women rated ENTP"' in html


def test_the_large_view_gets_counts_and_impressions(page: Page) -> None:
    types = types_of(gallery.markup(page, "en"))
    studio = FakeStudio()
    entry = types["INFJ"]["male"]
    assert entry["count"] == f"{studio.type_count('INFJ', 'male')} faces"
    expected = studio.impression(studio.type_mean("INFJ", "male"))
    assert entry["impression"] == pytest.approx({axis: expected[axis] for axis in AXES}, abs=0.006)


def test_a_type_without_faces_has_no_picture(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = FakeStudio.type_count
    monkeypatch.setattr(
        FakeStudio,
        "type_count",
        lambda self, code, gender: (
            0 if (code, gender) == ("ISTP", "male") else counts(self, code, gender)
        ),
    )
    html = gallery.markup(page, "en")
    assert "type:ISTP:male" not in html
    assert "no faces" in html
    assert set(types_of(html)["ISTP"]) == {"name", "female"}
